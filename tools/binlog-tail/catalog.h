#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/table_schema.h"
#include "tools/binlog-tail/statement.h"
#include "tools/binlog-tail/table_map_event.h"

namespace cdc::tail {

/// Definitions of the captured tables as the stream stands. They come from the server (read at the start, and again
/// after a statement that changed the table), from CREATE TABLE statements in the log together with the table map, or,
/// with full row metadata, from the table map alone.
class Catalog {
 public:
  using TableKey = cdc::tail::TableKey;
  /// Reads one table's definition from the server; null if it is not there.
  using Reload = std::function<std::shared_ptr<const TableSchema>(const std::string& db, const std::string& table)>;

  /// `reload` may be empty: there is no server.
  explicit Catalog(Reload reload = {}) : reload_(std::move(reload)) {}

  void Put(std::shared_ptr<const TableSchema> schema);

  /// `count` statements between where the stream stands and now change this table: what the server says of it holds
  /// only after them.
  void ChangesLater(const TableKey& key, uint64_t count) { later_[key] = count; }

  /// A statement goes by.
  void Apply(const LoggedStatement& logged, const QueryEvent& query);

  /// The definition that rows laid out as `map` have. `fresh` is set if it was not handed out before, `at` then says
  /// where it comes from (as in `table` lines). Errors: 65 or 66 where no definition with the map's shape can be had.
  std::shared_ptr<const TableSchema> Resolve(const TableMap& map, bool* fresh, const char** at);

  /// Grows with each statement: plans made before are to be checked anew.
  uint64_t version() const { return version_; }

 private:
  void ApplyChange(const TableChange& change);
  void Renamed(const TableKey& from, const TableKey& to);
  void Forget(const TableKey& key);
  bool Knows(const TableKey& key) const { return tables_.count(key) > 0 || created_.count(key) > 0; }
  std::shared_ptr<const TableSchema> FromServer(const TableMap& map, std::string* why);
  std::shared_ptr<const TableSchema> FromCreated(const TableMap& map);
  void StatementPassed(const TableKey& key);
  [[noreturn]] void FailUnknown(const TableMap& map, const std::string& why);

  Reload reload_;
  std::map<TableKey, std::shared_ptr<const TableSchema>> tables_;
  std::map<TableKey, CreatedTable> created_;
  std::map<TableKey, bool> altered_;
  std::map<TableKey, uint64_t> later_;
  uint64_t version_ = 0;
};

}  // namespace cdc::tail
