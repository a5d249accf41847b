#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// Bytes that are the same for equal values of a column, and only for these.
void AppendKeyBytes(std::string& out, const Value& value);

/// The changes of one keyed table since they were last sent, reduced to one a key: a server's bulk statements may touch
/// a row only once, and what came in between nobody would have seen. Rows live in the arena.
class NetChanges {
 public:
  struct Change {
    const Value* row;  ///< all columns; of a delete only the key counts
    bool is_delete;
    bool is_new = false;      ///< the source inserted it, so that the target has no such row, as far as is known
    bool is_another = false;  ///< a row of this key was deleted before it: what it does not carry is not that row's
  };

  void SetKey(const std::vector<size_t>& key, size_t columns) { key_ = key, columns_ = columns; }
  void Upsert(const Value* row, RowArena& arena, bool is_new = false);
  void Delete(const Value* row);
  void Clear();
  /// All of them; none is left.
  std::vector<Change> Take();

  bool empty() const { return changes_.empty(); }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  Change* Find(const Value* row, bool* is_first);
  std::vector<size_t> key_;
  size_t columns_ = 0;
  std::vector<Change> changes_;
  std::unordered_map<std::string, size_t> by_key_;
  std::string key_bytes_;
};

}  // namespace cdc::apply
