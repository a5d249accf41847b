#include "common/change_line.h"

#include <cstring>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc {
namespace {

[[noreturn]] void Malformed(const std::string& where, const std::string& why, std::string_view line) {
  Fail(ExitStatus::kData, where + ": malformed change line: " + why, Shown(std::string(line)),
       "change lines are described in cdc-stream(5)");
}

std::string_view Between(std::string_view raw, const std::string& where, std::string_view name) {
  if (raw.size() < 2 || raw.front() != '"') Malformed(where, std::string(name) + " is not a string", raw);
  return raw.substr(1, raw.size() - 2);
}

template <typename Number>
Number Whole(std::string_view raw, const std::string& where, std::string_view name) {
  int64_t value;
  if (!ParseJsonInteger(raw, &value)) Malformed(where, std::string(name) + " is not a whole number", raw);
  return static_cast<Number>(value);
}

/// Reads the members in the order in which they are written, without looking for names. Strings that hold a backslash
/// but the rows and the query are left to the slow path.
class CanonicalLine {
 public:
  explicit CanonicalLine(std::string_view line) : line_(line) {}

  /// False: another order, or not a change line; nothing is known then.
  bool Parse(ChangeLine* change) {
    if (!Head(change)) return false;
    if (Take(",\"after\":") && !LastRow(&change->after)) return false;
    tail_at_ = at_;
    if (!Take(",\"ts_us\":") || !Digits(&change->ts_us)) return false;
    if (Take(",\"gtid\":\"") && !Text(&change->gtid)) return false;
    if (!Take(",\"file\":\"") || !Text(&change->file)) return false;
    if (!Take(",\"pos\":") || !Digits(&change->pos)) return false;
    if (!Take(",\"row\":")) return false;
    row_at_ = at_;
    if (!Digits(&change->row)) return false;
    row_end_ = at_;
    if (!Take(",\"server_id\":") || !Digits(&change->server_id)) return false;
    if (Take(",\"thread\":") && !Digits(&change->thread)) return false;
    if (Take(",\"query\":") && !Query(&change->query)) return false;
    if (Take(",\"snapshot\":\"") && !Text(&change->snapshot)) return false;
    return line_.substr(at_) == "}";
  }

  /// The same of a line that was cut behind its rows.
  bool ParseRows(ChangeLine* change) {
    if (!Head(change)) return false;
    if (!Take(",\"after\":")) return at_ == line_.size();
    if (line_.size() - at_ < 2 || line_[at_] != '{' || line_.back() != '}') return false;
    change->after = line_.substr(at_);
    return true;
  }

  size_t tail_at() const { return tail_at_; }  ///< behind the rows
  size_t row_at() const { return row_at_; }    ///< of the row's number
  size_t row_end() const { return row_end_; }

 private:
  bool Head(ChangeLine* change) {
    if (!Take("{\"op\":\"") || at_ >= line_.size()) return false;
    change->op = line_[at_++];
    if (std::memchr("cudrt", change->op, 5) == nullptr) return false;
    if (!Take("\",\"db\":\"") || !Text(&change->db)) return false;
    if (!Take(",\"table\":\"") || !Text(&change->table)) return false;
    return !Take(",\"before\":") || Row(&change->before);
  }

  template <size_t N>
  bool Take(const char (&token)[N]) {
    if (line_.size() - at_ < N - 1 || std::memcmp(line_.data() + at_, token, N - 1) != 0) return false;
    at_ += N - 1;
    return true;
  }

  bool Text(std::string_view* text) {
    const size_t end = line_.find('"', at_);
    if (end == std::string_view::npos) return false;
    *text = line_.substr(at_, end - at_);
    at_ = end + 1;
    return text->find('\\') == std::string_view::npos;
  }

  bool Row(std::string_view* row) {
    const size_t end = SkipJsonValue(line_, at_);
    if (end == std::string_view::npos || line_[at_] != '{') return false;
    *row = line_.substr(at_, end - at_);
    at_ = end;
    return true;
  }

  /// The row before ts_us. No string holds these bytes, since a quote in it has a backslash, and no row comes after.
  bool LastRow(std::string_view* row) {
    const size_t end = line_.rfind("},\"ts_us\":");
    if (end == std::string_view::npos || end < at_ || line_[at_] != '{') return false;
    *row = line_.substr(at_, end + 1 - at_);
    at_ = end + 1;
    return true;
  }

