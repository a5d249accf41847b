#include "tools/cdc-sql/connect/format_debezium.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/connect/lenient_json.h"
#include "tools/cdc-sql/connect/physical_fields.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

namespace {

/// A message that is no envelope, or an envelope that says something impossible.
struct BadMessage {
  std::string why;
  std::string hint;
};

}  // namespace

DebeziumDecoder::DebeziumDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses, bool detect)
    : table_(*scan.table),
      detect_(detect),
      schema_include_(FormatOption(table_, "schema-include").value_or("false") == "true"),
      ignore_errors_(FormatOption(table_, "ignore-parse-errors").value_or("false") == "true"),
      reader_(scan.columns, PhysicalFields(scan),
              FormatOption(table_, "timestamp-format.standard").value_or("SQL") == "ISO-8601", detect),
      metadata_(scan) {
  if (!detect) reader_.ReadOnly(uses, table_.connector() == "filesystem");  // else rows are kept here, and compared
}

void DebeziumDecoder::Decode(const RecordLine& record, std::string_view line, const RecordPlace& where,
                             BatchBuilder& out) {
  if (record.payload.is_null || record.payload.bytes.empty()) {
    if (detect_) DeleteByKey(record, out);
    return;
  }
  const size_t first = out.rows();
  const auto drop = [&] { out.Truncate(first); };
  try {
    DecodeText(record, line, where, out);
  } catch (const simdjson::simdjson_error& error) {
    drop();
    if (const std::optional<std::string> mended = MendJson(record.payload.bytes)) {
      RecordLine again = record;
      again.payload.bytes = *mended;
      return Decode(again, {}, where, out);
    }
    if (ignore_errors_) return;
    Fail(ExitStatus::kData, where() + ": topic " + std::string(record.topic) + ": the record is no valid JSON",
         Shown(std::string(record.payload.bytes)),
         "'" + OptionName(table_, "ignore-parse-errors") + "' = 'true' leaves such records out");
  } catch (const BadField& bad) {
    drop();
    if (ignore_errors_) return;
    FailField(bad, where(), table_, detect_);
  } catch (const BadMessage& bad) {
    drop();
    if (ignore_errors_) return;
    Fail(ExitStatus::kData, where() + ": topic " + std::string(record.topic) + ": " + bad.why,
         Shown(std::string(record.payload.bytes)), bad.hint);
  }
}

void DebeziumDecoder::DecodeText(const RecordLine& record, std::string_view line, const RecordPlace& where,
                                 BatchBuilder& out) {
  std::string_view text = record.payload.bytes;
  text = text.substr(0, text.find_last_of("}]") + 1);  // what stands behind it is left out, as Flink does
  if (text.empty()) text = record.payload.bytes;
  sj::document document = parser_.iterate(padded_.Of(text, line));
  if (document.type() == sj::json_type::array) {
    // A list of one message is that message; Flink takes no other list.
    size_t messages = 0;
    for (auto element : document.get_array()) {
      if (++messages > 1) throw BadMessage{"it is a list of several messages", ""};
      DecodeObject(element.get_object(), record, where, out);
    }
    if (messages == 0) throw BadMessage{"it is an empty list", ""};
  } else {
    DecodeObject(document.get_object(), record, where, out);
  }
}

void DebeziumDecoder::DecodeObject(sj::object object, const RecordLine& record, const RecordPlace& where,
                                   BatchBuilder& out) {
  if (detect_) return DecodeDetected(object, record, where, out);
  const size_t first = out.rows();
  Message message;
  if (!schema_include_) {
    ReadEnvelope(object, &message, out);
  } else {
    for (auto field : object) {
      const std::string_view name = field.unescaped_key();
      if (name == "payload") {
        message.has_payload = true;
        sj::value payload = field.value();
        if (payload.is_null()) return;
        sj::object envelope = payload.get_object();
        ReadEnvelope(envelope, &message, out);
        message.has_payload = true;
      } else if (name == "op") {
        message.has_op = true;
      } else if (name == "schema") {
        message.has_schema = true;
      }
    }
    if (!message.has_payload) {
      if (ignore_errors_) return out.Truncate(first);
      FailShape(message, record, where);
    }
  }
  if (!message.has_op) {
    out.Truncate(first);
    if (ignore_errors_) return;
    FailShape(message, record, where);
  }
  FinishEnvelope(message, first, record, where, out);
}

void DebeziumDecoder::ReadEnvelope(sj::object& object, Message* message, BatchBuilder& out) {
  for (auto field : object) {
    const std::string_view name = field.unescaped_key();
    if (name == "before" || name == "after") {
      const bool before = name == "before";
      (before ? message->has_before : message->has_after) = true;
      sj::value value = field.value();
      if (value.type() != sj::json_type::object) {
        if (!value.is_null())
          throw BadMessage{"\"" + std::string(before ? "before" : "after") + "\" is neither an object nor null", ""};
        continue;
      }
      (before ? message->before_row : message->after_row) = out.rows();
      reader_.Read(value.get_object(), RowKind::kInsert, ignore_errors_, false, out);
    } else if (name == "op") {
      message->has_op = true;
      message->op = field.value().get_string();
    } else if (name == "schema") {
      message->has_schema = true;
    } else if (name == "payload") {
      message->has_payload = true;
    } else if (metadata_.wants_envelope() && name == "source") {
      sj::value value = field.value();
      if (value.type() == sj::json_type::object) message->source = RawObject(value);
    } else if (metadata_.wants_envelope() && name == "ts_ms") {
      message->ts_ms = std::string_view(field.value().raw_json_token());
    }
  }
}

