#include "tools/cdc-apply/print_sink.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-apply/row_text.h"

namespace cdc::apply {
namespace {

constexpr size_t kMostShownBytes = 60;

void AppendValue(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAbsent: out += "?"; break;
    case Value::Kind::kNull: out += "NULL"; break;
    case Value::Kind::kInteger: AppendInteger(out, value.integer); break;
    case Value::Kind::kUnsigned: AppendInteger(out, value.unsigned_integer()); break;
    case Value::Kind::kReal: AppendReal(out, value.real); break;
    case Value::Kind::kDecimal: out += value.text; break;
    case Value::Kind::kText: out += Shown(std::string(value.text), kMostShownBytes); break;
    case Value::Kind::kBytes:
      out += "0x";
      for (const char c : value.text.substr(0, kMostShownBytes / 2)) {
        constexpr char hex[] = "0123456789abcdef";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
      }
      if (value.text.size() > kMostShownBytes / 2) out += "…";
  }
}

class PrintSink : public Sink {
 public:
  explicit PrintSink(ByteOutput& output) : output_(output), colours_(output.is_terminal()) {}

  std::optional<Position> OpenSlot(const std::string&) override { return std::nullopt; }
  std::optional<Position> ReadPosition(const std::string&) override { return std::nullopt; }
  void Begin(const Position*) override {}
  void ClearTables(const TableScope&) override {}
  bool Delivers(const std::string&, const std::string&) override { return false; }
  void TakeTableEvent(const TableEvent&) override {}
  void Mark(const Position*) override {}
  void Commit() override { output_.Flush(); }
  void RollBackToMark() override {}

  void Apply(const RowChange& change) override {
    std::string& out = output_.buffer();
    switch (change.kind) {
      case RowChange::Kind::kNone: return;
      case RowChange::Kind::kTruncate:
        Start("31", '-', change);
        out += " (all rows)";
        break;
      case RowChange::Kind::kUpdateAll:
        Start("33", '~', change);
        out += " (all rows)";
        AppendRow(change.after, *change.table);
        break;
      case RowChange::Kind::kEndVersion:
        if (change.op == 'c') return;  // there is none, as a rule
        Start("33", '~', change);
        AppendRow(change.before, *change.table);
        AppendRow(change.after, *change.table);
        break;
      case RowChange::Kind::kDelete:
        Start("31", '-', change);
        AppendRow(change.table->key.empty() ? change.before : KeyOf(*change.table, change.before), *change.table);
        break;
      case RowChange::Kind::kUpsert:
        Start(change.has_before ? "33" : "32", change.has_before ? '~' : '+', change);
        if (change.has_before)
          AppendDifference(change);
        else
          AppendRow(change.after, *change.table);
    }
    if (colours_) out += "\033[0m";
    out += '\n';
    output_.MaybeFlush();
  }

 private:
  void Start(const char* colour, char sign, const RowChange& change) {
    std::string& out = output_.buffer();
    if (colours_) out += std::string("\033[") + colour + "m";
    out += sign;
    out += ' ';
    out += change.table->name;
  }

  static std::vector<Value> KeyOf(const TargetTable& table, const std::vector<Value>& row) {
    std::vector<Value> key(row.size());
    for (const size_t index : table.key) key[index] = row[index];
    return key;
  }

  void AppendRow(const std::vector<Value>& row, const TargetTable& table) {
    std::string& out = output_.buffer();
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].is_absent()) continue;
      out += ' ';
      out += table.columns[i].name;
      out += '=';
      AppendValue(out, row[i]);
    }
  }

  void AppendDifference(const RowChange& change) {
    std::string& out = output_.buffer();
    const TargetTable& table = *change.table;
    for (size_t i = 0; i < change.after.size(); ++i) {
      const Value &before = change.before[i], &after = change.after[i];
      const bool in_key = std::find(table.key.begin(), table.key.end(), i) != table.key.end();
      if (before == after ? !in_key : after.is_absent()) continue;
      out += ' ';
      out += table.columns[i].name;
      if (before == after) {
        out += '=';
      } else {
        out += ": ";
        AppendValue(out, before);
        out += " → ";
      }
      AppendValue(out, after);
    }
  }

  ByteOutput& output_;
  bool colours_;
};

}  // namespace

std::unique_ptr<Sink> MakePrintSink(ByteOutput& output) {
  return std::make_unique<PrintSink>(output);
}

}  // namespace cdc::apply
