#include "tools/cdc-apply/iceberg/partition.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "common/calendar.h"
#include "common/decimal.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-apply/row_text.h"

namespace cdc::apply::iceberg {
namespace {

using Kind = FieldType::Kind;
using Transform = PartitionField::Transform;

constexpr int kFirstFieldId = 1000;
constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;

constexpr struct {
  Transform transform;
  std::string_view name;
} kTransforms[] = {
    {Transform::kIdentity, "identity"}, {Transform::kBucket, "bucket"}, {Transform::kTruncate, "truncate"},
    {Transform::kYear, "year"},         {Transform::kMonth, "month"},   {Transform::kDay, "day"},
    {Transform::kHour, "hour"},
};

std::string_view NameOf(Transform transform) {
  return std::find_if(std::begin(kTransforms), std::end(kTransforms),
                      [&](const auto& known) { return known.transform == transform; })
      ->name;
}

bool HasParameter(Transform transform) {
  return transform == Transform::kBucket || transform == Transform::kTruncate;
}

bool Takes(Transform transform, Kind kind) {
  const bool instant = kind == Kind::kTimestamp || kind == Kind::kTimestampTz;
  const bool real = kind == Kind::kFloat || kind == Kind::kDouble;
  switch (transform) {
    case Transform::kIdentity: return !real;
    case Transform::kBucket: return !real && kind != Kind::kBoolean;
    case Transform::kTruncate:
      return kind == Kind::kInt || kind == Kind::kLong || kind == Kind::kDecimal || kind == Kind::kString ||
             kind == Kind::kBinary;
    case Transform::kYear:
    case Transform::kMonth:
    case Transform::kDay: return instant || kind == Kind::kDate;
    case Transform::kHour: return instant;
  }
  return false;
}

FieldType ResultOf(Transform transform, const FieldType& source) {
  switch (transform) {
    case Transform::kIdentity:
    case Transform::kTruncate: return source;
    case Transform::kDay: return {Kind::kDate};
    default: return {Kind::kInt};
  }
}

int64_t PartOfTime(const Cell& cell, Transform transform, Kind kind) {
  const int64_t days = kind == Kind::kDate ? cell.integer : FloorDiv(cell.integer, 24 * kHourUs);
  if (transform == Transform::kHour) return FloorDiv(cell.integer, kHourUs);
  if (transform == Transform::kDay) return days;
  int64_t year;
  unsigned month, day;
  CivilFromDays(days, &year, &month, &day);
  return transform == Transform::kYear ? year - 1970 : (year - 1970) * 12 + static_cast<int64_t>(month) - 1;
}

std::string HashedBytes(const Cell& cell, Kind kind) {
  if (kind == Kind::kDecimal) return DecimalBytes(cell);
  if (kind == Kind::kString || kind == Kind::kBinary) return std::string(cell.text);
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &cell.integer, bytes.size());
  return bytes;
}

/// The first `width` characters of UTF-8, or bytes.
std::string_view Cut(std::string_view text, int width, bool characters) {
  size_t at = 0;
  for (int i = 0; i < width && at < text.size(); ++i) {
    ++at;
    while (characters && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  }
  return text.substr(0, at);
}

/// v - (v mod w), where the remainder is not negative.
Cell TruncatedDecimal(Cell cell, int width) {
  __extension__ typedef __int128 Wide;
  __extension__ typedef unsigned __int128 UnsignedWide;
  const auto value = static_cast<Wide>(static_cast<UnsignedWide>(static_cast<uint64_t>(cell.decimal_high)) << 64 |
                                       static_cast<UnsignedWide>(cell.decimal_low));
  const Wide truncated = value - ((value % width) + width) % width;
  cell.decimal_high = static_cast<int64_t>(truncated >> 64);
  cell.decimal_low = static_cast<uint64_t>(truncated);
  return cell;
}

Cell Transformed(const PartitionField& field, Cell cell) {
  if (cell.is_null) return cell;
  const Kind kind = field.source.type.kind;
  switch (field.transform) {
    case Transform::kIdentity: return cell;
    case Transform::kBucket:
      cell.integer = static_cast<int64_t>((Murmur3(HashedBytes(cell, kind)) & 0x7fffffff) %
                                          static_cast<uint32_t>(field.parameter));
      return cell;
    case Transform::kTruncate:
      if (kind == Kind::kDecimal) return TruncatedDecimal(cell, field.parameter);
      if (kind == Kind::kString || kind == Kind::kBinary)
        cell.text = Cut(cell.text, field.parameter, kind == Kind::kString);
      else
        cell.integer = FloorDiv(cell.integer, field.parameter) * field.parameter;
      return cell;
    default: cell.integer = PartOfTime(cell, field.transform, kind); return cell;
  }
}

Json JsonOf(const Cell& cell, const FieldType& type) {
  if (cell.is_null) return nullptr;
  switch (type.kind) {
    case Kind::kBoolean: return cell.integer != 0;
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kDate:
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return cell.integer;
    case Kind::kFloat:
    case Kind::kDouble: return cell.real;
    case Kind::kString: return std::string(cell.text);
    case Kind::kBinary: return Json::binary({cell.text.begin(), cell.text.end()});
    case Kind::kDecimal: break;
  }
  // Avro's fixed of 16 bytes.
  const std::string bytes = DecimalBytes(cell);
  std::vector<uint8_t> fixed(16 - bytes.size(), bytes[0] < 0 ? 0xff : 0);
  fixed.insert(fixed.end(), bytes.begin(), bytes.end());
  return Json::binary(fixed);
}

Json AvroType(const FieldType& type, int field_id) {
  switch (type.kind) {
    case Kind::kBoolean: return "boolean";
    case Kind::kInt: return "int";
    case Kind::kLong: return "long";
    case Kind::kFloat: return "float";
    case Kind::kDouble: return "double";
    case Kind::kDate: return {{"type", "int"}, {"logicalType", "date"}};
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
      return {
          {"type", "long"}, {"logicalType", "timestamp-micros"}, {"adjust-to-utc", type.kind == Kind::kTimestampTz}};
    case Kind::kString: return "string";
    case Kind::kBinary: return "bytes";
    case Kind::kDecimal: break;
  }
  return {{"type", "fixed"},
          {"name", "decimal_" + std::to_string(field_id)},
          {"size", 16},
          {"logicalType", "decimal"},
          {"precision", type.precision},
          {"scale", type.scale}};
}

/// Java's BigDecimal.toString: an exponent where there would be many zeros behind the point.
std::string ShownDecimal(const Cell& cell, int scale) {
  std::string unscaled, out;
  const std::string bytes = DecimalBytes(cell);
  AppendDecimalText(unscaled, bytes, 0);
  const size_t sign = unscaled[0] == '-' ? 1 : 0;
  const int exponent = static_cast<int>(unscaled.size() - sign) - 1 - scale;
  if (exponent >= -6) {
    AppendDecimalText(out, bytes, scale);
    return out;
  }
  if (unscaled.size() > sign + 1) unscaled.insert(sign + 1, ".");
  return unscaled + "E" + std::to_string(exponent);
}

/// ISO 8601 with as many digits of the second as there are.
std::string ShownInstant(int64_t us, bool is_utc) {
  std::string out;
  AppendDateTime(out, us, 6, 'T');
  const size_t fraction = out.size() - std::string_view(".000000").size();
  out.erase(std::max(out.find_last_not_of('0') + 1, fraction));
  if (out.back() == '.') out.pop_back();
  return is_utc ? out + "+00:00" : out;
}

/// "2024", "2024-01", "2024-01-31-10" of what counts from 1970.
std::string ShownPartOfTime(int64_t part, Transform transform) {
  std::string date;
  if (transform == Transform::kHour) {
    AppendDate(date, FloorDiv(part, 24));
    const int64_t hour = part - FloorDiv(part, 24) * 24;
    return date + (hour < 10 ? "-0" : "-") + std::to_string(hour);
  }
  const int64_t months = transform == Transform::kYear ? part * 12 : part;
  const auto month = static_cast<unsigned>(months - FloorDiv(months, 12) * 12 + 1);
  AppendDate(date, DaysFromCivil(1970 + FloorDiv(months, 12), month, 1));
  return date.substr(0, transform == Transform::kYear ? 4 : 7);
}

/// As Transform.toHumanString of Iceberg's Java gives it.
std::string ShownCell(const Cell& cell, const PartitionField& field) {
  if (cell.is_null) return "null";
  const Transform transform = field.transform;
  if (transform == Transform::kYear || transform == Transform::kMonth || transform == Transform::kHour)
    return ShownPartOfTime(cell.integer, transform);
  std::string out;
  switch (field.result.kind) {
    case Kind::kBoolean: return cell.integer != 0 ? "true" : "false";
    case Kind::kDate: AppendDate(out, cell.integer); return out;
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return ShownInstant(cell.integer, field.result.kind == Kind::kTimestampTz);
    case Kind::kString: return std::string(cell.text);
    case Kind::kBinary: AppendBase64(out, cell.text); return out;
    case Kind::kDecimal: return ShownDecimal(cell, field.result.scale);
    default: AppendInteger(out, cell.integer); return out;
  }
}

/// What paths, URLs and object stores take as it is.
void AppendEncoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
      continue;
    }
    constexpr char kHex[] = "0123456789ABCDEF";
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

/// A partition field's name is one of Avro's as well.
std::string AvroName(std::string name) {
  for (char& c : name)
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) c = '_';
  if (name[0] >= '0' && name[0] <= '9') name.insert(0, "_");
  return name;
}

