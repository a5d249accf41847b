#include "tools/cdc-apply/iceberg/sql_catalog.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>

#include "common/error.h"
#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/random_uuid.h"
#include "tools/cdc-apply/sqlite_slot.h"
#include "tools/cdc-apply/sqlite_statement.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kBusyTimeoutMs = 30'000;
constexpr int kVersionDigits = 5;

constexpr const char* kCreateTables =
    "CREATE TABLE IF NOT EXISTS iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT "
    "NULL, table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location "
    "VARCHAR(1000), iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name));"
    "CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (catalog_name VARCHAR(255) NOT NULL, namespace "
    "VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000) NOT NULL, PRIMARY KEY "
    "(catalog_name, namespace, property_key));";

/// Rolls back what was not committed.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(sqlite3* db) : db_(db) { ExecuteSqlite(db_, "BEGIN IMMEDIATE"); }
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction() {
    if (db_ != nullptr) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void Commit() {
    ExecuteSqlite(db_, "COMMIT");
    db_ = nullptr;
  }

 private:
  sqlite3* db_;
};

class SqlCatalog : public Catalog {
 public:
  SqlCatalog(SqlCatalogPlace place, std::unique_ptr<FileStore> store, bool read_only)
      : place_(std::move(place)), store_(std::move(store)) {
    if (!read_only && is_local()) MakeFolders(place_.warehouse);
    const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(place_.file.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(db_);
    if (code != SQLITE_OK) FailSqlite(db_, code, "could not open the Iceberg catalog \"" + place_.file + "\"");
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
    slot_.emplace(db_, place_.file);
    if (read_only) return;
    // The tables' files are on the disk before the commit names them, so the commit itself must be too.
    ExecuteSqlite(db_, "PRAGMA journal_mode = WAL");
    ExecuteSqlite(db_, "PRAGMA synchronous = FULL");
    ExecuteSqlite(db_, kCreateTables);
    ExecuteSqlite(db_, SqliteSlot::kCreateTable);
    SqliteStatement note(db_,
                         "INSERT OR IGNORE INTO iceberg_namespace_properties (catalog_name, namespace, property_key, "
                         "property_value) VALUES (?1, ?2, 'exists', 'true')");
    note.Bind(1, place_.name);
    note.Bind(2, place_.name_space);
    note.Run();
  }

  std::vector<std::string> Tables() override {
    SqliteStatement list(
        db_, "SELECT table_name FROM iceberg_tables WHERE catalog_name = ?1 AND table_namespace = ?2 ORDER BY 1");
    list.Bind(1, place_.name);
    list.Bind(2, place_.name_space);
    std::vector<std::string> names;
    while (list.Step()) names.push_back(list.Text(0));
    return names;
  }

  std::optional<TableState> Load(const std::string& table) override {
    SqliteStatement find(db_,
                         "SELECT metadata_location FROM iceberg_tables WHERE catalog_name = ?1 AND table_namespace = "
                         "?2 AND table_name = ?3");
    find.Bind(1, place_.name);
    find.Bind(2, place_.name_space);
    find.Bind(3, table);
    if (!find.Step()) return std::nullopt;
    TableState state{table, nullptr, find.Text(0)};
    state.metadata = Json::parse(store_->Read(state.metadata_location), nullptr, false);
    if (!state.metadata.is_object())
      Fail(ExitStatus::kData, "\"" + state.metadata_location + "\" is no metadata of an Iceberg table");
    if (state.metadata.at("format-version") != 2)
      Fail(ExitStatus::kConfig, "table \"" + table + "\" is of Iceberg's format version " +
                                    state.metadata["format-version"].dump() + ", and cdc-apply writes version 2");
    return state;
  }

  TableState Create(const std::string& table, const Schema& schema, int last_column_id, const PartitionSpec& spec,
                    const Json& properties) override {
    TableState state{table, nullptr, ""};
    const std::string location =
        (is_local() ? "file://" : "") + place_.warehouse + "/" + PathPart(place_.name_space) + "/" + PathPart(table);
    state.metadata = NewMetadata(location, schema, last_column_id, spec, properties);
    WriteMetadata(&state, 0);
    SqliteStatement insert(db_,
                           "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, "
                           "iceberg_type) VALUES (?1, ?2, ?3, ?4, 'TABLE')");
    insert.Bind(1, place_.name);
    insert.Bind(2, place_.name_space);
    insert.Bind(3, table);
    insert.Bind(4, state.metadata_location);
    insert.Run();
    return state;
  }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    SqliteTransaction transaction(db_);
    const auto position = slot_->Take(slot);
    transaction.Commit();
    return position;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override { return slot_->Read(slot); }

  int64_t epoch() const override { return slot_->epoch(); }

  bool Commit(std::vector<TableChange>& changes, const Position* position) override {
    std::vector<TableState> states;
    for (const auto& change : changes) {
      TableState& state = states.emplace_back(*change.base);
      ApplyUpdates(&state.metadata, change.updates, state.metadata_location);
      WriteMetadata(&state, VersionOf(state.metadata_location) + 1);
    }
    if (!SwapAll(changes, states, position)) {
      for (const auto& state : states) store_->Remove(state.metadata_location);
      return false;
    }
    for (size_t i = 0; i < changes.size(); ++i) {
      RemoveOldMetadata(changes[i].base->metadata, states[i].metadata);
      *changes[i].base = std::move(states[i]);
      changes[i].done = true;
    }
    return true;
  }

  FileStore& files() override { return *store_; }

 private:
  bool is_local() const { return place_.warehouse.rfind("s3://", 0) != 0; }

  bool SwapAll(const std::vector<TableChange>& changes, const std::vector<TableState>& states,
               const Position* position) {
    SqliteTransaction transaction(db_);
    if (!slot_->name().empty() && !slot_->IsOurs()) slot_->FailTaken();
    SqliteStatement swap(db_,
                         "UPDATE iceberg_tables SET metadata_location = ?1, previous_metadata_location = ?2 WHERE "
                         "catalog_name = ?3 AND table_namespace = ?4 AND table_name = ?5 AND metadata_location = ?2");
    for (size_t i = 0; i < changes.size(); ++i) {
      swap.Bind(1, states[i].metadata_location);
      swap.Bind(2, changes[i].base->metadata_location);
      swap.Bind(3, place_.name);
      swap.Bind(4, place_.name_space);
      swap.Bind(5, states[i].name);
      swap.Run();
      if (sqlite3_changes(db_) != 1) return false;
    }
    if (position != nullptr && !slot_->Store(*position)) slot_->FailTaken();
    transaction.Commit();
    return true;
  }

  /// "…/00012-<uuid>.metadata.json" → 12
  static int VersionOf(const std::string& location) {
    const size_t slash = location.rfind('/');
    return std::atoi(location.c_str() + (slash == std::string::npos ? 0 : slash + 1));
  }

  void WriteMetadata(TableState* state, int version) {
    std::string number = std::to_string(version);
    number.insert(0, kVersionDigits - std::min<size_t>(kVersionDigits, number.size()), '0');
    state->metadata_location = state->metadata.at("location").get<std::string>() + "/metadata/" + number + "-" +
                               RandomUuid() + ".metadata.json";
    store_->Write(state->metadata_location, state->metadata.dump());
  }

  /// What has left the log is of no use to anybody.
  void RemoveOldMetadata(const Json& before, const Json& after) {
    const Json first = after.at("metadata-log").at(0).at("metadata-file");
    const bool allowed = Property(after, "write.metadata.delete-after-commit.enabled") == "true";
    if (!allowed || !before.contains("metadata-log")) return;
    for (const auto& entry : before["metadata-log"]) {
      if (entry.at("metadata-file") == first) return;
      store_->Remove(entry.at("metadata-file"));
    }
  }

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  SqlCatalogPlace place_;
  std::unique_ptr<FileStore> store_;
  std::unique_ptr<sqlite3, Close> handle_;  // before the statements, which must go first
  sqlite3* db_ = nullptr;                   // the same
  std::optional<SqliteSlot> slot_;
};

}  // namespace

std::unique_ptr<Catalog> OpenSqlCatalog(const SqlCatalogPlace& place, std::unique_ptr<FileStore> store,
                                        bool read_only) {
  return std::make_unique<SqlCatalog>(place, std::move(store), read_only);
}

}  // namespace cdc::apply::iceberg
