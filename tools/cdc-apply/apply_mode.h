#pragma once

namespace cdc::apply {

/// What a change becomes in the target.
enum class ApplyMode {
  kUpsert,  ///< the target's rows are the source's
  kAppend,  ///< a row for each change, with its op and the position of its transaction; nothing is changed or deleted
};
enum class DeleteMode {
  kHard,    ///< the row goes
  kSoft,    ///< the row stays, and column __deleted tells
  kIgnore,  ///< the row stays
};

}  // namespace cdc::apply
