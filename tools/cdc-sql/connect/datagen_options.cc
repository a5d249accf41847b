#include "tools/cdc-sql/connect/datagen_options.h"

#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <set>

#include "common/json_writer.h"

namespace cdc::sql {

namespace {

int64_t WholeNumber(const TableDef& table, const std::string& key, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    FailAt(table.SpanOf(key), "the option '" + key + "' is a whole number");
  return number;
}

double RealNumber(const TableDef& table, const std::string& key, const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    FailAt(table.SpanOf(key), "the option '" + key + "' is a number");
  return number;
}

/// "10 s", "500ms", "2 h": milliseconds; a number alone is milliseconds.
int64_t DurationMillis(const TableDef& table, const std::string& key, const std::string& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string unit = text.substr(digits);
  unit.erase(std::remove(unit.begin(), unit.end(), ' '), unit.end());
  static const std::vector<std::pair<std::set<std::string>, int64_t>> kUnits = {
      {{"", "ms", "milli", "millis", "millisecond", "milliseconds"}, 1},
      {{"s", "sec", "secs", "second", "seconds"}, 1000},
      {{"m", "min", "minute", "minutes"}, 60'000},
      {{"h", "hour", "hours"}, 3'600'000},
      {{"d", "day", "days"}, 86'400'000}};
  for (const auto& [names, millis] : kUnits)
    if (digits > 0 && digits < 12 && names.count(unit) != 0)
      return WholeNumber(table, key, text.substr(0, digits)) * millis;
  FailAt(table.SpanOf(key), "the option '" + key + "' is a duration", "'10 s', '500 ms' or '2 h'");
}

/// Reads the options of the fields, and knows which of them were asked for.
class FieldOptions {
 public:
  explicit FieldOptions(const TableDef& table) : table_(table) {}

  DatagenRows::Field FieldOf(const std::string& path, const std::string& name, const SqlType& type) {
    DatagenRows::Field field;
    AppendJsonString(field.json_name, name);
    field.json_name += ':';
    field.type = type;
    const std::string kind = Get(path, "kind").value_or("random");
    if (kind != "random" && kind != "sequence")
      FailAt(table_.SpanOf(Key(path, "kind")), "the kind '" + kind + "' is not known", "'random' or 'sequence'");
    field.sequence = kind == "sequence";
    if (field.sequence) {
      SetSequence(path, &field);
    } else {
      SetRandom(path, &field);
    }
    return field;
  }

  /// Options that no field has are refused.
  void CheckAllUsed() const {
    for (const Option& option : table_.options)
      if (option.key.rfind("fields.", 0) == 0 && used_.count(option.key) == 0)
        FailAt(option.span, "no field of the table has the option '" + option.key + "'",
               "fields.NAME.kind, min, max, max-past, length, var-len, null-rate; start and end of a sequence");
  }

 private:
  static std::string Key(const std::string& path, const char* option) { return "fields." + path + "." + option; }

  std::optional<std::string> Get(const std::string& path, const char* option) {
    used_.insert(Key(path, option));
    return table_.Get(Key(path, option));
  }

  int64_t Whole(const std::string& path, const char* option, int64_t fallback) {
    const auto text = Get(path, option);
    return text ? WholeNumber(table_, Key(path, option), *text) : fallback;
  }
  double Real(const std::string& path, const char* option, double fallback) {
    const auto text = Get(path, option);
    return text ? RealNumber(table_, Key(path, option), *text) : fallback;
  }

  void SetSequence(const std::string& path, DatagenRows::Field* field) {
    const SqlType& type = field->type;
    if (!type.is_numeric() && !type.is_string())
      FailAt(table_.SpanOf(Key(path, "kind")), "a sequence is of numbers or text, not of " + type.Text());
    for (const char* option : {"start", "end"})
      if (!Get(path, option))
        FailAt(table_.SpanOf(Key(path, "kind")), "the sequence needs '" + Key(path, option) + "'");
    field->next = Whole(path, "start", 0);
    field->end = Whole(path, "end", 0);
    if (field->end < field->next) FailAt(table_.SpanOf(Key(path, "end")), "the sequence ends before it starts");
  }

  void SetRandom(const std::string& path, DatagenRows::Field* field) {
    field->null_rate = Real(path, "null-rate", 0);
    if (field->null_rate < 0 || field->null_rate > 1)
      FailAt(table_.SpanOf(Key(path, "null-rate")), "a null-rate is a number from 0 to 1");
    const SqlType& type = field->type;
    switch (type.kind) {
      case TypeKind::kBoolean:
      case TypeKind::kDate:
      case TypeKind::kTime: return;
      case TypeKind::kTinyint: return SetWhole(path, field, INT8_MIN, INT8_MAX);
      case TypeKind::kSmallint: return SetWhole(path, field, INT16_MIN, INT16_MAX);
      case TypeKind::kInt: return SetWhole(path, field, INT32_MIN, INT32_MAX);
      case TypeKind::kBigint: return SetWhole(path, field, INT64_MIN, INT64_MAX);
      case TypeKind::kFloat: return SetReal(path, field, FLT_MAX);
      case TypeKind::kDouble: return SetReal(path, field, DBL_MAX);
      case TypeKind::kDecimal: return SetReal(path, field, std::pow(10.0, type.precision - type.scale));
      case TypeKind::kChar:
      case TypeKind::kBinary: return SetLength(path, field, static_cast<size_t>(type.precision));
      case TypeKind::kVarchar:
      case TypeKind::kVarbinary:
        return SetLength(path, field, type.precision == kMaxLength ? 100 : static_cast<size_t>(type.precision));
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz:
        if (const auto past = Get(path, "max-past"))
          field->max_past_ms = DurationMillis(table_, Key(path, "max-past"), *past);
        return;
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
      case TypeKind::kRow: return SetParts(path, field);
      default:
        FailAt(table_.span, "the connector datagen has no values of the type " + type.Text() + " (" + path + ")");
    }
  }

  void SetWhole(const std::string& path, DatagenRows::Field* field, int64_t least, int64_t most) {
    field->least = Whole(path, "min", least);
    field->most = Whole(path, "max", most);
    if (field->least > field->most || field->least < least || field->most > most)
      FailAt(table_.SpanOf(Key(path, table_.Get(Key(path, "max")) ? "max" : "min")),
             "no " + field->type.Text() + " lies from 'min' to 'max'");
  }

  void SetReal(const std::string& path, DatagenRows::Field* field, double limit) {
    field->low = Real(path, "min", -limit);
    field->high = Real(path, "max", limit);
    if (field->low > field->high || field->low < -limit || field->high > limit)
      FailAt(table_.SpanOf(Key(path, table_.Get(Key(path, "max")) ? "max" : "min")),
             "no " + field->type.Text() + " lies from 'min' to 'max'");
  }

  void SetLength(const std::string& path, DatagenRows::Field* field, size_t fallback) {
    const int64_t length = Whole(path, "length", static_cast<int64_t>(fallback));
    const bool fits = length > 0 && (field->type.is_nested() || length <= field->type.precision);
    if (!fits) FailAt(table_.SpanOf(Key(path, "length")), "the length does not fit " + field->type.Text());
    field->length = static_cast<size_t>(length);
    field->variable_length = Get(path, "var-len").value_or("false") == "true";
  }

  void SetParts(const std::string& path, DatagenRows::Field* field) {
    const SqlType& type = field->type;
    if (type.kind == TypeKind::kRow) {
      for (size_t i = 0; i < type.children.size(); ++i)
        field->parts.push_back(FieldOf(path + "." + type.field_names[i], type.field_names[i], type.children[i]));
      return;
    }
    SetLength(path, field, 3);
    if (type.kind == TypeKind::kMap) {
      if (!type.children[0].is_string())
        FailAt(table_.span, "the connector datagen has maps with text as keys only (" + path + ")");
      field->parts = {FieldOf(path + ".key", "key", type.children[0]),
                      FieldOf(path + ".value", "value", type.children[1])};
      return;
    }
    if (type.kind == TypeKind::kMultiset && !type.children[0].is_string())
      FailAt(table_.span, "the connector datagen has multisets of text only (" + path + ")");
    field->parts = {FieldOf(path + ".element", "element", type.children[0])};
  }

  const TableDef& table_;
  std::set<std::string> used_;
};

}  // namespace

int64_t DatagenNumber(const TableDef& table, const std::string& key, int64_t fallback, int64_t least) {
  const auto text = table.Get(key);
  if (!text) return fallback;
  const int64_t number = WholeNumber(table, key, *text);
  if (number < least) FailAt(table.SpanOf(key), "the option '" + key + "' is at least " + std::to_string(least));
  return number;
}

std::vector<DatagenRows::Field> DatagenFields(const TableDef& table) {
  FieldOptions options(table);
  std::vector<DatagenRows::Field> fields;
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    if (column.kind == ColumnDef::Kind::kMetadata)
      FailAt(table.span, "the connector datagen has no metadata (" + column.name + ")");
    fields.push_back(options.FieldOf(column.name, column.name, column.type));
  }
  options.CheckAllUsed();
  return fields;
}

}  // namespace cdc::sql
