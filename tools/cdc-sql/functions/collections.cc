// Functions of ARRAY and MAP.
#include <algorithm>
#include <set>

#include "common/error.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/nested_values.h"
#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

using Parts = std::vector<std::string_view>;

const SqlType& WantArray(FunctionCall& call, size_t i) {
  if (call.args[i].type.kind != TypeKind::kArray) call.Refuse();
  return call.args[i].type;
}

/// The args as one array type, elements nullable if one's are.
SqlType WantSameArrays(FunctionCall& call) {
  SqlType element = WantArray(call, 0).children[0];
  for (size_t i = 1; i < call.args.size(); ++i) {
    const std::optional<SqlType> both = CommonType(element, WantArray(call, i).children[0]);
    if (!both) call.Refuse();
    element = *both;
  }
  SqlType type = SqlType::Of(TypeKind::kArray, call.nullable());
  type.children.push_back(element);
  for (BoundExpr& arg : call.args)
    arg = ImplicitCast(std::move(arg), type.WithNullable(arg.type.nullable), call.session);
  return type;
}

/// Argument `value` as an element of the array that is argument 0; the array's type with elements that may be NULL if
/// that may be. The value becomes one of the array's type (Flink's implicit casts): a text is cut to its length, and
/// 2.5 does not go into an ARRAY<INT>.
SqlType WantElement(FunctionCall& call, size_t value) {
  SqlType type = WantArray(call, 0);
  SqlType& element = type.children[0];
  const SqlType given = call.args[value].type;
  const bool null = given.kind == TypeKind::kNull;
  if (!null && !CanStore(given, element)) call.Refuse();
  const bool cast = !null && !SameType(given, element);
  element.nullable = element.nullable || null || given.nullable;
  call.args[0] = ImplicitCast(std::move(call.args[0]), type.WithNullable(call.args[0].type.nullable), call.session);
  const Span span = call.args[value].span;
  call.args[value] = null ? NullExpr(element, span) : ImplicitCast(std::move(call.args[value]), element, call.session);
  // What is cast may be NULL where the array's elements may.
  if (cast) call.args[value].type.nullable = element.nullable;
  return type;
}

std::string EncodedAt(const ColumnVector& column, size_t row) {
  std::string bytes;
  EncodeValue(column, row, &bytes);
  return bytes;
}

/// `f(parts of argument 0, other args, row, &bytes)`: an array or map made of one.
template <typename F>
ScalarImpl FromParts(const SqlType& type, F f) {
  return [type, f](const EvalCall& call, ColumnVector& out) {
    std::string bytes;
    for (size_t row = 0; row < call.rows; ++row) {
      if (call.args[0]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      bytes.clear();
      if (f(SplitNested(call.args[0]->strings()[row], type), call, row, &bytes)) {
        out.AppendCopy(bytes);
      } else {
        out.AppendNull();
      }
    }
  };
}

void AppendParts(const Parts& parts, std::string* out) {
  for (const std::string_view part : parts) out->append(part);
}

/// Without those that were there before.
Parts Unique(const Parts& parts) {
  Parts unique;
  std::set<std::string_view> seen;
  for (const std::string_view part : parts)
    if (seen.insert(part).second) unique.push_back(part);
  return unique;
}

BoundExpr BindCardinality(FunctionCall& call) {
  const SqlType type = call.type(0);
  if (type.kind != TypeKind::kArray && type.kind != TypeKind::kMap) call.Refuse();
  const size_t step = type.kind == TypeKind::kArray ? 1 : 2;
  return call.Make(SqlType::Of(TypeKind::kInt, type.nullable), [type, step](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row)) {
        out.AppendNull();
      } else {
        out.Append(static_cast<int64_t>(SplitNested(eval.args[0]->strings()[row], type).size() / step));
      }
    }
  });
}

BoundExpr BindElementOf(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  return call.Make(type.children[0].WithNullable(true), [type](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      const Parts parts = SplitNested(eval.args[0]->strings()[row], type);
      if (parts.size() > 1) Fail(ExitStatus::kData, "ELEMENT of an array with more than one element");
      parts.empty() ? out.AppendNull() : DecodeValue(parts[0], out);
    }
  });
}

