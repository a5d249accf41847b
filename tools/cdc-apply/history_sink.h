#pragma once

#include <set>
#include <string>
#include <utility>

#include "tools/cdc-apply/sink.h"

namespace cdc::apply {

/// A sink that keeps a history, whole: a row for each change, of which nothing is ever taken back.
class HistorySink : public Sink {
 public:
  ApplyMode default_mode() const override { return ApplyMode::kAppend; }
  bool CanApply(ApplyMode mode) const override { return mode == ApplyMode::kAppend; }

  /// A stream without marks opens no slot, and is kept under one that has no name.
  void Begin(const Position*) override {
    if (!opened_) OpenSlot("");
  }

  void ClearTables(const TableScope&) override {}
  void TakeTableEvent(const TableEvent&) override {}

  bool Delivers(const std::string& db, const std::string& table) override {
    const auto found = tables_.lower_bound({db, table});
    return found != tables_.end() && found->first == db && (table.empty() || found->second == table);
  }

 protected:
  void NoteOpened() { opened_ = true; }
  /// The slot of streams without marks. Rows that were mended come in such a one, for tables of other slots.
  static constexpr const char* kUnmarked = "unmarked";
  /// A table that rows are written for. False: it is known already.
  bool AddName(const std::string& table) { return names_.insert(table).second; }
  const std::set<std::string>& names() const { return names_; }
  void NoteDelivered(const std::string& db, const std::string& table) { tables_.emplace(db, table); }
  const std::set<std::pair<std::string, std::string>>& delivered() const { return tables_; }

 private:
  bool opened_ = false;
  std::set<std::pair<std::string, std::string>> tables_;  // of the source
  std::set<std::string> names_;                           // of the target
};

}  // namespace cdc::apply
