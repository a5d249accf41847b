#include "tools/cdc-sql/connect/metadata.h"

#include <algorithm>

#include "common/json_scan.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

struct Known {
  const char* key;
  TypeKind kind;
  bool debezium;
};
constexpr Known kKnown[] = {
    {"topic", TypeKind::kVarchar, false},
    {"partition", TypeKind::kInt, false},
    {"offset", TypeKind::kBigint, false},
    {"timestamp", TypeKind::kTimestampLtz, false},
    {"timestamp-type", TypeKind::kVarchar, false},
    {"headers", TypeKind::kMap, false},
    {"value.source.properties", TypeKind::kMap, true},
    {"value.ingestion-timestamp", TypeKind::kTimestampLtz, true},
    {"value.source.timestamp", TypeKind::kTimestampLtz, true},
    {"value.source.database", TypeKind::kVarchar, true},
    {"value.source.schema", TypeKind::kVarchar, true},
    {"value.source.table", TypeKind::kVarchar, true},
};

bool Accepts(TypeKind wanted, const SqlType& declared) {
  if (wanted == TypeKind::kVarchar) return declared.kind == TypeKind::kVarchar;
  if (wanted == TypeKind::kMap)
    return declared.kind == TypeKind::kMap && declared.children[0].is_string() &&
           (declared.children[1].is_string() || declared.children[1].is_binary());
  if (wanted == TypeKind::kTimestampLtz)
    return declared.kind == TypeKind::kTimestampLtz || declared.kind == TypeKind::kTimestamp;
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

void SetRawText(ColumnVector& column, size_t row, std::string_view raw) {
  std::string text;
  if (!raw.empty() && AppendUnescaped(text, raw)) SetText(column, row, text);
}

void SetMillis(ColumnVector& column, size_t row, std::string_view raw) {
  int64_t millis = 0;
  if (raw.empty() || !ParseJsonInteger(raw, &millis)) return;
  column.mutable_nulls()[row] = 0;
  column.MutableValues<Int128>()[row] = Int128{millis} * 1000000;
}

void SetInteger(ColumnVector& column, size_t row, int64_t value) {
  column.mutable_nulls()[row] = 0;
  column.MutableValues<int64_t>()[row] = value;
}

}  // namespace

MetadataColumns::MetadataColumns(const PlanNode& scan) {
  const TableDef& table = *scan.table;
  size_t index = 0;
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    const size_t at = index++;
    if (column.kind != ColumnDef::Kind::kMetadata) continue;
    const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) {
      return column.metadata_key == k.key && (!k.debezium || table.format() == "debezium-json");
    });
    if (known == std::end(kKnown)) {
      std::string keys;
      for (const Known& k : kKnown)
        if (!k.debezium || table.format() == "debezium-json") keys += (keys.empty() ? "" : ", ") + std::string(k.key);
      FailAt(column.span, "there is no metadata '" + column.metadata_key + "'", "there is " + keys);
    }
    if (!Accepts(known->kind, column.type))
      FailAt(column.span, "the metadata '" + column.metadata_key + "' does not fit the type " + column.type.Text(),
             known->kind == TypeKind::kMap
                 ? std::string("declare it MAP<STRING, STRING> (headers: MAP<STRING, BYTES>)")
                 : "declare it " +
                       SqlType::Of(known->kind, true, known->kind == TypeKind::kVarchar ? kMaxLength : 3).Text());
    wants_envelope_ = wants_envelope_ || known->debezium;
    columns_.push_back({at, column.metadata_key, column.type});
  }
}

void MetadataColumns::Fill(const RecordLine& record, std::string_view source, std::string_view ts_ms, size_t first,
                           BatchBuilder& out) const {
  for (const Column& meta : columns_) {
    ColumnVector& column = out.column(meta.index);
    for (size_t row = first; row < out.rows(); ++row) {
      if (meta.key == "topic") {
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
      } else if (meta.key == "value.source.properties") {
        std::string bytes;
        if (source.empty()) continue;
        JsonMembers members(source);
        while (members.Next()) {
          std::string text(members.value());
          if (text[0] == '"') {
            text.clear();
            AppendUnescaped(text, members.value());
          }
          AppendPart(bytes, members.name(), false);
          AppendPart(bytes, text, members.value() == "null");
        }
        SetText(column, row, bytes);
      } else if (meta.key == "value.ingestion-timestamp") {
        SetMillis(column, row, ts_ms);
      } else if (meta.key == "value.source.timestamp") {
        SetMillis(column, row, Member(source, "ts_ms"));
      } else if (meta.key == "value.source.database") {
        SetRawText(column, row, Member(source, "db"));
      } else if (meta.key == "value.source.schema") {
        SetRawText(column, row, Member(source, "schema"));
      } else {
        SetRawText(column, row, Member(source, "table"));
      }
    }
  }
}

}  // namespace cdc::sql
