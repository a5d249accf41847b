#include "tools/cdc-sql/connect/metadata.h"

#include <algorithm>

#include "common/json_scan.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

/// What there is: of the record (without a format), or a member of the format's message (Debezium: of its "source").
struct Known {
  const char* key;
  TypeKind kind;
  const char* format = nullptr;
  const char* member = "";
  enum class Unit { kMillis, kSeconds, kText } unit = Unit::kMillis;  ///< of a time
};
constexpr const char* kDebezium = "debezium-json";
constexpr const char* kCanal = "canal-json";
constexpr const char* kMaxwell = "maxwell-json";
constexpr const char* kOgg = "ogg-json";
constexpr const char* kFile = "";  // of the file that the record is read from; the record has it as headers
constexpr Known kKnown[] = {
    {"topic", TypeKind::kVarchar},
    {"partition", TypeKind::kInt},
    {"offset", TypeKind::kBigint},
    {"timestamp", TypeKind::kTimestampLtz},
    {"timestamp-type", TypeKind::kVarchar},
    {"headers", TypeKind::kMap},
    {"file.path", TypeKind::kVarchar, kFile},
    {"file.name", TypeKind::kVarchar, kFile},
    {"file.size", TypeKind::kInt, kFile},
    {"file.modification-time", TypeKind::kTimestampLtz, kFile},
    {"value.source.properties", TypeKind::kMap, kDebezium},
    {"value.ingestion-timestamp", TypeKind::kTimestampLtz, kDebezium},
    {"value.source.timestamp", TypeKind::kTimestampLtz, kDebezium, "ts_ms"},
    {"value.source.database", TypeKind::kVarchar, kDebezium, "db"},
    {"value.source.schema", TypeKind::kVarchar, kDebezium, "schema"},
    {"value.source.table", TypeKind::kVarchar, kDebezium, "table"},
    {"value.database", TypeKind::kVarchar, kCanal, "database"},
    {"value.table", TypeKind::kVarchar, kCanal, "table"},
    {"value.sql-type", TypeKind::kMap, kCanal, "sqlType"},
    {"value.pk-names", TypeKind::kArray, kCanal, "pkNames"},
    {"value.ingestion-timestamp", TypeKind::kTimestampLtz, kCanal, "ts"},
    {"value.event-timestamp", TypeKind::kTimestampLtz, kCanal, "es"},
    {"value.database", TypeKind::kVarchar, kMaxwell, "database"},
    {"value.table", TypeKind::kVarchar, kMaxwell, "table"},
    {"value.primary-key-columns", TypeKind::kArray, kMaxwell, "primary_key_columns"},
    {"value.ingestion-timestamp", TypeKind::kTimestampLtz, kMaxwell, "ts", Known::Unit::kSeconds},
    {"value.table", TypeKind::kVarchar, kOgg, "table"},
    {"value.primary-keys", TypeKind::kArray, kOgg, "primary_keys"},
    {"value.ingestion-timestamp", TypeKind::kTimestampLtz, kOgg, "current_ts", Known::Unit::kText},
    {"value.event-timestamp", TypeKind::kTimestampLtz, kOgg, "op_ts", Known::Unit::kText},
};

bool IsOf(const Known& known, const TableDef& table) {
  if (known.format == kFile) return table.connector() == "filesystem";
  return known.format == nullptr || table.format() == known.format;
}

/// The column takes what is read as it stands, and needs no cast that cuts it.
bool Accepts(TypeKind wanted, const SqlType& declared) {
  if (wanted == TypeKind::kVarchar) return declared.kind == TypeKind::kVarchar && declared.precision == kMaxLength;
  if (wanted == TypeKind::kArray) return declared.kind == TypeKind::kArray && declared.children[0].is_string();
  if (wanted == TypeKind::kMap)
    return declared.kind == TypeKind::kMap && declared.children[0].is_string() &&
           (declared.children[1].is_string() || declared.children[1].is_binary() ||
            declared.children[1].kind == TypeKind::kInt);
  if (wanted == TypeKind::kTimestampLtz) return declared.kind == TypeKind::kTimestampLtz && declared.precision >= 3;
  return declared.is_integer() && declared.kind >= wanted;
}

/// The member of an object's raw text, as raw text; empty if it is not there or null.
std::string_view Member(std::string_view object, std::string_view name) {
  if (object.empty() || object[0] != '{') return {};
  JsonMembers members(object);
  while (members.Next())
    if (members.name() == name) return members.value() == "null" ? std::string_view{} : members.value();
  return {};
}

