#include "tools/binlog-tail/client_text.h"

#include "common/json_writer.h"
#include "tools/binlog-tail/charset.h"

namespace cdc::tail {

void AppendClientText(std::string& out, std::string_view text, std::optional<uint16_t> collation) {
  const Charset* charset = collation ? CharsetOfCollation(*collation) : CharsetByName("utf8mb4");
  std::string converted;
  const bool binary = charset == nullptr || charset->kind() == Charset::Kind::kBinary;
  if (binary ? IsUtf8(text) : charset->AppendUtf8(text, converted)) {
    cdc::AppendJsonString(out, binary ? text : converted);
  } else if (IsUtf8(text)) {
    cdc::AppendJsonString(out, text);  // text that the server made itself is UTF-8 whatever the client's set
  } else {
    out += "{\"@base64\":\"";
    AppendBase64(out, text);
    out += "\"}";
  }
}

}  // namespace cdc::tail
