#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "tools/cdc-apply/apply_mode.h"
#include "tools/cdc-apply/key_collation.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// A column that the target lacks, and the statement that adds it.
struct MissingColumn {
  std::string name;
  bool in_key;
  std::string sql;
};

/// --ddl: what may be done to tables of the target. Each warning comes once a run.
class DdlRule {
 public:
  void Set(DdlMode mode) { mode_ = mode; }
  bool applies() const { return mode_ == DdlMode::kApply; }

  /// Where the target lacks a table, and it is not to be made: 78, with the statement that makes it.
  void CheckMayCreate(const std::string& table, const std::string& sql) const;

  /// Whether the columns are to be left out, rather than added. Errors: 78 for --ddl stop, which names them all, and
  /// for columns of the key.
  bool LeavesOut(const std::string& table, const std::vector<MissingColumn>& missing);

  /// Whether types and key may be altered to be the source's. Errors: 78 for --ddl stop.
  bool MayAlter(const std::string& table);

  /// For a table of the user's own: whether its key tells apart what the source's does. Errors: 78 where it does not;
  /// where that cannot be known, a warning.
  void CheckKeyCollation(const std::string& table, const TargetColumn& column, const KeyCollation& target);

  /// The target computes the column itself.
  void NoteGenerated(const std::string& table, const std::string& column);

 private:
  void WarnOnce(const std::string& text);

  DdlMode mode_ = DdlMode::kApply;
  std::unordered_set<std::string> warnings_;
};

/// Calls `make`, which makes the table or a column of it. Errors: 78 for what the target does not take, such as names
/// that it keeps for itself.
void MakeInTarget(const std::string& table, const std::function<void()>& make);

}  // namespace cdc::apply