void SetText(ColumnVector& column, size_t row, std::string_view text) {
  column.mutable_nulls()[row] = 0;
  column.MutableValues<std::string_view>()[row] = column.arena().Copy(text);
}

/// A part of a map: a text or bytes.
void AppendPart(std::string& bytes, std::string_view text, bool null) {
  ColumnVector part(Physical::kString);
  if (null) {
    part.AppendNull();
  } else {
    part.AppendCopy(text);
  }
  EncodeValue(part, 0, &bytes);
}

/// A JSON text without its quotes, any other value as it stands.
std::string PlainText(std::string_view raw) {
  std::string text;
  if (raw.empty() || raw[0] != '"') return std::string(raw);
  AppendUnescaped(text, raw);
  return text;
}

/// A MAP of an object's members, the values as texts or INT.
std::string MapOf(std::string_view object, const SqlType& type) {
  std::string bytes;
  JsonMembers members(object);
  while (members.Next()) {
    const std::string text = PlainText(members.value());
    const bool null = members.value() == "null";
    AppendPart(bytes, members.name(), false);
    int64_t number = 0;
    if (type.children[1].kind != TypeKind::kInt) {
      AppendPart(bytes, text, null);
      continue;
    }
    ColumnVector part(Physical::kInt64);
    if (null || !ParseJsonInteger(text, &number)) {
      part.AppendNull();
    } else {
      part.Append(number);
    }
    EncodeValue(part, 0, &bytes);
  }
  return bytes;
}

std::string ArrayOf(std::string_view array) {
  std::string bytes;
  if (array[0] != '[') return bytes;
  JsonElements elements(array);
  while (elements.Next()) AppendPart(bytes, PlainText(elements.value()), elements.value() == "null");
  return bytes;
}

void SetRawText(ColumnVector& column, size_t row, std::string_view raw) {
  std::string text;
  if (!raw.empty() && AppendUnescaped(text, raw)) SetText(column, row, text);
}

void SetNanos(ColumnVector& column, size_t row, Int128 nanos) {
  column.mutable_nulls()[row] = 0;
  column.MutableValues<Int128>()[row] = nanos;
}

void SetMillis(ColumnVector& column, size_t row, std::string_view raw) {
  int64_t millis = 0;
  if (raw.empty() || !ParseJsonInteger(raw, &millis)) return;
  SetNanos(column, row, Int128{millis} * 1000000);
}

void SetTime(ColumnVector& column, size_t row, std::string_view raw, Known::Unit unit) {
  if (unit == Known::Unit::kMillis) return SetMillis(column, row, raw);
  int64_t seconds = 0;
  if (unit == Known::Unit::kSeconds) {
    if (!raw.empty() && ParseJsonInteger(raw, &seconds)) SetNanos(column, row, Int128{seconds} * 1000000000);
    return;
  }
  std::string text;
  Int128 nanos = 0;
  if (raw.empty() || !AppendUnescaped(text, raw) || !ParseTimestamp(text, &nanos)) return;
  SetNanos(column, row, nanos - ((nanos % 1000000) + 1000000) % 1000000);  // Flink keeps the milliseconds
}

void SetInteger(ColumnVector& column, size_t row, int64_t value) {
  column.mutable_nulls()[row] = 0;
  column.MutableValues<int64_t>()[row] = value;
}

void SetFact(ColumnVector& column, size_t row, const RecordLine& record, const std::string& key, TypeKind kind) {
  const auto fact = std::find_if(record.headers.begin(), record.headers.end(),
                                 [&key](const auto& header) { return header.first == key; });
  if (fact == record.headers.end()) return;
  int64_t number = 0;
  if (kind == TypeKind::kVarchar) return SetText(column, row, fact->second.bytes);
  if (kind == TypeKind::kTimestampLtz) return SetMillis(column, row, fact->second.bytes);
  if (ParseJsonInteger(fact->second.bytes, &number)) SetInteger(column, row, number);
}

}  // namespace

namespace {

const Known* FindKnown(const TableDef& table, const ColumnDef& column) {
  const auto known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                  [&](const Known& k) { return column.metadata_key == k.key && IsOf(k, table); });
  return known == std::end(kKnown) ? nullptr : known;
}

}  // namespace

