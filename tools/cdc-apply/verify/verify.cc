#include "tools/cdc-apply/verify/verify.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/verify/side.h"
#include "tools/cdc-apply/verify/table_sums.h"

namespace cdc::apply {
namespace {

constexpr auto kMostWait = std::chrono::seconds(30);
constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr size_t kShownKeys = 10;
// Of so many buckets rows are looked at one by one: the first keys that differ are among these.
constexpr size_t kSearchedBuckets = 16;

/// Whether a column of this type of the target holds texts.
bool IsTypeOfTexts(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto has = [&](const char* word) { return type.find(word) != std::string::npos; };
  return has("char") || has("text") || has("json");
}

/// As records have it: as it stands in the statement that made the table, where a backtick is doubled.
std::string NameOfRecords(const std::string& column) {
  std::string name;
  for (const char c : column) name += c == '`' ? "``" : std::string(1, c);
  return name;
}

/// Empty: it is.
std::string WhyNotComparable(const MysqlType& source, const std::string& target) {
  if (CanonicalFormOf(source) == CanonicalForm::kNone) return "not comparable";
  if (source.kind == MysqlKind::kVector && IsTypeOfTexts(target)) return "the target holds its numbers as text";
  return "";
}

class Verification {
 public:
  Verification(const VerifyRequest& request, ByteOutput& output)
      : request_(request), output_(output), target_(OpenTargetSide(request.target)), source_(request.source) {}

  bool Run() {
    MeetAtOnePosition();
    bool equal = true;
    const auto tables = target_->Tables(request_.slot);
    for (const DeliveredTable& table : tables) equal = CompareTable(table) && equal;
    TellOthers(tables);
    output_.Flush();
    return equal;
  }

 private:
  /// A snapshot of the source, then those of the target until one is of the same position.
  void MeetAtOnePosition() {
    const auto deadline = std::chrono::steady_clock::now() + kMostWait;
    std::optional<Position> at_source, at_target;
    while (std::chrono::steady_clock::now() < deadline) {
      if (!at_source) at_source = source_.TakeSnapshot();
      at_target = target_->TakeSnapshot(request_.slot);
      if (!at_target)
        Fail(ExitStatus::kNoInput, "slot \"" + request_.slot + "\" of the target has no position", "",
             "--slot NAME, the one that the pipeline has");
      at_target->end = 0;  // of no table of the source
      switch (ComparePositions(*at_target, *at_source)) {
        case PositionOrder::kEqual:
          LogVerbose("both are read at " + at_source->ToJson());
          return Say("position " + at_source->ToJson());
        case PositionOrder::kAfter: at_source.reset(); break;
        case PositionOrder::kBefore: std::this_thread::sleep_for(kPoll); break;
        case PositionOrder::kUnordered:
          Fail(ExitStatus::kNoInput, "the target's position is not one of this source",
               "source: " + at_source->ToJson() + "\ntarget: " + at_target->ToJson());
      }
    }
    Fail(ExitStatus::kTempFail, "source and target were not at one position within 30 s",
         at_target && at_source ? "source: " + at_source->ToJson() + "\ntarget: " + at_target->ToJson() : "",
         "let the pipeline catch up, and write less to the source meanwhile");
  }

  void Say(const std::string& line) { output_.Append(line + "\n"); }

  /// Tables beside those of the slot: a row makes a table of the target, so that those without rows are not there.
  void TellOthers(const std::vector<DeliveredTable>& delivered) {
    std::set<std::string> databases, known;
    for (const auto& table : delivered) {
      databases.insert(table.source_db);
      if (!table.is_dropped) known.insert(table.source_db + "." + table.source_table);
    }
    for (const auto& db : databases)
      for (const auto& table : source_.Tables(db))
        if (known.count(db + "." + table) == 0)
          Say("skip " + db + "." + table + ": the slot has not delivered it" +
              (source_.HasRows(db, table) ? "" : ", and it is empty at the source"));
  }