BoundExpr BindAppend(FunctionCall& call, bool front) {
  const SqlType type = WantElement(call, 1);
  return call.Make(type.WithNullable(call.nullable()),
                   FromParts(type, [front](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     if (front) EncodeValue(*eval.args[1], row, out);
                     AppendParts(parts, out);
                     if (!front) EncodeValue(*eval.args[1], row, out);
                     return true;
                   }));
}
BoundExpr BindArrayAppend(FunctionCall& call) {
  return BindAppend(call, false);
}
BoundExpr BindArrayPrepend(FunctionCall& call) {
  return BindAppend(call, true);
}

BoundExpr BindArrayRemove(FunctionCall& call) {
  const SqlType type = WantElement(call, 1);
  return call.Make(type, FromParts(type, [](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     const std::string gone = EncodedAt(*eval.args[1], row);
                     for (const std::string_view part : parts)
                       if (part != gone) out->append(part);
                     return true;
                   }));
}

/// Place of the element from 1, 0 if it is not there.
BoundExpr BindFind(FunctionCall& call, bool place) {
  const SqlType &array = call.type(0), &wanted = call.type(1);
  if (array.kind == TypeKind::kArray && wanted.kind != TypeKind::kNull && !CanStore(wanted, array.children[0]))
    call.Refuse("an element of the array cannot be a " + wanted.Plain().WithNullable(true).Text());
  const SqlType type = WantElement(call, 1);
  const bool strict = place;  // the place of NULL is NULL
  const SqlType result = place ? SqlType::Of(TypeKind::kInt, call.nullable())
                               : SqlType::Of(TypeKind::kBoolean, call.args[0].type.nullable);
  return call.Make(result, [type, place, strict](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row) || (strict && eval.args[1]->IsNull(row))) {
        out.AppendNull();
        continue;
      }
      const Parts parts = SplitNested(eval.args[0]->strings()[row], type);
      const auto at = std::find(parts.begin(), parts.end(), EncodedAt(*eval.args[1], row));
      const int64_t number = at == parts.end() ? 0 : at - parts.begin() + 1;
      place ? out.Append(number) : out.Append(static_cast<uint8_t>(number > 0 ? 1 : 0));
    }
  });
}
BoundExpr BindArrayPosition(FunctionCall& call) {
  return BindFind(call, true);
}
BoundExpr BindArrayContains(FunctionCall& call) {
  return BindFind(call, false);
}

BoundExpr BindArrayDistinct(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  return call.Make(type, FromParts(type, [](const Parts& parts, const EvalCall&, size_t, std::string* out) {
                     AppendParts(Unique(parts), out);
                     return true;
                   }));
}

BoundExpr BindArrayReverse(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  return call.Make(type, FromParts(type, [](const Parts& parts, const EvalCall&, size_t, std::string* out) {
                     for (auto part = parts.rbegin(); part != parts.rend(); ++part) out->append(*part);
                     return true;
                   }));
}

BoundExpr BindArraySlice(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  for (size_t i = 1; i < call.args.size(); ++i) call.WantInteger(i);
  return call.Make(type.WithNullable(call.nullable()),
                   FromParts(type, [](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     const auto size = static_cast<int64_t>(parts.size());
                     const auto place = [&](size_t i, int64_t missing) {
                       if (eval.args.size() <= i) return missing;
                       const int64_t at = eval.args[i]->ints()[row];
                       return at < 0 ? size + at + 1 : at == 0 ? 1 : at;
                     };
                     for (size_t i = 1; i < eval.args.size(); ++i)
                       if (eval.args[i]->IsNull(row)) return false;
                     const int64_t first = std::max<int64_t>(1, place(1, 1)), last = std::min(size, place(2, size));
                     for (int64_t i = first; i <= last; ++i) out->append(parts[static_cast<size_t>(i - 1)]);
                     return true;
                   }));
}

