#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/position.h"
#include "tools/cdc-apply/iceberg/file_store.h"
#include "tools/cdc-apply/iceberg/rest_client.h"

namespace cdc::apply::iceberg {

inline constexpr const char* kSlotTable = "cdc_position";

/// The slot's place in a REST catalog: a branch of table cdc_position. Each state of the slot is a snapshot without
/// files, whose summary tells it; the one before is removed in the same commit.
class RestSlot {
 public:
  /// `take_access` gets each answer with the table in it: the catalog may lend access to its files.
  RestSlot(RestClient& client, FileStore& files, std::function<void(const Json& answer)> take_access)
      : client_(client), files_(files), take_access_(std::move(take_access)) {}

  /// Takes the slot over from any older copy; its table is created where it is missing.
  std::optional<Position> Take(const std::string& slot);
  std::optional<Position> Read(const std::string& slot);
  int64_t epoch() const { return epoch_; }
  const std::string& name() const { return name_; }

  /// The next state, as one table's change in a transaction of several: {"identifier":…,"requirements":…,"updates":…}.
  Json NextChange(const Position& position);
  /// Stores what NextChange told, alone. Errors: 75 if another copy has taken the slot.
  void Store(const Position& position);
  /// After a commit with NextChange in it of which it is not known whether it was made. Errors: as above.
  bool WasStored();
  /// It was.
  void TakeNext() { current_ = next_; }

 private:
  struct State {
    std::optional<int64_t> snapshot;
    int64_t epoch = 0;
    std::optional<Position> position;
  };
  bool Load();
  void Create();
  State Find(const std::string& slot) const;
  Json ChangeTo(const std::optional<Position>& position, int64_t epoch);
  std::string ManifestList();
  std::string Branch() const { return "slot-" + name_; }
  [[noreturn]] void FailTaken() const;

  RestClient& client_;
  FileStore& files_;
  std::function<void(const Json& answer)> take_access_;
  std::string name_;
  int64_t epoch_ = 0;
  Json metadata_;
  std::optional<int64_t> current_, next_;  // snapshots
  std::string manifest_list_;
};

}  // namespace cdc::apply::iceberg
