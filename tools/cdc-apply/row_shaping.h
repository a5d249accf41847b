#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/apply_mode.h"
#include "tools/cdc-apply/row_change.h"

namespace cdc::apply {

/// Turns changes of the source's tables into changes of the target's, where these are not simply the same. Tables then
/// have columns of their own: __op and __position, __valid_from and __valid_to, or __deleted.
class RowShaper {
 public:
  /// `keeps_whole_rows`: a row that is marked as deleted comes with its other columns, where these are known.
  RowShaper(ApplyMode mode, DeleteMode deletes, bool keeps_whole_rows)
      : mode_(mode), deletes_(deletes), keeps_whole_rows_(keeps_whole_rows) {
    CheckModes();
  }

  bool changes_anything() const { return mode_ != ApplyMode::kUpsert || deletes_ != DeleteMode::kHard; }
  /// Rows that are there are never removed: neither for a snapshot nor for a table that is made anew.
  bool keeps_rows() const { return mode_ != ApplyMode::kUpsert; }
  /// Rows stay as they were, whatever becomes of those of the source.
  bool keeps_history() const { return mode_ == ApplyMode::kAppend || mode_ == ApplyMode::kVersions; }
  /// What the source has no more ends instead.
  bool ends_versions() const { return mode_ == ApplyMode::kVersions && deletes_ != DeleteMode::kIgnore; }

  /// `position`: JSON text of the transaction's position, empty if there is none. The result (none, or a few changes)
  /// is valid until the next call, and its values as long as those of `change`. Errors: 65, 78.
  const std::vector<RowChange>& Shape(const RowChange& change, std::string_view position);

 private:
  /// Errors: 64 for two modes that do not go together.
  void CheckModes() const;
  TargetTable* ShapedTable(const RowChange& change);
  void Append(const RowChange& change, TargetTable* table, std::string_view position);
  void AppendVersion(const RowChange& change, TargetTable* table);
  void EndVersion(const RowChange& change, TargetTable* table, const std::vector<Value>& row);
  void InsertOnly(const RowChange& change, TargetTable* table);
  void ShapeDelete(const RowChange& change, TargetTable* table);
  void ShapeUpsert(const RowChange& change, TargetTable* table);
  RowChange& Add(RowChange::Kind kind, const RowChange& change, TargetTable* table);
  std::vector<Value> KeyOf(const RowChange& change, bool is_deleted) const;
  ApplyMode mode_;
  DeleteMode deletes_;
  bool keeps_whole_rows_;
  std::unordered_map<const TargetTable*, std::unique_ptr<TargetTable>> tables_;
  std::vector<RowChange> shaped_;
  std::string time_;  // of the change
};

}  // namespace cdc::apply