/// The elements in order; NULLs first or last.
Parts Sorted(const Parts& parts, const SqlType& element, bool ascending, bool nulls_first) {
  std::vector<std::pair<std::string, std::string_view>> keyed;
  for (const std::string_view part : parts) {
    std::string key;
    AppendSortValue(PartColumn(part, element), 0, !ascending, nulls_first, &key);
    keyed.emplace_back(std::move(key), part);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Parts sorted;
  for (const auto& [key, part] : keyed) sorted.push_back(part);
  return sorted;
}

/// An array whose elements have an order for ARRAY_SORT, ARRAY_MIN and ARRAY_MAX.
SqlType WantOrderedArray(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  const SqlType& element = type.children[0];
  if (element.is_nested() || element.is_interval() || element.kind == TypeKind::kBoolean)
    call.Refuse("elements of the type " + element.Plain().WithNullable(true).Text() + " are not sorted");
  return type;
}

BoundExpr BindArraySort(FunctionCall& call) {
  const SqlType type = WantOrderedArray(call);
  for (size_t i = 1; i < call.args.size(); ++i)
    if (call.type(i).kind != TypeKind::kBoolean) call.Refuse();
  return call.Make(type.WithNullable(call.nullable()),
                   FromParts(type, [type](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     for (size_t i = 1; i < eval.args.size(); ++i)
                       if (eval.args[i]->IsNull(row)) return false;
                     const bool ascending = eval.args.size() < 2 || eval.args[1]->bools()[row] != 0;
                     const bool nulls_first = eval.args.size() < 3 ? ascending : eval.args[2]->bools()[row] != 0;
                     AppendParts(Sorted(parts, type.children[0], ascending, nulls_first), out);
                     return true;
                   }));
}

BoundExpr BindExtreme(FunctionCall& call, bool largest) {
  const SqlType type = WantOrderedArray(call);
  return call.Make(type.children[0].WithNullable(true), [type, largest](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      Parts parts;
      if (!eval.args[0]->IsNull(row))
        for (const std::string_view part : SplitNested(eval.args[0]->strings()[row], type))
          if (part[0] != '\0') parts.push_back(part);
      parts.empty() ? out.AppendNull() : DecodeValue(Sorted(parts, type.children[0], !largest, true)[0], out);
    }
  });
}
BoundExpr BindArrayMax(FunctionCall& call) {
  return BindExtreme(call, true);
}
BoundExpr BindArrayMin(FunctionCall& call) {
  return BindExtreme(call, false);
}

/// Two arrays, or several, of one type.
template <typename F>
BoundExpr OfTwo(FunctionCall& call, F f) {
  const SqlType type = WantSameArrays(call);
  return call.Make(type, FromParts(type, [type, f](const Parts& a, const EvalCall& eval, size_t row, std::string* out) {
                     std::vector<Parts> others;
                     for (size_t i = 1; i < eval.args.size(); ++i) {
                       if (eval.args[i]->IsNull(row)) return false;
                       others.push_back(SplitNested(eval.args[i]->strings()[row], type));
                     }
                     AppendParts(f(a, others), out);
                     return true;
                   }));
}

BoundExpr BindArrayConcat(FunctionCall& call) {
  return OfTwo(call, [](Parts a, const std::vector<Parts>& others) {
    for (const Parts& b : others) a.insert(a.end(), b.begin(), b.end());
    return a;
  });
}
BoundExpr BindArrayUnion(FunctionCall& call) {
  return OfTwo(call, [](Parts a, const std::vector<Parts>& others) {
    a.insert(a.end(), others[0].begin(), others[0].end());
    return Unique(a);
  });
}
BoundExpr BindArrayExcept(FunctionCall& call) {
  return OfTwo(call, [](const Parts& a, const std::vector<Parts>& others) {
    const std::set<std::string_view> gone(others[0].begin(), others[0].end());
    Parts left;
    for (const std::string_view part : Unique(a))
      if (gone.count(part) == 0) left.push_back(part);
    return left;
  });
}
BoundExpr BindArrayIntersect(FunctionCall& call) {
  return OfTwo(call, [](const Parts& a, const std::vector<Parts>& others) {
    const std::set<std::string_view> wanted(others[0].begin(), others[0].end());
    Parts both;
    for (const std::string_view part : Unique(a))
      if (wanted.count(part) != 0) both.push_back(part);
    return both;
  });
}

