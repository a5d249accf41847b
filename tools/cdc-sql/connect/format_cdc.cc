#include "tools/cdc-sql/connect/format_cdc.h"
#include "tools/cdc-sql/connect/physical_fields.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

struct BadMessage {
  std::string why;
};

}  // namespace

CdcJsonDecoder::CdcJsonDecoder(const PlanNode& scan)
    : table_(*scan.table),
      format_(table_.format()),
      ignore_errors_(table_.Get(format_ + ".ignore-parse-errors").value_or("false") == "true"),
      reader_(scan.columns, PhysicalFields(scan),
              table_.Get(format_ + ".timestamp-format.standard").value_or("SQL") == "ISO-8601", false),
      metadata_(scan),
      before_(scan.columns),
      after_(scan.columns) {}

void CdcJsonDecoder::ReadRow(std::string_view raw, BatchBuilder& out, RowKind kind) {
  if (raw.empty() || raw[0] != '{') throw BadMessage{"there is no row in it"};
  simdjson::ondemand::document document = parser_.iterate(padded_.Of(raw, {}));
  reader_.Read(document.get_object(), kind, ignore_errors_, false, out);
}

void CdcJsonDecoder::ReadOld(std::string_view old, std::string_view data, BatchBuilder& out) {
  before_.Clear();
  after_.Clear();
  ReadRow(data, after_, RowKind::kInsert);
  std::set<std::string> named;
  if (!old.empty() && old[0] == '{') {
    ReadRow(old, before_, RowKind::kInsert);
    JsonMembers members(old);
    while (members.Next()) named.insert(std::string(members.name()));
  }
  for (size_t i = 0; i < out.columns().size(); ++i)
    out.column(i).AppendFrom(named.count(reader_.columns()[i].name) != 0 ? before_.column(i) : after_.column(i), 0);
  out.RowDone(RowKind::kUpdateBefore);
}

void CdcJsonDecoder::DecodeMessage(const Message& message, BatchBuilder& out) {
  std::string type;
  if (!AppendUnescaped(type, message.type)) throw BadMessage{"\"type\" is no text"};
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (format_ == "canal-json" && type == "create") return;  // a statement
  if (type != "insert" && type != "update" && type != "delete") throw BadMessage{"\"type\" is '" + type + "'"};
  std::vector<std::string_view> rows, olds;
  const auto split = [](std::string_view raw, std::vector<std::string_view>* parts) {
    if (raw.empty() || raw[0] != '[') return parts->push_back(raw);
    JsonElements elements(raw);
    while (elements.Next()) parts->push_back(elements.value());
  };
  split(message.data, &rows);
  split(message.old, &olds);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (type == "update") ReadOld(i < olds.size() ? olds[i] : std::string_view{}, rows[i], out);
    ReadRow(rows[i], out,
            type == "insert"   ? RowKind::kInsert
            : type == "delete" ? RowKind::kDelete
                               : RowKind::kUpdateAfter);
  }
}

void CdcJsonDecoder::DecodeOgg(const Message& message, BatchBuilder& out) {
  std::string type;
  if (!AppendUnescaped(type, message.type)) throw BadMessage{"\"op_type\" is no text"};
  if (type == "I") return ReadRow(message.after, out, RowKind::kInsert);
  if (type == "D") return ReadRow(message.before, out, RowKind::kDelete);
  if (type != "U") throw BadMessage{"\"op_type\" is '" + type + "'"};
  if (message.before.empty() || message.before[0] != '{') throw BadMessage{"\"before\" of an update is null"};
  ReadRow(message.before, out, RowKind::kUpdateBefore);
  ReadRow(message.after, out, RowKind::kUpdateAfter);
}

void CdcJsonDecoder::Decode(const RecordLine& record, std::string_view, const std::string& where, BatchBuilder& out) {
  if (record.payload.is_null || record.payload.bytes.empty()) return;
  const size_t first = out.rows();
  const auto fail = [&](const std::string& why) {
    out.Truncate(first);
    if (ignore_errors_) return;
    Fail(ExitStatus::kData,
         where + ": topic " + std::string(record.topic) + ": table '" + table_.name + "': no message of " + format_ +
             ": " + why,
         Shown(std::string(record.payload.bytes)),
         "'" + format_ + ".ignore-parse-errors' = 'true' leaves such records out");
  };
  try {
    if (!IsJson(record.payload.bytes) || record.payload.bytes[0] != '{') return fail("it is no JSON object");
    Message message;
    JsonMembers members(record.payload.bytes);
    while (members.Next()) {
      const std::string_view name = members.name(), value = members.value();
      if (name == "type" || name == "op_type") message.type = value;
      if (name == "data") message.data = value;
      if (name == "old") message.old = value;
      if (name == "before") message.before = value;
      if (name == "after") message.after = value;
    }
    if (message.type.empty()) return fail("it does not say what kind of change it is");
    format_ == "ogg-json" ? DecodeOgg(message, out) : DecodeMessage(message, out);
    metadata_.Fill(record, {}, {}, first, out);
  } catch (const simdjson::simdjson_error& error) {
    fail(error.what());
  } catch (const BadMessage& bad) {
    fail(bad.why);
  } catch (const BadField& bad) {
    out.Truncate(first);
    if (!ignore_errors_) FailField(bad, where, table_.name, false);
  }
}

