#include "tools/cdc-apply/row_shaping.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::apply {
namespace {

constexpr const char* kOp = "__op";
constexpr const char* kPosition = "__position";
constexpr const char* kDeleted = "__deleted";

void AddColumn(TargetTable* table, const char* name, ColumnKind kind) {
  if (table->Find(name) < table->columns.size())
    Fail(ExitStatus::kConfig,
         "table \"" + table->name + "\" of the source has a column \"" + name + "\", which is cdc-apply's own here", "",
         "rename it, or leave out --mode append and --deletes soft");
  TargetColumn column;
  column.name = name;
  column.kind = kind;
  table->columns.push_back(std::move(column));
}

std::string_view OpText(char op) {
  static constexpr std::string_view kOps = "crudt";
  const size_t at = kOps.find(op);
  return at == std::string_view::npos ? "?" : kOps.substr(at, 1);
}

bool KeyMoves(const RowChange& change) {
  const auto& key = change.table->key;
  return change.has_before && std::any_of(key.begin(), key.end(), [&](size_t column) {
           return !change.before[column].is_absent() && !(change.before[column] == change.after[column]);
         });
}

bool IsPartial(const std::vector<Value>& row) {
  return std::any_of(row.begin(), row.end(), [](const Value& value) { return value.is_absent(); });
}

}  // namespace

TargetTable* RowShaper::ShapedTable(const RowChange& change) {
  auto& table = tables_[change.table];
  if (table && !change.table_changed) return table.get();
  // The sinks know a table by its address, which stays.
  if (!table) table = std::make_unique<TargetTable>();
  *table = *change.table;
  if (mode_ == ApplyMode::kAppend) {
    table->key.clear();
    for (auto& column : table->columns) column.nullable = true;
    AddColumn(table.get(), kOp, ColumnKind::kText);
    AddColumn(table.get(), kPosition, ColumnKind::kText);
  } else if (deletes_ == DeleteMode::kSoft) {
    AddColumn(table.get(), kDeleted, ColumnKind::kBoolean);
  }
  return table.get();
}

const std::vector<RowChange>& RowShaper::Shape(const RowChange& change, std::string_view position) {
  shaped_.clear();
  if (change.table == nullptr) return shaped_;  // a tombstone after its delete
  TargetTable* table = ShapedTable(change);
  if (mode_ == ApplyMode::kAppend) {
    Append(change, table, position);
    return shaped_;
  }
  switch (change.kind) {
    case RowChange::Kind::kUpsert: ShapeUpsert(change, table); break;
    case RowChange::Kind::kDelete:
    case RowChange::Kind::kTruncate: ShapeDelete(change, table); break;
    default: break;
  }
  // Whether the table is new to the sink is told once, also where nothing came of the first change.
  if (change.table_changed && shaped_.empty()) Add(RowChange::Kind::kNone, change, table);
  return shaped_;
}

RowChange& RowShaper::Add(RowChange::Kind kind, const RowChange& change, TargetTable* table) {
  RowChange& shaped = shaped_.emplace_back();
  shaped.kind = kind;
  shaped.op = change.op;
  shaped.table = table;
  shaped.table_changed = change.table_changed && shaped_.size() == 1;
  return shaped;
}

void RowShaper::Append(const RowChange& change, TargetTable* table, std::string_view position) {
  if (change.kind == RowChange::Kind::kNone) return;
  const bool is_upsert = change.kind == RowChange::Kind::kUpsert;
  std::vector<Value> row = is_upsert ? change.after : change.before;
  if (is_upsert && IsPartial(row))
    Fail(ExitStatus::kData, "a history needs whole rows, and the source writes partial ones (binlog_row_image)", "",
         "SET PERSIST binlog_row_image = FULL at the source");
  row.resize(change.table->columns.size());
  row.push_back(Value::Text(OpText(change.op)));
  row.push_back(position.empty() ? Value::Null() : Value::Text(position));
  Add(RowChange::Kind::kUpsert, change, table).after = std::move(row);
}

/// The key of the old row, and whether it is deleted; nothing else, unless whole rows are wanted.
std::vector<Value> RowShaper::KeyOf(const RowChange& change, bool is_deleted) const {
  if (keeps_whole_rows_) {
    std::vector<Value> whole = change.before;
    whole.resize(change.table->columns.size());
    whole.push_back(Value::Integer(is_deleted));
    return whole;
  }
  std::vector<Value> row(change.table->columns.size() + 1);
  for (const size_t column : change.table->key) row[column] = change.before[column];
  row.back() = Value::Integer(is_deleted);
  return row;
}

void RowShaper::ShapeDelete(const RowChange& change, TargetTable* table) {
  if (deletes_ == DeleteMode::kIgnore) return;
  if (change.kind == RowChange::Kind::kTruncate) {
    std::vector<Value> row(table->columns.size());
    row.back() = Value::Integer(1);
    Add(RowChange::Kind::kUpdateAll, change, table).after = std::move(row);
    return;
  }
  if (table->key.empty())
    Fail(ExitStatus::kConfig, "table \"" + table->name + "\" has no key, so its deleted rows cannot be marked", "",
         "--deletes hard or ignore, or --mode append");
  Add(RowChange::Kind::kUpsert, change, table).after = KeyOf(change, true);
}

void RowShaper::ShapeUpsert(const RowChange& change, TargetTable* table) {
  const bool soft = deletes_ == DeleteMode::kSoft;
  const bool moves = KeyMoves(change);
  // A partial image of a row that moves holds only what the row under the old key can complete, so that row goes.
  const bool replaces = moves && IsPartial(change.after);
  if (moves && soft && !replaces) Add(RowChange::Kind::kUpsert, change, table).after = KeyOf(change, true);
  RowChange& shaped = Add(RowChange::Kind::kUpsert, change, table);
  shaped.after = change.after;
  if (soft) shaped.after.push_back(Value::Integer(0));
  if (!replaces && !change.table->key.empty()) return;
  shaped.has_before = change.has_before;
  shaped.before = change.before;
  if (soft && change.has_before) shaped.before.emplace_back();
}

}  // namespace cdc::apply