[[noreturn]] void FailSpec(std::string_view text) {
  Fail(ExitStatus::kUsage, "\"" + Shown(std::string(text)) + "\" is no partition transform", "",
       "COLUMN, bucket(N,COLUMN), truncate(N,COLUMN), year(COLUMN), month(COLUMN), day(COLUMN) or hour(COLUMN)");
}

/// "bucket(16,id)" → field without a source, and the column's name.
PartitionField ParseTransform(std::string_view text, std::string* column) {
  PartitionField field;
  const size_t open = text.find('(');
  if (open == std::string_view::npos) {
    *column = text;
    return field;
  }
  const auto known = std::find_if(std::begin(kTransforms), std::end(kTransforms),
                                  [&](const auto& other) { return other.name == text.substr(0, open); });
  if (known == std::end(kTransforms) || text.back() != ')') FailSpec(text);
  field.transform = known->transform;
  std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  if (HasParameter(field.transform)) {
    const auto result = std::from_chars(inside.data(), inside.data() + inside.size(), field.parameter);
    const auto used = static_cast<size_t>(result.ptr - inside.data());
    if (result.ec != std::errc() || field.parameter < 1 || used >= inside.size() || inside[used] != ',') FailSpec(text);
    inside.remove_prefix(used + 1);
  }
  *column = inside;
  return field;
}