/// Of the last rows only these, in this order.
void DebeziumDecoder::KeepImages(const std::vector<size_t>& rows, BatchBuilder& out) {
  std::vector<std::string> images(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    for (const auto& column : out.columns()) EncodeValue(*column, rows[i], &images[i]);
  out.Truncate(out.rows() - 2);
  for (const std::string& image : images) {
    DecodeRow(image, out.columns(), 0, out.columns().size());
    out.RowDone(RowKind::kInsert);
  }
}

void DebeziumDecoder::FinishEnvelope(const Message& message, size_t first, const RecordLine& record, const RecordPlace&,
                                     BatchBuilder& out) {
  const bool before = message.before_row != SIZE_MAX, after = message.after_row != SIZE_MAX;
  static const char* kFull =
      "with PostgreSQL set the table's REPLICA IDENTITY to FULL; with MySQL binlog_row_image to FULL";
  if (message.op == "c" || message.op == "r") {
    if (!after) throw BadMessage{"\"op\" is \"" + std::string(message.op) + "\" and \"after\" is null", ""};
    if (before) {  // it does not count
      KeepImages({message.after_row}, out);
      out.kinds()[std::min(message.before_row, message.after_row)] = RowKind::kInsert;
    } else {
      out.kinds()[message.after_row] = RowKind::kInsert;
    }
  } else if (message.op == "u") {
    if (!before) throw BadMessage{"\"op\" is \"u\" and \"before\" is null: what the row was is needed", kFull};
    if (!after) throw BadMessage{"\"op\" is \"u\" and \"after\" is null", ""};
    if (message.before_row > message.after_row) KeepImages({message.before_row, message.after_row}, out);
    out.kinds()[std::min(message.before_row, message.after_row)] = RowKind::kUpdateBefore;
    out.kinds()[std::max(message.before_row, message.after_row)] = RowKind::kUpdateAfter;
  } else if (message.op == "d") {
    if (!before) throw BadMessage{"\"op\" is \"d\" and \"before\" is null: what the row was is needed", kFull};
    if (after) KeepImages({message.before_row}, out);
    out.kinds()[after ? std::min(message.before_row, message.after_row) : message.before_row] = RowKind::kDelete;
  } else {
    throw BadMessage{"\"op\" is \"" + std::string(message.op) + "\", which is no change of a row",
                     "'" + OptionName(table_, "ignore-parse-errors") + "' = 'true' leaves such records out"};
  }
  metadata_.Fill(record, message.source, message.ts_ms, first, out);
}

void DebeziumDecoder::DecodeDetected(sj::object object, const RecordLine& record, const RecordPlace& where,
                                     BatchBuilder& out) {
  // One look at the names decides the shape; then the object is read again from its start.
  bool has_op = false, has_payload = false, has_schema = false, has_image = false;
  // (Names are compared as they stand: unescaping them twice could use up the parser's buffer.)
  for (auto field : object) {
    const sj::raw_json_string name = field.key();
    has_op = has_op || name == "op";
    has_payload = has_payload || name == "payload";
    has_schema = has_schema || name == "schema";
    has_image = has_image || name == "before" || name == "after";
  }
  object.reset();
  if (has_schema && has_payload && !has_op) {
    std::string_view schema;
    for (auto field : object) {
      const sj::raw_json_string name = field.key();
      sj::value value = field.value();
      if (name == "schema") {
        if (value.type() != sj::json_type::object) continue;
        schema = RawObject(value);
        LearnSchema(schema);
      } else if (name == "payload") {
        if (value.is_null()) return DeleteByKey(record, out);
        DecodeDetected(value.get_object(), record, where, out);
      }
    }
    return;
  }
  if (has_op && has_image) {
    const size_t first = out.rows();
    Message message;
    ReadEnvelope(object, &message, out);
    return FinishEnvelope(message, first, record, where, out);
  }
  DecodeUnwrapped(object, record, out);
}

/// A row by itself: it replaces the row that had the record's key.
void DebeziumDecoder::DecodeUnwrapped(sj::object& object, const RecordLine& record, BatchBuilder& out) {
  const size_t first = out.rows();
  bool deleted = false;
  for (auto field : object)
    if (sj::raw_json_string(field.key()) == "__deleted") {
      sj::value value = field.value();
      deleted = value.type() == sj::json_type::string
                    ? std::string_view(value.get_string()) == "true"
                    : value.type() == sj::json_type::boolean && bool(value.get_bool());
    }
  if (deleted) return DeleteByKey(record, out);
  object.reset();
  std::string old;
  if (!record.key.is_null) {
    const auto found = rows_by_key_.find(std::string(record.key.bytes));
    if (found != rows_by_key_.end()) {
      old = found->second;
      DecodeRow(old, out.columns(), 0, out.columns().size());
      out.RowDone(RowKind::kUpdateBefore);
    }
  }
  const size_t row = out.rows();
  reader_.Read(object, old.empty() ? RowKind::kInsert : RowKind::kUpdateAfter, ignore_errors_, false, out);
  metadata_.Fill(record, {}, {}, row, out);
  if (record.key.is_null) return;
  std::string encoded;
  for (const auto& column : out.columns()) EncodeValue(*column, row, &encoded);
  if (encoded == old) return out.Truncate(first);
  rows_by_key_[std::string(record.key.bytes)] = std::move(encoded);
}

void DebeziumDecoder::DeleteByKey(const RecordLine& record, BatchBuilder& out) {
  const auto found = rows_by_key_.find(std::string(record.key.bytes));
  if (record.key.is_null || found == rows_by_key_.end()) return;
  DecodeRow(found->second, out.columns(), 0, out.columns().size());
  out.RowDone(RowKind::kDelete);
  rows_by_key_.erase(found);
}

namespace {

void LearnField(const nlohmann::json& field, const std::string& name, JsonRowReader& reader) {
  for (size_t i = 0; i < reader.columns().size(); ++i) {
    if (reader.columns()[i].name != name) continue;
    JsonFieldRules& rules = reader.rules(i);
    rules.connect_name = field.value("name", "");
    rules.connect_scale = -1;
    if (rules.connect_name != "org.apache.kafka.connect.data.Decimal") continue;
    const auto parameters = field.find("parameters");
    if (parameters != field.end() && parameters->contains("scale"))
      rules.connect_scale = std::atoi((*parameters)["scale"].get<std::string>().c_str());
  }
}

}  // namespace

void DebeziumDecoder::LearnSchema(std::string_view schema) {
  if (schema == last_schema_) return;
  last_schema_ = schema;
  const nlohmann::json parsed = nlohmann::json::parse(schema, nullptr, false);
  if (parsed.is_discarded() || !parsed.contains("fields") || !parsed["fields"].is_array()) return;
  for (const nlohmann::json& field : parsed["fields"]) {
    const std::string name = field.value("field", "");
    if (name == "after" && field.contains("fields") && field["fields"].is_array()) {
      for (const nlohmann::json& column : field["fields"]) LearnField(column, column.value("field", ""), reader_);
      return;
    }
    LearnField(field, name, reader_);
  }
}

void DebeziumDecoder::LearnColumns(std::string_view columns_json) {
  const nlohmann::json parsed = nlohmann::json::parse(columns_json, nullptr, false);
  if (!parsed.is_array()) return;
  std::vector<std::string> names;
  for (const nlohmann::json& column : parsed) {
    if (!column.is_object()) continue;
    names.push_back(column.value("name", ""));
    if (detect_ && column.contains("connect") && column["connect"].is_object())
      LearnField(column["connect"], names.back(), reader_);
  }
  reader_.ExpectColumns(names);
}

void DebeziumDecoder::FailShape(const Message& message, const RecordLine& record, const RecordPlace& where) const {
  const std::string what =
      where() + ": topic " + std::string(record.topic) + ": table '" + table_.name + "' has the format debezium-json, ";
  const std::string shown = Shown(std::string(record.payload.bytes), 200);
  const std::string detect = "cdc-sql --format-detect reads either shape";
  if (schema_include_ && message.has_op)
    Fail(ExitStatus::kData,
         what + "with 'debezium-json.schema-include' = 'true', and the record is an envelope without schema", shown,
         "in WITH of '" + table_.name +
             "' take out 'debezium-json.schema-include';\nor in the connector file set "
             "\"value.converter.schemas.enable\":\"true\";\nor " +
             detect);
  if (!schema_include_ && message.has_schema && message.has_payload) {
    const bool unwrapped = record.payload.bytes.find("\"op\":") == std::string_view::npos;
    std::string hint =
        unwrapped ? "in the connector file take out \"transforms\":\"unwrap\" and set "
                    "\"value.converter.schemas.enable\":\"false\""
                  : "in the connector file set \"value.converter.schemas.enable\":\"false\";\nor in WITH of '" +
                        table_.name + "' add 'debezium-json.schema-include' = 'true'";
    Fail(ExitStatus::kData,
         what + std::string("and the record is ") + (unwrapped ? "an unwrapped row" : "an envelope") +
             " with its schema around it ({\"schema\":…,\"payload\":…})",
         shown, hint + ";\nor " + detect);
  }
  if (message.has_schema || message.has_payload || message.has_before || message.has_after)
    Fail(ExitStatus::kData, what + "and the record is no envelope: it has no \"op\"", shown, detect);
  Fail(ExitStatus::kData, what + "and the record is an unwrapped row: it has no \"before\", \"after\" and \"op\"",
       shown,
       "in the connector file take out \"transforms\":\"unwrap\", so that records are envelopes;\nor " + detect +
           ";\nor in WITH of '" + table_.name + "' set 'format' = 'json', which takes each record as a new row");
}

}  // namespace cdc::sql