BoundExpr BindArrayJoin(FunctionCall& call) {
  const SqlType type = WantArray(call, 0);
  if (!type.children[0].is_string()) call.Refuse("the elements are texts");
  for (size_t i = 1; i < call.args.size(); ++i) call.WantString(i);
  return call.Make(SqlType::String(call.nullable()),
                   FromParts(type, [](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     for (size_t i = 1; i < eval.args.size(); ++i)
                       if (eval.args[i]->IsNull(row)) return false;
                     bool first = true;
                     for (const std::string_view part : parts) {
                       if (part[0] == '\0' && eval.args.size() < 3) continue;
                       if (!first) out->append(eval.args[1]->strings()[row]);
                       first = false;
                       if (part[0] == '\0') {
                         out->append(eval.args[2]->strings()[row]);
                       } else {
                         out->append(PartColumn(part, SqlType::String()).strings()[0]);
                       }
                     }
                     return true;
                   }));
}

const SqlType& WantMap(FunctionCall& call, size_t i) {
  if (call.args[i].type.kind != TypeKind::kMap) call.Refuse();
  return call.args[i].type;
}

BoundExpr BindMapHalf(FunctionCall& call, size_t half) {
  const SqlType map = WantMap(call, 0);
  SqlType type = SqlType::Of(TypeKind::kArray, map.nullable);
  type.children.push_back(map.children[half]);
  return call.Make(type, FromParts(map, [half](const Parts& parts, const EvalCall&, size_t, std::string* out) {
                     for (size_t i = half; i < parts.size(); i += 2) out->append(parts[i]);
                     return true;
                   }));
}
BoundExpr BindMapKeys(FunctionCall& call) {
  return BindMapHalf(call, 0);
}
BoundExpr BindMapValues(FunctionCall& call) {
  return BindMapHalf(call, 1);
}

BoundExpr BindMapEntries(FunctionCall& call) {
  const SqlType map = WantMap(call, 0);
  SqlType row = SqlType::Of(TypeKind::kRow);
  row.children = map.children;
  row.field_names = {"key", "value"};
  SqlType type = SqlType::Of(TypeKind::kArray, map.nullable);
  type.children.push_back(row);
  return call.Make(type, FromParts(map, [](const Parts& parts, const EvalCall&, size_t, std::string* out) {
                     for (size_t i = 0; i + 1 < parts.size(); i += 2) {
                       ColumnVector entry(Physical::kString);
                       entry.AppendCopy(std::string(parts[i]).append(parts[i + 1]));
                       EncodeValue(entry, 0, out);
                     }
                     return true;
                   }));
}

BoundExpr BindMapUnion(FunctionCall& call) {
  SqlType type = WantMap(call, 0);
  for (size_t i = 1; i < call.args.size(); ++i) {
    const SqlType& other = WantMap(call, i);
    for (size_t k = 0; k < 2; ++k) {
      const std::optional<SqlType> both = CommonType(type.children[k], other.children[k]);
      if (!both) call.Refuse();
      type.children[k] = *both;
    }
  }
  for (BoundExpr& arg : call.args)
    arg = ImplicitCast(std::move(arg), type.WithNullable(arg.type.nullable), call.session);
  return call.Make(type.WithNullable(call.nullable()),
                   FromParts(type, [type](Parts parts, const EvalCall& eval, size_t row, std::string* out) {
                     // From the last map to the first, of a key the first one met.
                     std::vector<std::string_view> keys;
                     for (size_t i = eval.args.size(); i-- > 0;) {
                       if (eval.args[i]->IsNull(row)) return false;
                       parts = SplitNested(eval.args[i]->strings()[row], type);
                       for (size_t k = 0; k + 1 < parts.size(); k += 2) {
                         if (std::find(keys.begin(), keys.end(), parts[k]) != keys.end()) continue;
                         keys.push_back(parts[k]);
                         out->append(parts[k]).append(parts[k + 1]);
                       }
                     }
                     return true;
                   }));
}

