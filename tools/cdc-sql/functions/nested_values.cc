#include "tools/cdc-sql/functions/nested_values.h"

#include <algorithm>

#include "common/json_scan.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

/// All args one after the other, NULL or not.
void JoinParts(const EvalCall& call, ColumnVector& out) {
  out.Resize(call.rows);
  std::string bytes;
  for (size_t row = 0; row < call.rows; ++row) {
    bytes.clear();
    for (const ColumnPtr& arg : call.args) EncodeValue(*arg, row, &bytes);
    out.MutableValues<std::string_view>()[row] = out.arena().Copy(bytes);
  }
}

SqlType CommonOf(const std::vector<BoundExpr>& args, size_t first, size_t step, const char* what) {
  SqlType common = args[first].type.Plain();
  for (size_t i = first + step; i < args.size(); i += step) {
    const std::optional<SqlType> both = LeastRestrictiveType(common, args[i].type);
    if (!both) FailAt(args[i].span, std::string("the ") + what + " are of different types", "CAST one of them");
    common = *both;
  }
  if (common.kind == TypeKind::kNull)
    FailAt(args[first].span, "NULL has no type here", "CAST(NULL AS INT) gives it one");
  return common.Plain();
}

BoundExpr Convert(BoundExpr value, const SqlType& target, const Session& session) {
  if (value.type.kind == TypeKind::kNull) return NullExpr(target, value.span);
  return ImplicitCast(std::move(value), target, session);
}

}  // namespace

BoundExpr BindArray(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  if (args.empty()) FailAt(span, "an array without elements has no type", "CAST(NULL AS ARRAY<INT>)");
  SqlType type = SqlType::Of(TypeKind::kArray, false);
  type.children.push_back(CommonOf(args, 0, 1, "elements"));
  for (BoundExpr& arg : args) arg = Convert(std::move(arg), type.children[0], session);
  return CallExpr("ARRAY", type, std::move(args), JoinParts, span);
}

BoundExpr BindMap(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  if (args.empty() || args.size() % 2 != 0) FailAt(span, "MAP takes pairs of key and value", "MAP['a', 1, 'b', 2]");
  for (BoundExpr& arg : args)  // as in Flink, also of a value
    if (arg.type.kind == TypeKind::kNull && args[0].type.kind != TypeKind::kNull)
      arg = NullExpr(args[0].type.WithNullable(true), arg.span);
  SqlType type = SqlType::Of(TypeKind::kMap, false);
  type.children = {CommonOf(args, 0, 2, "keys"), CommonOf(args, 1, 2, "values")};
  // Keys are the same where they are written the same (as in Flink, which does not compare values): the last one's
  // value counts, in the first one's place.
  std::vector<BoundExpr> parts;
  for (size_t i = 0; i < args.size(); ++i) {
    BoundExpr part = Convert(std::move(args[i]), type.children[i % 2], session);
    size_t place = 0;
    const bool key = i % 2 == 0;
    while (key && place < parts.size() && !SameExpr(parts[place], part)) place += 2;
    if (!key || part.kind == BoundExpr::Kind::kCall || place >= parts.size()) {
      parts.push_back(std::move(part));
    } else {
      parts[place + 1] = Convert(std::move(args[++i]), type.children[1], session);
    }
  }
  return CallExpr("MAP", type, std::move(parts), JoinParts, span);
}

BoundExpr BindRow(std::vector<BoundExpr> args, const Span& span) {
  SqlType type = SqlType::Of(TypeKind::kRow, false);
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].type.kind == TypeKind::kNull)
      FailAt(args[i].span, "NULL has no type here", "CAST(NULL AS INT) gives it one");
    type.children.push_back(args[i].type.Plain());
    type.field_names.push_back("EXPR$" + std::to_string(i));
  }
  return CallExpr("ROW", type, std::move(args), JoinParts, span);
}

namespace {

/// The element of a JSON array at a place, counted from 1. Empty if there is none.
std::string_view VariantElement(std::string_view value, int64_t place) {
  if (value[0] != '[' || place < 1) return {};
  JsonElements elements(value);
  while (elements.Next())
    if (--place == 0) return elements.value();
  return {};
}

/// The member of a JSON object with a name. Empty if there is none.
std::string_view VariantMember(std::string_view value, std::string_view name) {
  if (value[0] != '{') return {};
  JsonMembers members(value);
  std::string text;
  while (members.Next()) {
    text.clear();
    if (AppendUnescaped(text, members.raw_name()) && text == name) return members.value();
  }
  return {};
}

BoundExpr BindVariantElement(BoundExpr value, BoundExpr index, const Span& span) {
  const bool by_name = index.type.is_string();
  if (!by_name && !index.type.is_integer())
    FailAt(index.span, "an element of a VARIANT has a place or a name", "v[1], v['name']");
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  args.push_back(std::move(index));
  return CallExpr(
      "ITEM", SqlType::Of(TypeKind::kVariant), std::move(args),
      [by_name](const EvalCall& call, ColumnVector& out) {
        for (size_t row = 0; row < call.rows; ++row) {
          std::string_view part;
          if (!call.args[0]->IsNull(row) && !call.args[1]->IsNull(row))
            part = by_name ? VariantMember(call.args[0]->strings()[row], call.args[1]->strings()[row])
                           : VariantElement(call.args[0]->strings()[row], call.args[1]->ints()[row]);
          if (part.empty()) {
            out.AppendNull();
          } else {
            out.AppendCopy(part);
          }
        }
      },
      span);
}

}  // namespace