UpsertDecoder::UpsertDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value)
    : value_(std::move(value)), row_(scan.columns) {}

void UpsertDecoder::Decode(const RecordLine& record, std::string_view line, const std::string& where,
                           BatchBuilder& out) {
  const std::string key(record.key.is_null ? std::string_view{} : record.key.bytes);
  const auto known = rows_.find(key);
  if (record.payload.is_null) {
    if (known == rows_.end()) return;
    DecodeRow(known->second, out.columns(), 0, out.columns().size());
    out.RowDone(RowKind::kDelete);
    rows_.erase(known);
    return;
  }
  row_.Clear();
  value_->Decode(record, line, where, row_);
  if (row_.rows() == 0) return;
  std::string bytes;
  for (const auto& column : row_.columns()) EncodeValue(*column, row_.rows() - 1, &bytes);
  const bool update = known != rows_.end();
  if (update && known->second == bytes) return;
  if (update) {
    DecodeRow(known->second, out.columns(), 0, out.columns().size());
    out.RowDone(RowKind::kUpdateBefore);
  }
  DecodeRow(bytes, out.columns(), 0, out.columns().size());
  out.RowDone(update ? RowKind::kUpdateAfter : RowKind::kInsert);
  rows_[key] = std::move(bytes);
}

KeyDecoder::KeyDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value)
    : table_(*scan.table),
      value_(std::move(value)),
      columns_(scan.columns),
      format_(table_.Get("key.format").value_or("json")) {
  const std::string prefix = table_.Get("key.fields-prefix").value_or("");
  for (const std::string& field : KeyFields(table_)) {
    const auto column =
        std::find_if(columns_.begin(), columns_.end(), [&](const PlanColumn& c) { return c.name == field; });
    if (column == columns_.end())
      FailAt(table_.SpanOf("key.fields"), "'" + table_.name + "' has no column '" + field + "' for 'key.fields'");
    key_.push_back(static_cast<size_t>(column - columns_.begin()));
    names_.push_back(field.rfind(prefix, 0) == 0 ? field.substr(prefix.size()) : field);
  }
}

void KeyDecoder::Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) {
  const size_t first = out.rows();
  value_->Decode(record, line, where, out);
  const bool included = table_.Get("value.fields-include").value_or("ALL") == "ALL";
  if (out.rows() == first || included) return;
  if (record.key.is_null) return out.Truncate(first);  // there is no row without its key
  const auto set = [&](size_t i, JsonFieldKind kind, std::string_view text) {
    static const JsonFieldRules kRules;
    for (size_t row = first; row < out.rows(); ++row) {
      const std::string why = SetJsonField(kind, text, columns_[key_[i]].type, kRules, out.column(key_[i]), row);
      if (!why.empty())
        Fail(ExitStatus::kData, where + ": table '" + table_.name + "', column '" + columns_[key_[i]].name +
                                    "' in the key: the value '" + Shown(std::string(text), 60) + "' " + why);
    }
  };
  if (format_ != "json") {
    if (key_.size() == 1) set(0, JsonFieldKind::kText, record.key.bytes);
    return;
  }
  if (!IsJson(record.key.bytes) || record.key.bytes[0] != '{')
    Fail(ExitStatus::kData, where + ": table '" + table_.name + "': the key is no JSON object",
         Shown(std::string(record.key.bytes)));
  JsonMembers members(record.key.bytes);
  while (members.Next())
    for (size_t i = 0; i < names_.size(); ++i) {
      if (members.name() != names_[i] || members.value() == "null") continue;
      std::string text(members.value());
      JsonFieldKind kind = text[0] == 't'   ? JsonFieldKind::kTrue
                           : text[0] == 'f' ? JsonFieldKind::kFalse
                           : text[0] == '{' ? JsonFieldKind::kObject
                           : text[0] == '[' ? JsonFieldKind::kArray
                                            : JsonFieldKind::kNumber;
      if (text[0] == '"') {
        kind = JsonFieldKind::kText;
        text.clear();
        AppendUnescaped(text, members.value());
      }
      set(i, kind, text);
    }
}

}  // namespace cdc::sql
