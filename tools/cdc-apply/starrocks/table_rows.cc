#include "tools/cdc-apply/starrocks/table_rows.h"

#include "common/json_writer.h"
#include "tools/cdc-apply/starrocks/columns.h"

namespace cdc::apply::starrocks {
namespace {

constexpr size_t kBodyBytes = 16 << 20;

}  // namespace

TableRows::TableRows(const TargetTable& table, Send send) : table_(table), send_(std::move(send)) {
  rows_.table = table.name;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const std::string name = ColumnName(table.columns[i]);
    AppendJsonString(names_.emplace_back(), name);
    in_key_.push_back(IsInKey(table, i));
    rows_.columns.push_back(name);
  }
  if (!table.key.empty()) rows_.columns.push_back("__op");
}

void TableRows::Start() {
  if (rows_.json.size() >= kBodyBytes) Finish();
  rows_.json += rows_.json.empty() ? "[{" : ",{";
  ++rows_.rows;
}

void TableRows::AddName(size_t column) {
  if (rows_.json.back() != '{') rows_.json += ',';
  rows_.json += names_[column];
  rows_.json += ':';
}

/// 0 is an upsert, 1 a delete; only a table with a primary key knows them.
void TableRows::End(bool is_delete) {
  if (table_.key.empty())
    rows_.json += "}";
  else
    rows_.json += is_delete ? ",\"__op\":1}" : ",\"__op\":0}";
}

void TableRows::Add(const Value* row, bool is_delete) {
  Start();
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    if (row[i].is_absent()) continue;
    AddName(i);
    AppendValue(rows_.json, table_.columns[i], in_key_[i], row[i]);
  }
  End(is_delete);
}

void TableRows::AddDelete(const std::vector<std::string_view>& key) {
  Start();
  for (size_t i = 0; i < key.size(); ++i) {
    AddName(table_.key[i]);
    AppendJsonString(rows_.json, key[i]);
  }
  End(true);
}

void TableRows::Finish() {
  if (rows_.json.empty()) return;
  rows_.json += ']';
  send_(rows_);
  rows_.json.clear();
  rows_.rows = 0;
}

}  // namespace cdc::apply::starrocks
