#pragma once

#include <string>
#include <string_view>

#include "common/table_schema.h"
#include "tools/binlog-tail/charset.h"
#include "tools/binlog-tail/text_buffer.h"
#include "tools/binlog-tail/value_style.h"

namespace cdc::tail {

/// One column of a snapshot's SELECT: what to ask for, and how its text becomes the value of a change line, the same as
/// the binary log gives.
class SnapshotColumn {
 public:
  SnapshotColumn(const ColumnSchema& column, const ValueStyle& style);

  /// Expression for the SELECT list.
  const std::string& expression() const { return expression_; }
  const std::string& key() const { return key_; }  ///< `,"name":`

  /// `text`: as the server sends it without converting character sets. Errors: 65.
  void Append(TextBuffer& out, std::string_view text) const;

 private:
  enum class Form { kNumber, kFloat, kDouble, kQuoted, kDecimal, kText, kBinary };
  std::string expression_;
  std::string key_;
  std::string name_;
  Form form_;
  const Charset* charset_ = nullptr;  // of kText
  ValueStyle style_;
};

}  // namespace cdc::tail
