#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// Turns the raw JSON text of a column into its Value. What needs new text is put in an arena, which Reset() empties.
class ValueDecoder {
 public:
  /// `documents_are_text`: JSON columns of change lines come as the server's text in a string, as in snapshots.
  void Reset(bool documents_are_text = false) { used_ = 0, documents_are_text_ = documents_are_text; }

  /// `raw` empty: absent. Errors: 65 that begins with `where` and names the column and the text.
  Value Decode(std::string_view raw, const TargetColumn& column, const std::string& where);

 private:
  std::string& Scratch();
  std::string_view StringOf(std::string_view raw, const TargetColumn& column, const std::string& where);
  Value DecimalOf(std::string_view raw, const TargetColumn& column, const std::string& where);
  Value DecodePlain(std::string_view raw, const TargetColumn& column, const std::string& where);
  Value DecodeText(std::string_view raw, const TargetColumn& column, const std::string& where);
  Value DecodeDocument(std::string_view raw, const TargetColumn& column, const std::string& where);
  Value DecodeStruct(std::string_view raw, const TargetColumn& column, const std::string& where);
  std::deque<std::string> arena_;
  size_t used_ = 0;
  bool documents_are_text_ = false;
};

}  // namespace cdc::apply
