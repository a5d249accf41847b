#include "tools/cdc-apply/added_columns.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "common/ddl/lexer.h"
#include "common/error.h"

namespace cdc::apply {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *kColumns = "columns", *kAdded = "added";
// Of a column that is added: its name, what it holds, and, where that is known, what is in older rows.
constexpr const char *kName = "name", *kType = "type", *kRows = "rows";

constexpr std::pair<Value::Kind, const char*> kValueKinds[] = {{Value::Kind::kInteger, "integer"},
                                                               {Value::Kind::kUnsigned, "unsigned"},
                                                               {Value::Kind::kReal, "real"},
                                                               {Value::Kind::kDecimal, "decimal"},
                                                               {Value::Kind::kText, "text"}};

template <typename Number>
std::string NumberText(Number number) {
  char text[40];
  return std::string(text, std::to_chars(text, text + sizeof text, number).ptr);
}

template <typename Number>
Number NumberOf(const std::string& text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  CDC_CHECK(read.ec == std::errc() && read.ptr == text.data() + text.size(), "a number that was stored is one");
  return number;
}

Json ToJson(const Value& value) {
  if (value.kind == Value::Kind::kNull) return nullptr;
  for (const auto& [kind, name] : kValueKinds) {
    if (kind != value.kind) continue;
    switch (kind) {
      case Value::Kind::kInteger: return {name, NumberText(value.integer)};
      case Value::Kind::kUnsigned: return {name, NumberText(value.unsigned_integer())};
      case Value::Kind::kReal: return {name, NumberText(value.real)};
      default: return {name, std::string(value.text)};
    }
  }
  CDC_CHECK(false, "no literal of a statement is of bytes");
}

OwnedValue ValueOf(const Json& json) {
  if (json.is_null()) return OwnedValue(Value::Null());
  const std::string name = json.at(0), text = json.at(1);
  if (name == "integer") return OwnedValue(Value::Integer(NumberOf<int64_t>(text)));
  if (name == "unsigned") return OwnedValue(Value::Unsigned(NumberOf<uint64_t>(text)));
  if (name == "real") return OwnedValue(Value::Real(NumberOf<double>(text)));
  return OwnedValue(name == "decimal" ? Value::Decimal(text) : Value::Text(text));
}

ColumnKind TypeOf(const std::string& name) {
  for (int kind = 0; kind <= static_cast<int>(ColumnKind::kJson); ++kind)
    if (KindName(static_cast<ColumnKind>(kind)) == name) return static_cast<ColumnKind>(kind);
  return ColumnKind::kAny;
}

/// Columns of the source are the same whatever the case of their letters.
bool HasName(const Json& column, const std::string& name) {
  const std::string its = column.is_array() ? column.at(0) : column.at(kName);
  return ddl::EqualsIgnoreCase(its, name);
}

class StoredShape {
 public:
  explicit StoredShape(const std::string& text) : shape_(Json::parse(text)) {
    if (!shape_.contains(kAdded)) shape_[kAdded] = Json::array();
    before_ = shape_;
  }

  void Take(const ColumnEvent& event) {
    using Kind = ColumnEvent::Kind;
    // The name of one that is added may have become free by this statement.
    const bool is_added = event.kind == Kind::kAdded;
    const std::string& name = event.kind == Kind::kRenamed ? event.other : event.column;
    if (event.if_exists && Has(is_added ? shape_ : before_, name) == is_added) return;
    switch (event.kind) {
      case Kind::kRemoved: return Remove(event.column);
      case Kind::kAdded: return Add(event);
      case Kind::kRenamed: return Add({Kind::kAdded, event.column});
      case Kind::kVoid: shape_[kAdded] = Json::array(); return;
      case Kind::kAltered:
        for (Json& column : shape_[kAdded])
          if (HasName(column, event.column)) column.erase(kRows);
    }
  }

  std::string Text() {
    if (shape_[kAdded].empty()) shape_.erase(kAdded);
    return shape_.dump();
  }

 private:
  static bool Has(const Json& shape, const std::string& name) {
    const auto has = [&](const Json& columns) {
      return std::any_of(columns.begin(), columns.end(), [&](const Json& column) { return HasName(column, name); });
    };
    return has(shape.at(kAdded)) || has(shape.at(kColumns));
  }

  void Remove(const std::string& name) {
    for (const char* part : {kAdded, kColumns}) {
      Json left = Json::array();
      for (const Json& column : shape_[part])
        if (!HasName(column, name)) left.push_back(column);
      shape_[part] = std::move(left);
    }
  }

  void Add(const ColumnEvent& event) {
    Remove(event.column);
    Json column = {{kName, event.column}, {kType, KindName(event.type)}};
    if (event.older_rows) column[kRows] = ToJson(event.older_rows->value());
    shape_[kAdded].push_back(std::move(column));
  }

  Json before_, shape_;
};

}  // namespace

std::vector<AddedColumn> AddedColumns(std::string_view shape) {
  std::vector<AddedColumn> added;
  if (shape.find(kAdded) == std::string_view::npos) return added;
  const Json stored = Json::parse(shape);
  if (!stored.contains(kAdded)) return added;
  for (const Json& column : stored[kAdded]) {
    AddedColumn& one = added.emplace_back();
    one.name = column.at(kName);
    one.type = TypeOf(column.at(kType));
    if (column.contains(kRows)) one.older_rows = ValueOf(column[kRows]);
  }
  return added;
}

std::optional<AddedColumn> AddedColumnOf(std::string_view shape, std::string_view column) {
  for (AddedColumn& added : AddedColumns(shape))
    if (ddl::EqualsIgnoreCase(added.name, column)) return std::move(added);
  return std::nullopt;
}

std::string ShapeAfter(const std::string& shape, const std::vector<ColumnEvent>& events) {
  if (shape.empty()) return shape;
  StoredShape after(shape);
  for (const ColumnEvent& event : events) after.Take(event);
  return after.Text();
}

std::string ShapeWithoutAdded(const std::string& shape) {
  if (AddedColumns(shape).empty()) return shape;
  Json without = Json::parse(shape);
  without.erase(kAdded);
  return without.dump();
}

}  // namespace cdc::apply