  bool CompareTable(const DeliveredTable& table) {
    const std::string name = table.source_db + "." + table.source_table;
    if (table.source_table.empty()) {
      Say("skip " + table.name + ": it is of no single table of the source");
      return true;
    }
    const auto present = target_->Columns(table.name);
    if (table.is_dropped) {
      if (!present.empty()) Say("skip " + name + ": the source has dropped it, and the target still holds its rows");
      return true;
    }
    const auto find = [&](const std::string& column) {
      return std::find_if(present.begin(), present.end(), [&](const auto& there) { return there.first == column; });
    };
    const auto has = [&](const std::string& column) { return find(column) != present.end(); };
    if (has("__op") || has("__valid_from") || has("__deleted")) {
      Say("skip " + table.name + ": it holds more than the source's rows");
      return true;
    }
    auto columns = source_.Columns(table.source_db, table.source_table);
    if (columns.empty() || present.empty()) {
      Say("differs " + name + ": there is no such table at the " + (columns.empty() ? "source" : "target"));
      return false;
    }
    std::string missing;
    std::vector<SourceColumn> compared;
    for (auto& column : columns) {
      auto there = find(column.name);
      if (there == present.end()) {
        column.target_name = NameOfRecords(column.name);
        there = find(column.target_name);
      }
      if (there == present.end()) {
        missing += (missing.empty() ? "\"" : ", \"") + column.name + "\"";
        continue;
      }
      const std::string reason = WhyNotComparable(column.type, there->second);
      if (reason.empty() && column.type.is_binary() && IsTypeOfTexts(there->second))
        column.text_at_target = FormOfTexts(table, column);
      if (reason.empty())
        compared.push_back(std::move(column));
      else
        Say("skip " + name + " column " + column.name + ": " + reason);
    }
    if (!missing.empty()) missing = "the target lacks " + missing + "; ";
    return CompareRows(table, compared, missing);
  }

  /// Records hold bytes as text in one of several forms (binary.handling.mode), which the target does not tell; those
  /// of change lines are in a text as they are, in a table that is not ours.
  BytesText FormOfTexts(const DeliveredTable& table, SourceColumn column) {
    column.text_at_target = BytesText::kHex;  // whichever: as a text
    BytesTextFinder finder;
    target_->Visit(table.name, {column}, [&](const auto& row) { finder.See(row[0]); });
    uint64_t bytes = 0, values = 0;
    if (!finder.is_certain())
      source_.Visit(table.source_db, table.source_table, {column}, [&](const auto& row) {
        if (!row[0]) return;
        bytes += row[0]->size() / 2;
        ++values;
      });
    return finder.Form(bytes, values);
  }

