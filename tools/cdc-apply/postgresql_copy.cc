#include "tools/cdc-apply/postgresql_copy.h"

#include <charconv>

namespace cdc::apply {
namespace {

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  char text[40];
  const auto result = std::to_chars(text, text + sizeof text, number);
  out.append(text, result.ptr);
}

void AppendBytea(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out[at++] = kDigits[byte >> 4];
    out[at++] = kDigits[byte & 15];
  }
}

}  // namespace

void AppendPostgresqlText(std::string& out, const Value& value, const std::string& type) {
  switch (value.kind) {
    case Value::Kind::kAbsent:
    case Value::Kind::kNull: return;
    case Value::Kind::kInteger:
      // A boolean column takes 1 and 0 as text, and no other number.
      return AppendNumber(out, value.integer);
    case Value::Kind::kUnsigned: return AppendNumber(out, value.unsigned_integer());
    case Value::Kind::kReal: return AppendNumber(out, value.real);
    case Value::Kind::kDecimal: out += value.text; return;
    case Value::Kind::kText:
      // A column of the user's own: its bytes are the text's.
      if (type == "bytea") return AppendBytea(out, value.text);
      out += value.text;
      return;
    case Value::Kind::kBytes:
      if (type == "bytea")
        AppendBytea(out, value.text);
      else
        out += value.text;
      return;
  }
}

void AppendCopyField(std::string& out, const Value& value, const std::string& type, std::string* scratch) {
  if (value.kind == Value::Kind::kNull || value.kind == Value::Kind::kAbsent) {
    out += "\\N";
    return;
  }
  scratch->clear();
  AppendPostgresqlText(*scratch, value, type);
  for (const char c : *scratch) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      default: out += c;
    }
  }
}

}  // namespace cdc::apply
