#include "tools/cdc-encode/row_text.h"

#include <algorithm>

#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/json_value.h"

namespace cdc::encode {

bool RowText::WriteLong(std::string_view raw, Form form, const Sink& sink) {
  switch (form) {
    case Form::kAsRead: sink(raw); return true;
    case Form::kString: WriteConnectRawString(raw, sink); return true;
    case Form::kDocument: return WriteJsonDocument(raw, sink);
  }
  return false;
}

bool RowText::Refer(std::string_view raw, Form form) {
  size_t size = 0;
  if (!WriteLong(raw, form, [&size](std::string_view piece) { size += piece.size(); })) return false;
  long_values_.push_back({own_.size(), raw, form});
  long_size_ += size;
  return true;
}

void RowText::Write(const Sink& sink) const {
  size_t at = 0;
  for (const LongValue& value : long_values_) {
    sink(std::string_view(own_).substr(at, value.at - at));
    at = value.at;
    WriteLong(value.raw, value.form, sink);
  }
  sink(std::string_view(own_).substr(at));
}

bool operator==(const RowText& a, const RowText& b) {
  return a.own_ == b.own_ &&
         std::equal(a.long_values_.begin(), a.long_values_.end(), b.long_values_.begin(), b.long_values_.end(),
                    [](const auto& one, const auto& other) { return one.at == other.at && one.raw == other.raw; });
}

}  // namespace cdc::encode
