#include "tools/cdc-sql/functions/type_length.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"

namespace cdc::sql {

namespace {

size_t LengthOf(std::string_view value, bool text) {
  if (!text) return value.size();
  return static_cast<size_t>(
      std::count_if(value.begin(), value.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

BoundExpr EnforceLength(BoundExpr value, LengthRule rule, const std::string& column, const Session& session) {
  const SqlType type = value.type;
  const bool text = type.is_string();
  if (rule == LengthRule::kIgnore || !(text || type.is_binary()) || type.precision == kMaxLength) return value;
  const Span span = value.span;
  if (rule == LengthRule::kTrimPad) {
    // Of the column that is read nobody knows how long its values are.
    value.type.kind = text ? TypeKind::kVarchar : TypeKind::kVarbinary;
    value.type.precision = kMaxLength;
    return BindCast(std::move(value), type, false, span, session);
  }
  const auto length = static_cast<size_t>(type.precision);
  const bool fixed = type.kind == TypeKind::kChar || type.kind == TypeKind::kBinary;
  const auto check = [=](std::string_view bytes, std::string* out) {
    const size_t count = LengthOf(bytes, text);
    if (count > length || (fixed && count < length))
      FailAt(span,
             "the column '" + column + "' is " + type.Plain().WithNullable(true).Text() + ", and a value of " +
                 std::to_string(count) + (text ? " characters" : " bytes") + " is written to it",
             "SET 'table.exec.sink.type-length-enforcer' = 'TRIM_PAD' cuts values and fills them up, 'IGNORE' takes "
             "them as they are",
             ExitStatus::kData);
    out->assign(bytes);
    return true;
  };
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  BoundExpr call = CallExpr("LENGTH CHECK", type, std::move(args), Text<std::string_view>(check), span);
  call.can_fail = true;
  return call;
}

}  // namespace cdc::sql