std::optional<SqlType> MetadataReadAs(const TableDef& table, const ColumnDef& column) {
  if (column.kind != ColumnDef::Kind::kMetadata) return std::nullopt;
  const Known* known = FindKnown(table, column);
  if (known == nullptr || known->kind == TypeKind::kMap || known->kind == TypeKind::kArray ||
      Accepts(known->kind, column.type))
    return std::nullopt;
  if (known->kind == TypeKind::kVarchar) return SqlType::Of(known->kind, true, kMaxLength);
  return known->kind == TypeKind::kTimestampLtz ? SqlType::Of(known->kind, true, 3) : SqlType::Of(known->kind, true);
}

MetadataColumns::MetadataColumns(const PlanNode& scan) {
  const TableDef& table = *scan.table;
  size_t index = 0;
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    const size_t at = index++;
    if (column.kind != ColumnDef::Kind::kMetadata) continue;
    const Known* known = FindKnown(table, column);
    const SqlType& type = scan.columns[at].type;
    if (known == nullptr) {
      std::string keys;
      for (const Known& k : kKnown)
        if (IsOf(k, table)) keys += (keys.empty() ? "" : ", ") + std::string(k.key);
      FailAt(column.span, "there is no metadata '" + column.metadata_key + "'", "there is " + keys);
    }
    if (!Accepts(known->kind, type))
      FailAt(
          column.span, "the metadata '" + column.metadata_key + "' does not fit the type " + column.type.Text(),
          known->kind == TypeKind::kMap
              ? std::string("declare it MAP<STRING, STRING> (headers: MAP<STRING, BYTES>, sql-type: MAP<STRING, INT>)")
          : known->kind == TypeKind::kArray
              ? std::string("declare it ARRAY<STRING>")
              : "declare it " +
                    SqlType::Of(known->kind, true, known->kind == TypeKind::kVarchar ? kMaxLength : 3).Text());
    wants_envelope_ = wants_envelope_ || known->format == kDebezium;
    columns_.push_back({at, column.metadata_key, type, static_cast<size_t>(known - std::begin(kKnown))});
  }
}

void MetadataColumns::Fill(const RecordLine& record, std::string_view source, std::string_view ts_ms, size_t first,
                           BatchBuilder& out) const {
  for (const Column& meta : columns_) {
    ColumnVector& column = out.column(meta.index);
    const Known& known = kKnown[meta.known];
    for (size_t row = first; row < out.rows(); ++row) {
      if (known.format == kFile) {
        SetFact(column, row, record, meta.key, known.kind);
      } else if (meta.key == "topic") {
        SetText(column, row, record.topic);
      } else if (meta.key == "partition") {
        if (record.partition >= 0) SetInteger(column, row, record.partition);
      } else if (meta.key == "offset") {
        if (record.offset >= 0) SetInteger(column, row, record.offset);
      } else if (meta.key == "timestamp") {
        if (record.ts_ms >= 0) SetMillis(column, row, std::to_string(record.ts_ms));
      } else if (meta.key == "timestamp-type") {
        SetText(column, row,
                record.tstype == "logappend"                     ? "LogAppendTime"
                : record.tstype == "create" || record.ts_ms >= 0 ? "CreateTime"
                                                                 : "NoTimestampType");
      } else if (meta.key == "headers") {
        std::string bytes;
        for (const auto& [name, value] : record.headers) {
          // Of a name that is there twice the last one counts.
          const auto last = std::find_if(record.headers.rbegin(), record.headers.rend(),
                                         [&name](const auto& header) { return header.first == name; });
          if (&last->second != &value) continue;
          AppendPart(bytes, name, false);
          AppendPart(bytes, value.bytes, value.is_null);
        }
        SetText(column, row, bytes);
      } else if (meta.key == "value.ingestion-timestamp" && known.member[0] == '\0') {
        SetMillis(column, row, ts_ms);
      } else if (known.kind == TypeKind::kTimestampLtz) {
        SetTime(column, row, Member(source, known.member), known.unit);
      } else if (known.kind == TypeKind::kVarchar) {
        SetRawText(column, row, Member(source, known.member));
      } else {
        const std::string_view parts = known.member[0] == '\0' ? source : Member(source, known.member);
        if (parts.empty()) continue;
        SetText(column, row, known.kind == TypeKind::kMap ? MapOf(parts, meta.type) : ArrayOf(parts));
      }
    }
  }
}

}  // namespace cdc::sql