std::string TransformText(const PartitionField& field) {
  std::string text(NameOf(field.transform));
  if (HasParameter(field.transform)) text += "[" + std::to_string(field.parameter) + "]";
  return text;
}

}  // namespace

uint32_t Murmur3(std::string_view bytes) {
  constexpr uint32_t c1 = 0xcc9e2d51, c2 = 0x1b873593;
  uint32_t hash = 0;
  const size_t blocks = bytes.size() / 4;
  for (size_t i = 0; i < blocks; ++i) {
    uint32_t k;
    std::memcpy(&k, bytes.data() + i * 4, sizeof k);
    hash ^= std::rotl(k * c1, 15) * c2;
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64;
  }
  uint32_t k = 0;
  for (size_t i = bytes.size(); i > blocks * 4; --i) k = k << 8 | static_cast<unsigned char>(bytes[i - 1]);
  hash ^= std::rotl(k * c1, 15) * c2;
  hash ^= static_cast<uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6b;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35;
  return hash ^ hash >> 16;
}

Json PartitionSpec::FieldsJson() const {
  Json out = Json::array();
  for (const auto& field : fields)
    out.push_back({{"name", field.name},
                   {"transform", TransformText(field)},
                   {"source-id", field.source.id},
                   {"field-id", field.field_id}});
  return out;
}

