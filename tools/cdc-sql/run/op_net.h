#pragma once

#include <array>
#include <unordered_map>

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Holds the changes of a step back until its end and sends the difference that they make: rows that come and go within
/// the step vanish. With a key, the two images of a changed row stand together (-U, +U) and deletions of a key come
/// before its insertions; without one, the images that came together stay together.
class OpNet : public Operator {
 public:
  OpNet(const std::vector<PlanColumn>& columns, std::vector<size_t> key, bool has_key)
      : rows_(columns), out_(columns), key_(std::move(key)), has_key_(has_key) {}
  void Push(size_t port, const Batch& batch) override;
  void EndStep() override;

 private:
  struct Entry {
    int64_t weight = 0;
    size_t partner = SIZE_MAX;  ///< the +U that came right after this -U
  };
  /// The entry of a row; a new one if there is none yet.
  size_t EntryOf(const Batch& batch, size_t row);
  void Take(size_t entry, RowKind kind);
  void EndKeyed();
  void EndUnkeyed();

  BatchBuilder rows_;  ///< one row an entry
  BatchBuilder out_;
  std::vector<size_t> key_;
  bool has_key_;
  std::vector<Entry> entries_;
  static constexpr size_t kScanEntries = 8;
  std::array<std::string, kScanEntries> encoded_;   ///< rows of the first entries
  std::unordered_map<std::string, size_t> places_;  ///< of all entries, if they are more
  std::string bytes_;
};

}  // namespace cdc::sql