BoundExpr BindMapFromArrays(FunctionCall& call) {
  const SqlType keys = WantArray(call, 0), values = WantArray(call, 1);
  SqlType type = SqlType::Of(TypeKind::kMap, call.nullable());
  type.children = {keys.children[0], values.children[0]};
  return call.Make(type,
                   FromParts(keys, [values](const Parts& parts, const EvalCall& eval, size_t row, std::string* out) {
                     if (eval.args[1]->IsNull(row)) return false;
                     const Parts others = SplitNested(eval.args[1]->strings()[row], values);
                     if (others.size() != parts.size())
                       Fail(ExitStatus::kData, "MAP_FROM_ARRAYS of arrays of different lengths");
                     for (size_t i = 0; i < parts.size(); ++i) out->append(parts[i]).append(others[i]);
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> CollectionFunctions() {
  return {
      {"CARDINALITY", 1, 1, "CARDINALITY(array or map)", BindCardinality},
      {"ELEMENT", 1, 1, "ELEMENT(array)", BindElementOf},
      {"ARRAY_APPEND", 2, 2, "ARRAY_APPEND(array, x)", BindArrayAppend},
      {"ARRAY_PREPEND", 2, 2, "ARRAY_PREPEND(array, x)", BindArrayPrepend},
      {"ARRAY_REMOVE", 2, 2, "ARRAY_REMOVE(array, x)", BindArrayRemove},
      {"ARRAY_POSITION", 2, 2, "ARRAY_POSITION(array, x)", BindArrayPosition},
      {"ARRAY_CONTAINS", 2, 2, "ARRAY_CONTAINS(array, x)", BindArrayContains},
      {"ARRAY_DISTINCT", 1, 1, "ARRAY_DISTINCT(array)", BindArrayDistinct},
      {"ARRAY_REVERSE", 1, 1, "ARRAY_REVERSE(array)", BindArrayReverse},
      {"ARRAY_SLICE", 2, 3, "ARRAY_SLICE(array, first [, last])", BindArraySlice},
      {"ARRAY_SORT", 1, 3, "ARRAY_SORT(array [, ascending [, nulls_first]])", BindArraySort},
      {"ARRAY_MAX", 1, 1, "ARRAY_MAX(array)", BindArrayMax},
      {"ARRAY_MIN", 1, 1, "ARRAY_MIN(array)", BindArrayMin},
      {"ARRAY_CONCAT", 1, -1, "ARRAY_CONCAT(array, ...)", BindArrayConcat},
      {"ARRAY_UNION", 2, 2, "ARRAY_UNION(array, array)", BindArrayUnion},
      {"ARRAY_EXCEPT", 2, 2, "ARRAY_EXCEPT(array, array)", BindArrayExcept},
      {"ARRAY_INTERSECT", 2, 2, "ARRAY_INTERSECT(array, array)", BindArrayIntersect},
      {"ARRAY_JOIN", 2, 3, "ARRAY_JOIN(array, separator [, text for NULL])", BindArrayJoin},
      {"MAP_KEYS", 1, 1, "MAP_KEYS(map)", BindMapKeys},
      {"MAP_VALUES", 1, 1, "MAP_VALUES(map)", BindMapValues},
      {"MAP_ENTRIES", 1, 1, "MAP_ENTRIES(map)", BindMapEntries},
      {"MAP_UNION", 1, -1, "MAP_UNION(map, ...)", BindMapUnion},
      {"MAP_FROM_ARRAYS", 2, 2, "MAP_FROM_ARRAYS(keys, values)", BindMapFromArrays},
  };
}

}  // namespace cdc::sql
