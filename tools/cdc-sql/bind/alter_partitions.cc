#include "tools/cdc-sql/bind/alter_partitions.h"

#include <algorithm>

namespace cdc::sql {

namespace {

TableDef::Partition Resolved(const PartitionSpec& spec) {
  TableDef::Partition partition;
  for (const auto& [column, value] : spec) {
    const bool literal = value->kind == ExprKind::kString || value->kind == ExprKind::kNumber ||
                         value->kind == ExprKind::kBoolean || value->kind == ExprKind::kDate;
    if (!literal) FailAt(value->span, "the value of a partition is a literal", "PARTITION (day = '2024-01-31')");
    partition.emplace_back(column, value->text);
  }
  return partition;
}

std::string TextOf(const TableDef::Partition& partition) {
  std::string text;
  for (const auto& [column, value] : partition) text += (text.empty() ? "" : "/") + column + "=" + value;
  return text;
}

/// Whether every column of `part` has its value in `whole`.
bool Holds(const TableDef::Partition& whole, const TableDef::Partition& part) {
  return std::all_of(part.begin(), part.end(), [&whole](const auto& value) {
    return std::find(whole.begin(), whole.end(), value) != whole.end();
  });
}

bool Same(const TableDef::Partition& a, const TableDef::Partition& b) {
  return a.size() == b.size() && Holds(a, b);
}

bool NamesAllKeys(const TableDef& table, const TableDef::Partition& partition) {
  return partition.size() == table.partitioned.size() &&
         std::all_of(partition.begin(), partition.end(), [&table](const auto& value) {
           return std::count(table.partitioned.begin(), table.partitioned.end(), value.first) == 1;
         });
}

void Add(const AlterTable& alter, const TableDef::Partition& partition, TableDef* table) {
  if (table->partitioned.empty())
    FailAt(alter.name.span, "the table '" + table->name + "' is not PARTITIONED BY any column");
  if (!NamesAllKeys(*table, partition)) {
    std::string keys;
    for (const std::string& key : table->partitioned) keys += (keys.empty() ? "" : ", ") + key;
    FailAt(alter.span, "a partition of '" + table->name + "' has a value for each of " + keys);
  }
  const auto same = [&partition](const TableDef::Partition& known) { return Same(known, partition); };
  if (std::none_of(table->partitions.begin(), table->partitions.end(), same)) {
    table->partitions.push_back(partition);
  } else if (!alter.partition_if) {
    FailAt(alter.span, "there is a partition " + TextOf(partition) + " already", "ADD IF NOT EXISTS does not mind");
  }
}

void Drop(const AlterTable& alter, const TableDef::Partition& partition, TableDef* table) {
  const auto same = [&partition](const TableDef::Partition& known) { return Same(known, partition); };
  if (std::erase_if(table->partitions, same) > 0 || alter.partition_if) return;
  FailAt(alter.span, "there is no partition " + TextOf(partition),
         "ADD PARTITION names one, DROP IF EXISTS does not mind");
}

}  // namespace

bool AlterPartitions(const AlterTable& alter, TableDef* table) {
  for (const PartitionSpec& spec : alter.added_partitions) Add(alter, Resolved(spec), table);
  for (const PartitionSpec& spec : alter.dropped_partitions) Drop(alter, Resolved(spec), table);
  return !alter.added_partitions.empty() || !alter.dropped_partitions.empty();
}

std::vector<std::string> PartitionNames(const TableDef& table, const Statement& statement) {
  if (table.partitioned.empty())
    FailAt(statement.object.span, "the table '" + table.name + "' is not PARTITIONED BY any column");
  const TableDef::Partition wanted = Resolved(statement.partition);
  std::vector<std::string> names;
  for (const TableDef::Partition& partition : table.partitions)
    if (Holds(partition, wanted)) names.push_back(TextOf(partition));
  return names;
}

}  // namespace cdc::sql
