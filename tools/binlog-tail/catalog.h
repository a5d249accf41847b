#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/ddl/definition.h"
#include "common/error.h"
#include "common/position.h"
#include "common/table_schema.h"
#include "tools/binlog-tail/catalog_journal.h"
#include "tools/binlog-tail/statement_scan.h"
#include "tools/binlog-tail/table_map_event.h"

namespace cdc::tail {

/// What the server says of its tables, and the place in the log up to which statements are in it.
struct ServerTables {
  std::vector<std::shared_ptr<const TableSchema>> tables;
  std::map<TableKey, std::string> others;  ///< CREATE text of tables that are not captured, where it was asked for
  ddl::DatabaseDefaults server;            ///< its own character set and collation
  std::map<std::string, ddl::DatabaseDefaults> databases;
  Position as_of;
};

/// The server, as the catalog asks it. An empty function: there is no server.
struct CatalogServer {
  std::string set_for_good = "SET PERSIST";  ///< what sets a variable there
  std::string set_also;                      ///< what else it takes
  /// One table as it is now; no table if it is not there.
  std::function<ServerTables(const std::string& db, const std::string& table)> load;
  /// What the statements between two places change.
  std::function<TableChanges(const Position& from, const Position& to)> changes;
  /// Whether a sequence has the name now.
  std::function<bool(const std::string& db, const std::string& table)> is_sequence;
};

/// Definitions of tables as they are where the stream stands. They follow the statements of the log by their text, of
/// all tables, also those that are not captured: a rename may make one captured. What the server says is of a later
/// place and holds from there on; before that it counts only where it is certain that nothing in between changed the
/// table: with full row metadata because the names in the table map say so, else because the log between was looked
/// through. Every table map is compared with the definition that its rows are read with.
class Catalog {
 public:
  explicit Catalog(CatalogServer server = {}) : server_(std::move(server)) {}

  /// What the server says at its place `tables.as_of`, or what the stream's start is known to have (`exact`).
  void Take(const ServerTables& tables, bool exact);

  /// A statement that begins at `place` goes by.
  void Apply(const LoggedStatement& logged, const LogPlace& place);

  /// What is known where the stream begins out of an earlier run.
  void Replay(const std::vector<CatalogJournal::Entry>& entries, bool lower_case_names);

  /// From here on what is learnt goes into `journal`; what is known holds since `base`, where the stream begins.
  void SetJournal(CatalogJournal* journal, const Position& base);

  /// The definition that rows laid out as `map` have, at `place`. `at` then says where it comes from (as in `table`
  /// lines). Errors: 65 or 66 where no definition with the map's shape can be had.
  std::shared_ptr<const TableSchema> Resolve(const TableMap& map, const LogPlace& place, const char** at);

  /// The definition that the table has at `place`, without rows to compare it with; null where that is not certain.
  std::shared_ptr<const TableSchema> DefinitionOf(const TableKey& key, const LogPlace& place);

  /// MariaDB: the rows are what a sequence keeps in the log, and no table's.
  bool IsOfSequence(const TableMap& map) const;

  /// Another server is read from here on, whose log has other places: what the one before said counts no more.
  void ForgetServer();

  /// Grows with each statement: plans made before are to be checked anew.
  uint64_t version() const { return version_; }

 private:
  /// A table as the stream has it. `statement` is made out of `schema` when the first ALTER comes; `schema` out of the
  /// statement, and of what the table map adds to it, when the first row comes.
  struct Known {
    std::shared_ptr<const TableSchema> schema;
    std::shared_ptr<const ddl::CreateTable> statement;
    std::string text;  ///< of the statement; empty: to be made from it
    /// CREATE TABLE IF NOT EXISTS where the table may have been there, with columns that nobody knows: what the server
    /// says goes before it.
    bool is_guess = false;
  };
  struct FromServer {
    std::shared_ptr<const TableSchema> schema;
    Position as_of;
  };

  void Change(const LoggedStatement& logged, const Position& place);
  void ApplyCreate(const LoggedStatement& logged, const Position& place);
  void ApplyLike(const TableKey& key, const TableKey& source);
  void ApplyAlter(const LoggedStatement& logged, const Position& place);
  void ApplyDatabase(const LoggedStatement& logged);
  void Rename(const TableKey& from, const TableKey& to, const Position& place);
  void Drop(const TableKey& key, const Position& place);
  Known* Find(const TableKey& key, const Position& place);
  template <typename Edit>
  void EditTable(const TableKey& key, const Position& place, const Edit& edit);
  std::shared_ptr<const TableSchema> FromKnown(const TableMap& map, const Position& place, std::string* why);
  std::shared_ptr<const TableSchema> AskServer(const TableMap& map, const Position& place, std::string* why);
  ServerTables LoadUnlessDenied(const TableKey& key);
  std::optional<bool> IsThere(const TableKey& key) const;
  bool ChangesBetween(const TableKey& key, const Position& from, const Position& to);
  ddl::DatabaseDefaults DefaultsOf(const std::string& database) const;
  [[noreturn]] void FailUnknown(const TableMap& map, const std::string& why);

  CatalogServer server_;
  std::map<TableKey, Known> known_;
  std::map<TableKey, FromServer> from_server_;
  std::map<std::string, ddl::DatabaseDefaults> databases_;
  std::set<TableKey> sequences_;              // made by the log
  std::map<TableKey, bool> there_;            // what the statements say: the table was made, or dropped
  std::set<std::string> followed_databases_;  // made or dropped by the log: there_ tells of all their tables
  CatalogJournal* journal_ = nullptr;
  LogPlace base_;
  std::map<TableKey, LogPlace> last_change_;  // of tables, since the base
  bool changed_since_ = false;                // what was found missing is missing because the table changed later
  std::optional<Failure> denied_;             // the server refused to show the table of the last map
  uint64_t version_ = 0;
  struct Scan {
    Position from, to;
    std::map<TableKey, Position> last;
  };
  std::unique_ptr<Scan> scan_;
};

}  // namespace cdc::tail
