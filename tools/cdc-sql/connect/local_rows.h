#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// The records of a table that do not come through the stream, one after the other.
class LocalRows {
 public:
  virtual ~LocalRows() = default;

  /// The next record's value; false at the end, or when a stop was asked for. The memory of LineInput::kPadding bytes
  /// after it can be read, and stays as it is until the next call.
  virtual bool Next(std::string_view* line) = 0;
  /// How long it takes until the next record is there: 0 if it is. Milliseconds.
  virtual int64_t WaitMillis() { return 0; }
  /// There is no end: after a false of Next() more rows may come.
  virtual bool IsEndless() const { return false; }
  /// Called before Next() waits for a writer, as of a FIFO.
  virtual void SetBeforeBlock(const std::function<void()>&) {}
  /// "FILE line 7", of the record last returned.
  virtual std::string Where() const = 0;
  /// What metadata columns may show of where it comes from, by their keys; empty if the table has none.
  using Facts = std::vector<std::pair<std::string, std::string>>;
  const Facts& facts() const { return facts_; }

 protected:
  Facts facts_;
};

/// For a table for which IsLocalSource holds. Errors: 66 for files, 78 for options.
std::unique_ptr<LocalRows> OpenLocalRows(const TableDef& table);

}  // namespace cdc::sql