Json PartitionSpec::ToJson() const {
  return {{"spec-id", id}, {"fields", FieldsJson()}};
}

Json PartitionSpec::AvroRecord() const {
  Json record = {{"type", "record"}, {"name", "r102"}, {"fields", Json::array()}};
  for (const auto& field : fields)
    record["fields"].push_back({{"name", field.name},
                                {"type", Json::array({"null", AvroType(field.result, field.field_id)})},
                                {"default", nullptr},
                                {"field-id", field.field_id}});
  return record;
}

PartitionSpec MakePartitionSpec(std::string_view text, const Schema& schema, const std::string& table) {
  PartitionSpec spec;
  while (!text.empty()) {
    // A comma inside brackets is the transform's own.
    size_t end = 0;
    for (int depth = 0; end < text.size() && (text[end] != ',' || depth > 0); ++end)
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string column;
    PartitionField field = ParseTransform(part, &column);
    const Field* source = schema.Find(column);
    if (source == nullptr)
      Fail(ExitStatus::kConfig, "table \"" + table + "\" has no column \"" + Shown(column) + "\" to be partitioned by");
    if (!Takes(field.transform, source->type.kind))
      Fail(ExitStatus::kConfig, "table \"" + table + "\" cannot be partitioned by " + Shown(std::string(part)) +
                                    ": the column is " + source->type.Text());
    field.source = *source;
    field.result = ResultOf(field.transform, source->type);
    field.field_id = kFirstFieldId + static_cast<int>(spec.fields.size());
    // As Iceberg's Java names it.
    const std::string_view suffix = field.transform == Transform::kTruncate ? "trunc" : NameOf(field.transform);
    field.name = AvroName(field.transform == Transform::kIdentity ? column : column + "_" + std::string(suffix));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

PartitionSpec ReadPartitionSpec(const Json& metadata, int spec_id, const Schema& schema) {
  PartitionSpec spec;
  spec.id = spec_id;
  for (const auto& candidate : metadata.at("partition-specs")) {
    if (candidate.at("spec-id") != spec_id) continue;
    for (const auto& raw : candidate.at("fields")) {
      PartitionField field;
      field.field_id = raw.at("field-id");
      field.name = raw.at("name");
      const Field* source = schema.FindId(raw.at("source-id"));
      const std::string text = raw.at("transform");
      const auto known = std::find_if(std::begin(kTransforms), std::end(kTransforms), [&](const auto& other) {
        return other.name == std::string_view(text).substr(0, text.find('['));
      });
      if (source == nullptr || known == std::end(kTransforms))
        Fail(ExitStatus::kConfig, "an Iceberg table is partitioned by \"" + Shown(text) + "\" of \"" + field.name +
                                      "\", which cdc-apply does not write");
      field.source = *source;
      field.transform = known->transform;
      field.result = ResultOf(field.transform, source->type);
      if (const size_t open = text.find('['); open != std::string::npos)
        std::from_chars(text.data() + open + 1, text.data() + text.size(), field.parameter);
      spec.fields.push_back(std::move(field));
    }
  }
  return spec;
}

Partition PartitionOf(const PartitionSpec& spec, const std::vector<Cell>& cells) {
  Partition partition;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    const Cell value = Transformed(field, cells[i]);
    partition.values[field.name] = JsonOf(value, field.result);
    AppendEncoded(partition.path, field.name);
    partition.path += '=';
    AppendEncoded(partition.path, ShownCell(value, field));
    partition.path += '/';
  }
  return partition;
}

}  // namespace cdc::apply::iceberg