  /// Rows of the target, with bytes as the source writes them.
  void VisitTarget(const DeliveredTable& table, const std::vector<SourceColumn>& columns, const RowVisitor& visitor) {
    std::vector<std::string> bytes(columns.size());
    std::vector<std::optional<std::string_view>> values;
    target_->Visit(table.name, columns, [&](const auto& row) {
      values = row;
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].text_at_target == BytesText::kNone || !row[i]) continue;
        bytes[i].clear();
        AppendBytesOfText(bytes[i], columns[i].text_at_target, *row[i]);
        values[i] = bytes[i];
      }
      visitor(values);
    });
  }

  /// `missing`: what the target has no columns of, as a difference that is told before that of the rows; empty: it has
  /// all.
  bool CompareRows(const DeliveredTable& table, const std::vector<SourceColumn>& columns, const std::string& missing) {
    const std::string name = table.source_db + "." + table.source_table;
    if (columns.empty()) {
      Say((missing.empty() ? "skip " : "differs ") + name + ": " + missing + "no column can be compared");
      return missing.empty();
    }
    RowSummer summer(columns);
    TableSums source, target;
    source_.Visit(table.source_db, table.source_table, columns, [&](const auto& row) { summer.Add(row, &source); });
    VisitTarget(table, columns, [&](const auto& row) { summer.Add(row, &target); });
    char sum[20];
    std::snprintf(sum, sizeof sum, "%016llx", static_cast<unsigned long long>(source.sum));
    if (source.rows == target.rows && source.buckets == target.buckets) {
      const std::string rows = std::to_string(source.rows) + " rows, checksum " + sum;
      Say((missing.empty() ? "equal " : "differs ") + name + ": " +
          (missing.empty() ? rows : missing + "otherwise equal, " + rows));
      return missing.empty();
    }
    Say("differs " + name + ": " + missing + std::to_string(source.rows) + " rows at the source, " +
        std::to_string(target.rows) + " at the target");
    ShowKeys(table, columns, source, target);
    return false;
  }

  /// Hashes of the rows of a key that two servers may write differently: the shown one is the source's where it has it.
  struct RowsOfKey {
    std::string shown_key;
    std::vector<uint64_t> at_source, at_target;
  };

  void ShowKeys(const DeliveredTable& table, const std::vector<SourceColumn>& columns, const TableSums& source,
                const TableSums& target) {
    std::vector<bool> searched(TableSums::kBuckets);
    size_t count = 0;
    for (size_t i = 0; i < searched.size() && count < kSearchedBuckets; ++i)
      if (source.buckets[i] != target.buckets[i]) searched[i] = true, ++count;
    RowSummer summer(columns);
    // Rows of equal keys (of a table without one) may be several.
    std::map<std::string, RowsOfKey> rows;
    const auto note = [&](const auto& values, auto side) {
      auto row = summer.Of(values);
      if (!searched[row.bucket]) return;
      RowsOfKey& there = rows[std::move(row.key)];
      if (there.shown_key.empty()) there.shown_key = std::move(row.shown_key);
      (there.*side).push_back(row.hash);
    };
    source_.Visit(table.source_db, table.source_table, columns,
                  [&](const auto& row) { note(row, &RowsOfKey::at_source); });
    VisitTarget(table, columns, [&](const auto& row) { note(row, &RowsOfKey::at_target); });
    for (auto row = rows.begin(); row != rows.end();) {
      auto& [shown_key, at_source, at_target] = row->second;
      std::sort(at_source.begin(), at_source.end());
      std::sort(at_target.begin(), at_target.end());
      row = at_source == at_target ? rows.erase(row) : std::next(row);
    }
    if (rows.size() > kShownKeys) rows.erase(std::next(rows.begin(), kShownKeys), rows.end());
    ShowRows(table, columns, rows);
  }

  /// Values are read once more, of these rows alone: all of those searched may be more than memory holds.
  void ShowRows(const DeliveredTable& table, const std::vector<SourceColumn>& columns,
                const std::map<std::string, RowsOfKey>& rows) {
    RowSummer summer(columns);
    std::map<std::string, std::pair<Texts, Texts>> texts;
    const auto note = [&](const auto& values, auto side) {
      const std::string key = summer.Of(values).key;
      if (rows.count(key) > 0) texts[key].*side = TextsOf(values);
    };
    using Pair = std::pair<Texts, Texts>;
    source_.Visit(table.source_db, table.source_table, columns, [&](const auto& row) { note(row, &Pair::first); });
    VisitTarget(table, columns, [&](const auto& row) { note(row, &Pair::second); });
    for (const auto& [key, row] : rows) {
      const auto& [shown_key, at_source, at_target] = row;
      Say("  (" + shown_key + ") " +
          (at_target.size() < at_source.size()   ? "is missing at the target"
           : at_source.size() < at_target.size() ? "is not at the source"
                                                 : DifferenceOf(columns, texts[key].first, texts[key].second)));
    }
  }

  using Texts = std::vector<std::optional<std::string>>;
  static Texts TextsOf(const std::vector<std::optional<std::string_view>>& values) {
    return {values.begin(), values.end()};
  }

  /// The first column in which the rows differ.
  static std::string DifferenceOf(const std::vector<SourceColumn>& columns, const Texts& source, const Texts& target) {
    constexpr size_t kShownBytes = 60;
    const auto shown = [](const std::optional<std::string>& text) {
      return text ? Shown("\"" + *text + "\"", kShownBytes) : "NULL";
    };
    for (size_t i = 0; i < columns.size() && i < source.size() && i < target.size(); ++i) {
      std::string a, b;
      const CanonicalForm form = CanonicalFormOf(columns[i].type);
      AppendCanonical(a, form, source[i]);
      AppendCanonical(b, form, target[i]);
      if (a != b)
        return "has other values: column \"" + columns[i].name + "\" is " + shown(source[i]) + " at the source, " +
               shown(target[i]) + " at the target";
    }
    return "has other values";
  }

  const VerifyRequest& request_;
  ByteOutput& output_;
  std::unique_ptr<TargetSide> target_;
  SourceSide source_;
};

}  // namespace

bool Verify(const VerifyRequest& request, ByteOutput& output) {
  return Verification(request, output).Run();
}

}  // namespace cdc::apply
