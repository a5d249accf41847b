#pragma once

#include <string>

namespace cdc::apply {

/// What a change becomes in the target.
enum class ApplyMode {
  kUpsert,    ///< the target's rows are the source's
  kAppend,    ///< a row for each change, with its op and the position of its transaction; nothing is changed or deleted
  kVersions,  ///< "scd2": a row for each state that a row had, with the times from when and until when
  kInsertOnly,  ///< rows that are new; a change or a deletion is refused
};
enum class DeleteMode {
  kHard,    ///< the row goes
  kSoft,    ///< the row stays, and column __deleted tells
  kIgnore,  ///< the row stays
};

/// The options that made a target's rows what they are: with others they would mean something else. Deletions that are
/// passed over leave no trace in what is kept, so that this may change.
inline std::string RowsOption(ApplyMode mode, DeleteMode deletes) {
  static constexpr const char* kModes[] = {"upsert", "append", "scd2", "insert-only"};
  return std::string("--mode ") + kModes[static_cast<int>(mode)] +
         (deletes == DeleteMode::kSoft ? " --deletes soft" : "");
}

/// What is done where the target's tables differ from the source's.
enum class DdlMode {
  kApply,   ///< they are created and altered
  kStop,    ///< the tool ends
  kIgnore,  ///< columns that the target lacks are left out; a table that it lacks ends the tool
};

}  // namespace cdc::apply
