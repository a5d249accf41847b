#include "tools/binlog-tail/definitions.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::tail {
namespace {

constexpr int kMostAttempts = 10;

bool SamePlace(const Position& a, const Position& b) {
  return a.file == b.file && a.pos == b.pos;
}

}  // namespace

void FailRestless(MysqlConnection& connection) {
  Fail(ExitStatus::kTempFail,
       "tables of server " + connection.name() + " change faster than their definitions can be read");
}

ServerTables LoadDefinitions(MysqlConnection& connection, const ServerInfo& info, const LoadPlan& plan,
                             const ReadChanges& read_changes) {
  const Position before = ReadLogEnd(connection, info);
  ServerTables said = LoadTables(connection, plan);
  said.as_of = before;
  FollowDefinitions(connection, info, plan, read_changes, &said);
  return said;
}

void FollowDefinitions(MysqlConnection& connection, const ServerInfo& info, const LoadPlan& plan,
                       const ReadChanges& read_changes, ServerTables* said) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    Position now = ReadLogEnd(connection, info);
    const bool changed =
        !SamePlace(said->as_of, now) && ReloadChanged(connection, plan, read_changes(said->as_of, now), said);
    said->as_of = std::move(now);
    if (!changed) return;
  }
  FailRestless(connection);
}

ServerTables LoadDefinition(MysqlConnection& connection, const ServerInfo& info, const TableKey& key,
                            const ReadChanges& read_changes) {
  Position before = ReadLogEnd(connection, info);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    ServerTables said;
    if (const auto table = LoadTable(connection, key)) said.tables.push_back(table);
    said.as_of = ReadLogEnd(connection, info);
    if (SamePlace(before, said.as_of)) return said;
    const TableChanges changes = read_changes(before, said.as_of);
    if (!changes.others && changes.defined.count(key) == 0) return said;
    before = said.as_of;
  }
  FailRestless(connection);
}

bool StillHolds(const ServerTables& said, const LoadPlan& plan, const ReadChanges& read_changes,
                const Position& later) {
  if (SamePlace(said.as_of, later)) return true;
  const TableChanges changes = read_changes(said.as_of, later);
  return !changes.others && std::none_of(changes.defined.begin(), changes.defined.end(), [&](const TableKey& key) {
    return plan.others || plan.filter->Captures(key.first, key.second);
  });
}

}  // namespace cdc::tail