BoundExpr BindElement(BoundExpr value, BoundExpr index, const Span& span, const Session& session) {
  const SqlType type = value.type;
  if (type.kind == TypeKind::kVariant) return BindVariantElement(std::move(value), std::move(index), span);
  std::vector<BoundExpr> args;
  if (type.kind == TypeKind::kMap) {
    SqlType key = type.children[0];
    key.nullable = true;
    if (!CommonType(index.type, key)) FailAt(index.span, "the keys of the map are " + key.Text());
    index = Convert(std::move(index), key, session);
    args.push_back(std::move(value));
    args.push_back(std::move(index));
    return CallExpr(
        "ITEM", type.children[1].WithNullable(true), std::move(args),
        [type](const EvalCall& call, ColumnVector& out) {
          std::string key_bytes;
          for (size_t row = 0; row < call.rows; ++row) {
            bool found = false;
            if (!call.args[0]->IsNull(row)) {
              key_bytes.clear();
              EncodeValue(*call.args[1], row, &key_bytes);
              const auto parts = SplitNested(call.args[0]->strings()[row], type);
              for (size_t i = 0; i + 1 < parts.size() && !found; i += 2) {
                found = parts[i] == key_bytes;
                if (found) DecodeValue(parts[i + 1], out);
              }
            }
            if (!found) out.AppendNull();
          }
        },
        span);
  }
  if (type.kind == TypeKind::kRow) {
    if (index.kind != BoundExpr::Kind::kLiteral || !index.type.is_integer() || index.literal.integer < 1 ||
        index.literal.integer > static_cast<int64_t>(type.children.size()))
      FailAt(index.span, "a field of a ROW has a number from 1 to " + std::to_string(type.children.size()));
    return BindField(std::move(value), type.field_names[static_cast<size_t>(index.literal.integer - 1)], span);
  }
  if (type.kind != TypeKind::kArray) FailAt(span, "[ ] takes an element of an ARRAY or MAP, not of " + type.Text());
  if (!index.type.is_integer()) FailAt(index.span, "the place of an element is a whole number");
  if (index.kind == BoundExpr::Kind::kLiteral && index.literal.integer < 1)
    FailAt(index.span, "the first element of an array has the number 1");
  args.push_back(std::move(value));
  args.push_back(std::move(index));
  return CallExpr(
      "ITEM", type.children[0].WithNullable(true), std::move(args),
      [type](const EvalCall& call, ColumnVector& out) {
        for (size_t row = 0; row < call.rows; ++row) {
          if (call.args[0]->IsNull(row) || call.args[1]->IsNull(row)) {
            out.AppendNull();
            continue;
          }
          const int64_t at = call.args[1]->ints()[row];
          const auto parts = SplitNested(call.args[0]->strings()[row], type);
          if (at < 1 || at > static_cast<int64_t>(parts.size())) {
            out.AppendNull();
          } else {
            DecodeValue(parts[static_cast<size_t>(at - 1)], out);
          }
        }
      },
      span);
}

namespace {

constexpr std::string_view kField = "FIELD ";

size_t FieldNamed(const SqlType& row, std::string_view name) {
  return static_cast<size_t>(std::find(row.field_names.begin(), row.field_names.end(), name) - row.field_names.begin());
}

}  // namespace

BoundExpr BindField(BoundExpr value, const std::string& name, const Span& span) {
  const SqlType type = value.type;
  if (type.kind != TypeKind::kRow) FailAt(span, "." + name + " takes a field of a ROW, not of " + type.Text());
  const size_t field = FieldNamed(type, name);
  if (field == type.children.size()) FailAt(span, "the row has no field '" + name + "'", "it is " + type.Text());
  std::vector<BoundExpr> args;
  const SqlType result = type.children[field].WithNullable(type.nullable || type.children[field].nullable);
  args.push_back(std::move(value));
  std::vector<Physical> before;
  for (size_t i = 0; i < field; ++i) before.push_back(type.children[i].physical());
  return CallExpr(
      std::string(kField) + name, result, std::move(args),
      [before](const EvalCall& call, ColumnVector& out) {
        out.ShareArena(*call.args[0]);
        out.Reserve(call.rows);
        for (size_t row = 0; row < call.rows; ++row) {
          if (call.args[0]->IsNull(row)) {
            out.AppendNull();
            continue;
          }
          // Fields before it are stepped over.
          std::string_view bytes = call.args[0]->strings()[row];
          for (const Physical physical : before) bytes.remove_prefix(EncodedSize(bytes, physical));
          DecodeView(bytes, out);
        }
      },
      span);
}

std::optional<size_t> FieldTaken(const BoundExpr& expr) {
  if (expr.kind != BoundExpr::Kind::kCall || expr.name.rfind(kField, 0) != 0 || expr.args.size() != 1 ||
      expr.args[0].type.kind != TypeKind::kRow)
    return std::nullopt;
  return FieldNamed(expr.args[0].type, std::string_view(expr.name).substr(kField.size()));
}

}  // namespace cdc::sql