  bool Query(std::string_view* query) {
    const size_t end = SkipJsonValue(line_, at_);
    if (end == std::string_view::npos) return false;
    *query = line_.substr(at_, end - at_);
    at_ = end;
    return true;
  }

  template <typename Number>
  bool Digits(Number* number) {
    uint64_t value = 0;
    const size_t begin = at_;
    while (at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9')
      value = value * 10 + static_cast<uint64_t>(line_[at_++] - '0');
    *number = static_cast<Number>(value);
    return at_ > begin && at_ - begin < 19;
  }

  std::string_view line_;
  size_t at_ = 0;
  size_t tail_at_ = 0, row_at_ = 0, row_end_ = 0;
};

/// What every op needs.
void CheckComplete(const ChangeLine& change, const std::string& where, std::string_view line) {
  const bool needs_before = change.op == 'u' || change.op == 'd';
  const bool needs_after = change.op == 'c' || change.op == 'u' || change.op == 'r';
  if (change.op == 0 || change.table.empty()) Malformed(where, "op or table is missing", line);
  if (needs_before && change.before.empty()) Malformed(where, "before is missing", line);
  if (needs_after && change.after.empty()) Malformed(where, "after is missing", line);
}

}  // namespace

void ParseChangeLine(std::string_view line, const std::string& where, ChangeLine* change) {
  *change = {};
  if (CanonicalLine(line).Parse(change)) return CheckComplete(*change, where, line);
  *change = {};
  JsonMembers members(line);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    if (name == "before" || name == "after") {
      if (value == "null") continue;
      if (value.front() != '{') Malformed(where, std::string(name) + " is not an object", value);
      (name == "before" ? change->before : change->after) = value;
    } else if (name == "op") {
      const std::string_view op = Between(value, where, name);
      if (op.size() != 1 || std::memchr("cudrt", op[0], 5) == nullptr) Malformed(where, "unknown op", line);
      change->op = op[0];
    } else if (name == "db") {
      change->db = Between(value, where, name);
    } else if (name == "table") {
      change->table = Between(value, where, name);
    } else if (name == "ts_us") {
      change->ts_us = Whole<int64_t>(value, where, name);
    } else if (name == "gtid") {
      change->gtid = Between(value, where, name);
    } else if (name == "file") {
      change->file = Between(value, where, name);
    } else if (name == "pos") {
      change->pos = Whole<uint64_t>(value, where, name);
    } else if (name == "row") {
      change->row = Whole<uint32_t>(value, where, name);
    } else if (name == "server_id") {
      change->server_id = Whole<uint64_t>(value, where, name);
    } else if (name == "thread") {
      change->thread = Whole<int64_t>(value, where, name);
    } else if (name == "query") {
      change->query = value;
    } else if (name == "snapshot") {
      change->snapshot = Between(value, where, name);
    }
  }
  if (!members.ok() || members.end_offset() != line.size())
    Malformed(where, "not one JSON object, stopped at byte " + std::to_string(members.offset() + 1), line);
  CheckComplete(*change, where, line);
}

void ChangeLineReader::Parse(std::string_view line, const std::string& where, ChangeLine* change) {
  if (!after_row_.empty() && TakeSameTail(line, change)) return CheckComplete(*change, where, line);
  *change = {};
  CanonicalLine canonical(line);
  if (!canonical.Parse(change)) {
    after_row_.clear();
    return ParseChangeLine(line, where, change);
  }
  Remember(line, canonical.tail_at(), canonical.row_at(), canonical.row_end(), *change);
  CheckComplete(*change, where, line);
}

bool ChangeLineReader::TakeSameTail(std::string_view line, ChangeLine* change) const {
  constexpr size_t kMostDigits = 9;
  if (line.size() < before_row_.size() + after_row_.size() || !line.ends_with(after_row_)) return false;
  const size_t row_end = line.size() - after_row_.size();
  size_t row_at = row_end;
  while (row_at > 0 && line[row_at - 1] >= '0' && line[row_at - 1] <= '9') --row_at;
  if (row_at == row_end || row_end - row_at > kMostDigits || row_at < before_row_.size()) return false;
  const size_t tail_at = row_at - before_row_.size();
  if (line.compare(tail_at, before_row_.size(), before_row_) != 0) return false;
  *change = last_;
  if (!CanonicalLine(line.substr(0, tail_at)).ParseRows(change)) return false;
  change->row = 0;
  for (size_t at = row_at; at < row_end; ++at) change->row = change->row * 10 + static_cast<uint32_t>(line[at] - '0');
  const auto part = [&](size_t from, const Extent& extent) { return line.substr(from + extent.at, extent.size); };
  change->gtid = part(tail_at, gtid_);
  change->file = part(tail_at, file_);
  change->query = part(row_end, query_);
  change->snapshot = part(row_end, snapshot_);
  return true;
}

