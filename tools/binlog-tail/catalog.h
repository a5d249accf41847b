#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/table_schema.h"
#include "tools/binlog-tail/table_map_event.h"

namespace cdc::tail {

/// Definitions of the captured tables as the stream stands. They come from the server (read at the start, and again
/// after a statement that touched the table), or, with full row metadata, from the table maps themselves.
class Catalog {
 public:
  using TableKey = std::pair<std::string, std::string>;  // database, table
  /// Reads one table's definition from the server; null if it is not there.
  using Reload = std::function<std::shared_ptr<const TableSchema>(const std::string& db, const std::string& table)>;

  /// `reload` may be empty: there is no server.
  explicit Catalog(Reload reload = {}) : reload_(std::move(reload)) {}

  void Put(std::shared_ptr<const TableSchema> schema);

  /// A statement changed, or may have changed, this table: its definition is read anew when its next rows come.
  void Touch(const std::string& db, const std::string& table);
  void TouchDatabase(const std::string& db);
  void TouchAll();

  /// The definition that rows laid out as `map` have. `fresh` is set if it was not handed out before, `at` then says
  /// where it comes from (as in `table` lines). Errors: 65 where no definition with the map's shape can be had.
  std::shared_ptr<const TableSchema> Resolve(const TableMap& map, bool* fresh, const char** at);

  /// Grows with each Touch: plans made before are to be checked anew.
  uint64_t version() const { return version_; }

  const std::map<TableKey, std::shared_ptr<const TableSchema>>& tables() const { return tables_; }
  std::shared_ptr<const TableSchema> Find(const std::string& db, const std::string& table) const;

 private:
  std::shared_ptr<const TableSchema> FromServer(const TableMap& map, std::string* why);
  std::shared_ptr<const TableSchema> FromMap(const TableMap& map);
  Reload reload_;
  std::map<TableKey, std::shared_ptr<const TableSchema>> tables_;
  std::map<TableKey, bool> touched_;
  uint64_t version_ = 0;
};

}  // namespace cdc::tail
