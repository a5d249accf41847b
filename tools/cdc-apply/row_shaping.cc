#include "tools/cdc-apply/row_shaping.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/version_columns.h"

namespace cdc::apply {
namespace {

constexpr const char* kOp = "__op";
constexpr const char* kPosition = "__position";
constexpr const char* kDeleted = "__deleted";

void AddColumn(TargetTable* table, const char* name, ColumnKind kind) {
  if (table->Find(name) < table->columns.size())
    Fail(ExitStatus::kConfig,
         "table \"" + table->name + "\" of the source has a column \"" + name + "\", which is cdc-apply's own here", "",
         std::string(name) == kDeleted
             ? "rewritten records have it, and need no --deletes soft: --unwrap tombstone, or envelopes, go with that"
             : "rename it at the source, or before cdc-apply; upsert with hard deletes adds no columns");
  TargetColumn column;
  column.name = name;
  column.kind = kind;
  if (kind == ColumnKind::kInstant) column.scale = kVersionDigits;
  table->columns.push_back(std::move(column));
}

std::string_view OpText(char op) {
  static constexpr std::string_view kOps = "crudt";
  const size_t at = kOps.find(op);
  return at == std::string_view::npos ? "?" : kOps.substr(at, 1);
}

}  // namespace

void RowShaper::CheckModes() const {
  if (mode_ == ApplyMode::kUpsert || deletes_ != DeleteMode::kSoft) return;
  Fail(ExitStatus::kUsage, "--deletes soft goes with --mode upsert only", "",
       "in the other modes no row is removed; --deletes ignore passes deletions over");
}

TargetTable* RowShaper::ShapedTable(const RowChange& change) {
  auto& table = tables_[change.table];
  if (table && !change.table_changed) return table.get();
  // The sinks know a table by its address, which stays.
  if (!table) table = std::make_unique<TargetTable>();
  *table = *change.table;
  if (mode_ == ApplyMode::kAppend) {
    table->key.clear();
    for (auto& column : table->columns) column.nullable = true;
    table->is_history = true;
    AddColumn(table.get(), kOp, ColumnKind::kText);
    AddColumn(table.get(), kPosition, ColumnKind::kText);
  } else if (mode_ == ApplyMode::kVersions) {
    if (table->key.empty())
      Fail(ExitStatus::kConfig, "table \"" + table->name + "\" has no key, by which its rows' versions belong together",
           "", "--mode append");
    table->is_history = true;
    AddColumn(table.get(), kValidFrom, ColumnKind::kInstant);
    AddColumn(table.get(), kValidTo, ColumnKind::kInstant);
    table->key.push_back(table->columns.size() - 2);
    table->is_versioned = true;
  } else if (mode_ == ApplyMode::kInsertOnly) {
    table->takes_new_rows_only = true;
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
  if (mode_ == ApplyMode::kVersions) {
    AppendVersion(change, table);
    return shaped_;
  }
  if (mode_ == ApplyMode::kInsertOnly) {
    InsertOnly(change, table);
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
  if (change.kind == RowChange::Kind::kNone) {
    if (change.table_changed) Add(RowChange::Kind::kNone, change, table);
    return;
  }
  const bool is_upsert = change.kind == RowChange::Kind::kUpsert;
  std::vector<Value> row = is_upsert ? change.after : change.before;
  if (is_upsert && IsPartial(row))
    Fail(ExitStatus::kData, "a history needs whole rows, and the source writes partial ones (binlog_row_image)", "",
         "set binlog_row_image = FULL at the source");
  row.resize(change.table->columns.size());
  if (!is_upsert && deletes_ == DeleteMode::kIgnore) {
    if (change.table_changed) Add(RowChange::Kind::kNone, change, table);
    return;
  }
  row.push_back(Value::Text(OpText(change.op)));
  row.push_back(position.empty() ? Value::Null() : Value::Text(position));
  Add(RowChange::Kind::kUpsert, change, table).after = std::move(row);
}

/// The version that was valid until now ends, and the next begins.
void RowShaper::AppendVersion(const RowChange& change, TargetTable* table) {
  if (change.kind == RowChange::Kind::kNone) return;
  if (change.ts_us == 0)
    Fail(ExitStatus::kData, "versions need the time of each change, and the record does not tell it", "",
         "change lines and envelopes of the source do; of other records the marks do, and this stream has none");
  time_ = VersionTime(change.ts_us);
  if (change.kind == RowChange::Kind::kTruncate) {
    if (deletes_ != DeleteMode::kIgnore) EndVersion(change, table, {});
    return;
  }
  if (change.kind == RowChange::Kind::kDelete) {
    if (deletes_ != DeleteMode::kIgnore) EndVersion(change, table, change.before);
    return;
  }
  if (IsPartial(change.after))
    Fail(ExitStatus::kData, "a history needs whole rows, and the source writes partial ones (binlog_row_image)", "",
         "set binlog_row_image = FULL at the source");
  if (KeyMoves(change.table->key, change)) EndVersion(change, table, change.before);
  // Also of a new row: the end of the one before it may be in a gap of the stream, or have been passed over.
  EndVersion(change, table, change.after);
  RowChange& shaped = Add(RowChange::Kind::kUpsert, change, table);
  shaped.after = change.after;
  shaped.after.push_back(Value::Text(time_));
  shaped.after.push_back(Value::Null());
}

/// Of the row's key; of all keys, where `row` is empty.
void RowShaper::EndVersion(const RowChange& change, TargetTable* table, const std::vector<Value>& row) {
  RowChange& ended = Add(RowChange::Kind::kEndVersion, change, table);
  ended.has_before = true;
  ended.before.resize(table->columns.size());
  if (!row.empty())
    for (const size_t column : change.table->key) ended.before[column] = row[column];
  ended.checks_old_row = change.checks_old_row && &row != &change.after;
  if (ended.checks_old_row && change.kind == RowChange::Kind::kUpsert)
    std::copy(change.before.begin(), change.before.end(), ended.before.begin());
  ended.after.resize(table->columns.size());
  ended.after.back() = Value::Text(time_);
}

void RowShaper::InsertOnly(const RowChange& change, TargetTable* table) {
  const bool removes = change.kind == RowChange::Kind::kDelete || change.kind == RowChange::Kind::kTruncate;
  const bool changes = change.kind == RowChange::Kind::kUpsert && change.has_before;
  if ((removes && deletes_ != DeleteMode::kIgnore) || changes)
    Fail(ExitStatus::kData,
         "a row of table \"" + table->name + "\" is " + (changes ? "changed" : "deleted") +
             ", and --mode insert-only takes new rows only",
         "", removes ? "--deletes ignore passes it over" : "--mode upsert, or --dead-letters FILE");
  if (!removes) Add(change.kind, change, table).after = change.after;
  if (change.table_changed && shaped_.empty()) Add(RowChange::Kind::kNone, change, table);
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
  const auto& key = change.table->key;
  std::vector<Value> after = change.after;
  // A part of the key that a partial image does not carry is as it was.
  for (const size_t column : key)
    if (change.has_before && after[column].is_absent()) after[column] = change.before[column];
  const bool moves = KeyMoves(key, change.has_before ? change.before.data() : nullptr, after.data());
  const bool copies = moves && IsPartial(after);
  if (moves && soft && !copies) Add(RowChange::Kind::kUpsert, change, table).after = KeyOf(change, true);
  RowChange& shaped = Add(RowChange::Kind::kUpsert, change, table);
  shaped.after = std::move(after);
  if (soft) shaped.after.push_back(Value::Integer(0));
  if (!copies && !key.empty()) return;
  shaped.keeps_old_row = copies;
  shaped.has_before = change.has_before;
  shaped.before = change.before;
  if (soft && change.has_before) shaped.before.emplace_back();
  // Only now: the new row's flag is its own, and the rest is as the old one has it.
  if (copies && soft) Add(RowChange::Kind::kUpsert, change, table).after = KeyOf(change, true);
}

}  // namespace cdc::apply