void ChangeLineReader::Remember(std::string_view line, size_t tail_at, size_t row_at, size_t row_end,
                                const ChangeLine& change) {
  before_row_ = line.substr(tail_at, row_at - tail_at);
  after_row_ = line.substr(row_end);
  const auto extent = [&](size_t from, std::string_view text) {
    return text.empty() ? Extent() : Extent{static_cast<size_t>(text.data() - line.data()) - from, text.size()};
  };
  gtid_ = extent(tail_at, change.gtid);
  file_ = extent(tail_at, change.file);
  query_ = extent(row_end, change.query);
  snapshot_ = extent(row_end, change.snapshot);
  last_ = {};
  last_.ts_us = change.ts_us;
  last_.pos = change.pos;
  last_.server_id = change.server_id;
  last_.thread = change.thread;
}

void AppendChangeTail(std::string& out, const ChangeLine& change) {
  out += ",\"ts_us\":";
  AppendInteger(out, change.ts_us);
  if (!change.gtid.empty()) {
    out += ",\"gtid\":\"";
    out += change.gtid;
    out += '"';
  }
  out += ",\"file\":\"";
  out += change.file;
  out += "\",\"pos\":";
  AppendInteger(out, change.pos);
  out += ",\"row\":";
  AppendInteger(out, change.row);
  out += ",\"server_id\":";
  AppendInteger(out, change.server_id);
  if (change.thread >= 0) {
    out += ",\"thread\":";
    AppendInteger(out, change.thread);
  }
  if (!change.query.empty()) {
    out += ",\"query\":";
    out += change.query;
  }
  if (!change.snapshot.empty()) {
    out += ",\"snapshot\":\"";
    out += change.snapshot;
    out += '"';
  }
  out += "}\n";
}

RowSplitter::RowSplitter(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    std::string token;
    AppendJsonString(token, name);
    tokens_.push_back(token + ":");
  }
}

void RowSplitter::Split(std::string_view row, const std::string& where, std::vector<std::string_view>* values) const {
  values->assign(tokens_.size(), {});
  size_t at = 1, column = 0;
  if (row.size() >= 2 && row[1] != '}') {
    for (;;) {
      while (column < tokens_.size() && row.compare(at, tokens_[column].size(), tokens_[column]) != 0) ++column;
      if (column == tokens_.size()) return SplitByName(row, where, values);
      at += tokens_[column].size();
      const size_t end = SkipJsonValue(row, at);
      if (end == std::string_view::npos) return SplitByName(row, where, values);
      (*values)[column++] = row.substr(at, end - at);
      if (end >= row.size() || row[end] != ',') {
        if (end + 1 == row.size() && row[end] == '}') return;
        return SplitByName(row, where, values);
      }
      at = end + 1;
    }
  }
}

void RowSplitter::SplitByName(std::string_view row, const std::string& where,
                              std::vector<std::string_view>* values) const {
  values->assign(tokens_.size(), {});
  JsonMembers members(row);
  while (members.Next()) {
    size_t column = 0;
    while (column < tokens_.size() && (tokens_[column].size() != members.raw_name().size() + 1 ||
                                       tokens_[column].compare(0, members.raw_name().size(), members.raw_name()) != 0))
      ++column;
    if (column == tokens_.size()) {
      // The same name may be escaped otherwise.
      const std::string name = UnescapeJsonString(members.raw_name(), where);
      std::string token;
      AppendJsonString(token, name);
      token += ':';
      for (column = 0; column < tokens_.size() && tokens_[column] != token;) ++column;
      if (column == tokens_.size())
        Fail(ExitStatus::kData,
             where + ": column " + token.substr(0, token.size() - 1) + " is not in the table's definition",
             Shown(std::string(row)), "the table line that describes the table must come before its rows");
    }
    (*values)[column] = members.value();
  }
  if (!members.ok()) Malformed(where, "bad row, stopped at byte " + std::to_string(members.offset() + 1), row);
}

}  // namespace cdc
