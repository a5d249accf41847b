#include "tools/cdc-apply/net_changes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cdc::apply {

void AppendKeyBytes(std::string& out, const Value& value) {
  out += static_cast<char>(value.kind);
  const uint64_t size = value.text.size();
  uint64_t bits;
  std::memcpy(&bits, value.kind == Value::Kind::kReal ? static_cast<const void*>(&value.real) : &value.integer,
              sizeof bits);
  out.append(reinterpret_cast<const char*>(&bits), sizeof bits);
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(value.text);
}

NetChanges::Change* NetChanges::Find(const Value* row, bool* is_first) {
  key_bytes_.clear();
  for (const size_t index : key_) AppendKeyBytes(key_bytes_, row[index]);
  const auto [found, inserted] = by_key_.try_emplace(key_bytes_, changes_.size());
  if (inserted) changes_.push_back({row, false});
  *is_first = inserted;
  return &changes_[found->second];
}

void NetChanges::Upsert(const Value* row, RowArena& arena, bool is_new) {
  bool is_first;
  Change* change = Find(row, &is_first);
  const bool is_partial = std::any_of(row, row + columns_, [](const Value& value) { return value.is_absent(); });
  if (!is_first && !change->is_delete && is_partial) {
    // Columns that this change does not carry are as the one before left them.
    Value* merged = arena.NewRow(columns_);
    for (size_t i = 0; i < columns_; ++i) merged[i] = row[i].is_absent() ? change->row[i] : row[i];
    row = merged;
  }
  // Changed before it was sent, a new row is still new; one that was deleted before is another row from then on.
  const bool is_another = !is_first && (change->is_delete || change->is_another);
  *change = {row, false, is_first ? is_new : change->is_new, is_another};
}

void NetChanges::Delete(const Value* row) {
  bool is_first;
  *Find(row, &is_first) = {row, true};
}

void NetChanges::Clear() {
  changes_.clear();
  by_key_.clear();
}

std::vector<NetChanges::Change> NetChanges::Take() {
  std::vector<Change> changes = std::move(changes_);
  Clear();
  return changes;
}

}  // namespace cdc::apply
