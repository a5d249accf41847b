#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/position.h"
#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

/// What a checkpoint is of. It is the file's first line, as JSON; the state follows, compressed with zstd, and at last
/// "\nsha256 <hex>\n" over all that precedes it.
struct CheckpointHead {
  uint64_t number = 0;
  Position position;
  std::string query;         ///< fingerprint of the queries
  bool transactions = true;  ///< the stream's marks are source transactions
  bool empty = false;        ///< no state yet: the stream begins here
};

using PersistFunction = std::function<void(StateArchive&)>;

/// Writes `path` as a whole or not at all: a temporary file, fsync, rename, fsync of the folder. An existing file is
/// not replaced; false then. Errors: 74 (disk full and the like), 73.
bool WriteCheckpoint(const std::string& path, const CheckpointHead& head, const PersistFunction& persist);

/// The first line only. Errors: 65 damaged, 78 a newer format.
CheckpointHead ReadCheckpointHead(const std::string& path);

/// Why the file cannot be used; nothing if it is whole. Reads all of it.
std::optional<std::string> FindDamage(const std::string& path);

/// Errors: 65 if the state is not what `persist` reads.
void ReadCheckpointState(const std::string& path, const PersistFunction& persist);

/// SHA-256 as hexadecimal digits.
std::string Sha256Hex(std::string_view text);

/// fsync of a folder, so that a renamed or removed file stays so. Errors: 74.
void SyncFolder(const std::string& folder);

}  // namespace cdc::sql
