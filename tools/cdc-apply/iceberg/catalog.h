#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/position.h"
#include "tools/cdc-apply/iceberg/file_store.h"
#include "tools/cdc-apply/iceberg/metadata.h"

namespace cdc::apply::iceberg {

/// A table as a catalog gave it.
struct TableState {
  std::string name;
  Json metadata;
  std::string metadata_location;
};

/// What is to become of a table, given that it still is as `base` tells.
struct TableChange {
  TableState* base = nullptr;
  Json updates = Json::array();
  bool done = false;  ///< `base` is the new state
};

/// Names of tables and which metadata is theirs, and the positions of slots.
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual std::vector<std::string> Tables() = 0;
  virtual std::optional<TableState> Load(const std::string& table) = 0;
  virtual TableState Create(const std::string& table, const Schema& schema, int last_column_id,
                            const PartitionSpec& spec, const Json& properties) = 0;

  /// Takes the slot over from any older copy. Gives the position before which nothing needs to be sent again.
  virtual std::optional<Position> OpenSlot(const std::string& slot) = 0;
  virtual std::optional<Position> ReadPosition(const std::string& slot) = 0;
  /// Counts the copies that took the slot over.
  virtual int64_t epoch() const = 0;

  /// Makes the changes, and stores the position (unless null) after them: in one step where the catalog can, else table
  /// by table. False if a table has changed since it was loaded: those changes are not done, and the position is not
  /// stored. Errors: 75 if another copy has taken the slot over.
  virtual bool Commit(std::vector<TableChange>& changes, const Position* position) = 0;

  virtual FileStore& files() = 0;
};

}  // namespace cdc::apply::iceberg
