#include "tools/cdc-apply/row_decoder.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::apply {
namespace {

constexpr const char* kDeletedMark = "__deleted";  // of ExtractNewRecordState

std::string_view Member(std::string_view object, std::string_view name) {
  JsonMembers members(object);
  while (members.Next())
    if (members.name() == name) return members.value();
  return {};
}

/// The struct of the row in the schema of an envelope: its field "after".
std::string_view RowSchema(std::string_view schema, bool envelope) {
  if (!envelope) return schema;
  JsonElements fields(Member(schema, "fields"));
  while (fields.Next())
    if (Member(fields.value(), "field") == "\"after\"") return fields.value();
  return {};
}

bool IsEnvelope(std::string_view payload, const std::string& where) {
  bool op = false, image = false, others = false;
  JsonMembers members(payload);
  while (members.Next()) {
    const std::string_view name = members.name();
    if (name == "op")
      op = true;
    else if (name == "before" || name == "after")
      image = true;
    else if (name != "source" && name != "transaction" && name.substr(0, 3) != "ts_")
      others = true;
  }
  // Nothing but members of an envelope, and not all that it needs: no row of a table looks like this.
  if (op != image && !others)
    Fail(ExitStatus::kData, where + ": an envelope without " + (op ? "before and after" : "op"),
         Shown(std::string(payload)), "a table with these columns needs a schema line; see cdc-stream(5)");
  return op && image;
}

bool IsObject(std::string_view raw) {
  return !raw.empty() && raw.front() == '{';
}

/// Of a record's `source` block: microseconds, or milliseconds of connectors before 3.0; 0 where it tells neither.
int64_t CommitTimeOf(std::string_view source) {
  int64_t time = 0;
  if (!IsObject(source)) return 0;
  if (ParseJsonInteger(Member(source, "ts_us"), &time)) return time;
  return ParseJsonInteger(Member(source, "ts_ms"), &time) ? time * 1000 : 0;
}

}  // namespace

RowDecoder::Source& RowDecoder::SourceOf(const std::string& topic) {
  auto& slot = sources_[topic];
  if (!slot) slot = std::make_unique<Source>();
  return *slot;
}

void RowDecoder::SetTable(Source& source, TargetTable table) {
  source.table = std::move(table);
  source.splitter = std::make_unique<RowSplitter>(source.table.ColumnNames());
  source.announced = false;
}

void RowDecoder::TakeSchemaLine(const ControlLine& control, const std::string& where) {
  const std::string topic = control.Text("topic");
  Source& source = SourceOf(topic);
  if (control.Has("shape") && control.Text("shape") == "other") {
    source.shape = Shape::kOther;
    return;
  }
  const std::string name =
      names_.For(topic, control.Has("db") ? control.Text("db") : "", control.Has("table") ? control.Text("table") : "");
  SetTable(source, TableFromSchemaLine(control, name, where));
  source.has_schema_line = true;
  source.shape = control.Has("shape") && control.Text("shape") == "unwrapped" ? Shape::kUnwrapped : Shape::kEnvelope;
}

void RowDecoder::TakeTableLine(const ControlLine& control, const std::string& where) {
  TableSchema schema = ParseTableLine(control, where);
  const std::string topic = schema.db + "." + schema.table;
  // Behind cdc-encode these lines still come by, but no change lines follow: only a row makes a target of them.
  announced_[topic] = std::move(schema);
}

RowDecoder::Wrapped RowDecoder::Unwrap(std::string_view json, const std::string& where) {
  Wrapped wrapped{{}, json};
  JsonMembers members(json);
  int count = 0;
  while (members.Next()) {
    ++count;
    if (count == 1 && members.name() == "schema")
      wrapped.schema = members.value();
    else if (count == 2 && members.name() == "payload" && !wrapped.schema.empty())
      wrapped.payload = members.value();
    else
      return {{}, json};
    if (count == 2) break;
  }
  if (count < 2) {
    if (!members.ok()) Fail(ExitStatus::kData, where + ": the record is no JSON object", Shown(std::string(json)));
    return {{}, json};
  }
  return wrapped;
}

void RowDecoder::InferTable(Source& source, std::string_view row, std::string_view key, const std::string& where) {
  TargetTable table = source.table;
  table.inferred = true;
  if (table.name.empty()) table.name = names_.For(topic_, "", "");
  const bool first = table.columns.empty();
  bool grown = first;
  const auto take = [&](std::string_view object) {
    JsonMembers members(object);
    while (members.Next()) {
      const std::string name = UnescapeJsonString(members.raw_name(), where);
      if (table.Find(name) < table.columns.size()) continue;
      TargetColumn column;
      column.name = name;
      table.columns.push_back(column);
      grown = true;
    }
    if (!members.ok()) Fail(ExitStatus::kData, where + ": malformed row", Shown(std::string(object)));
  };
  if (IsObject(key)) take(key);
  if (first) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      table.key.push_back(i);
      table.columns[i].nullable = false;
    }
  }
  if (IsObject(row)) take(row);
  if (grown) SetTable(source, std::move(table));
}

void RowDecoder::LearnTable(Source& source, const Wrapped& key, const Wrapped& value, std::string_view row,
                            const std::string& where) {
  // A record without a value (a tombstone) says nothing of columns.
  const bool says_nothing = value.schema.empty() || value.schema == "null";
  if (!says_nothing && source.value_schema == value.schema && source.key_schema == key.schema) return;
  const std::string_view row_schema = RowSchema(value.schema, source.shape == Shape::kEnvelope);
  if (!row_schema.empty() && row_schema != "null") {
    source.value_schema = value.schema;
    source.key_schema = key.schema;
    SetTable(source, TableFromConnectSchema(row_schema, key.schema, names_.For(topic_, "", ""), where));
    return;
  }
  if (source.splitter && !source.table.inferred) return;
  InferTable(source, row, key.payload, where);
}

void RowDecoder::SplitRow(Source& source, std::string_view row, const std::string& where) {
  if (!IsObject(row)) Fail(ExitStatus::kData, where + ": a row that is no JSON object", Shown(std::string(row)));
  if (source.table.inferred) InferTable(source, row, {}, where);
  source.splitter->Split(row, where, &split_);
}

void RowDecoder::DecodeRow(Source& source, std::string_view row, const std::string& where, std::vector<Value>* values) {
  SplitRow(source, row, where);
  values->resize(split_.size());
  for (size_t i = 0; i < split_.size(); ++i) (*values)[i] = values_.Decode(split_[i], source.table.columns[i], where);
}

void RowDecoder::DecodeOldRow(Source& source, std::string_view row, const std::string& where,
                              std::vector<Value>* values) {
  if (wants_old_rows_ || source.table.key.empty()) return DecodeRow(source, row, where, values);
  SplitRow(source, row, where);
  values->assign(split_.size(), {});
  for (const size_t i : source.table.key) (*values)[i] = values_.Decode(split_[i], source.table.columns[i], where);
}

/// A row without a key is taken away and added anew: what its new image does not carry is as it was.
void RowDecoder::CompleteRow(const TargetTable& table, const std::string& where, RowChange* change) {
  if (change->kind != RowChange::Kind::kUpsert || !change->has_before) return;
  // Where the rows themselves tell the columns the new one may have brought some.
  change->before.resize(change->after.size());
  if (!table.key.empty()) return;
  for (size_t i = 0; i < change->after.size(); ++i) {
    if (!change->after[i].is_absent()) continue;
    change->after[i] = change->before[i];
    if (change->after[i].is_absent() && !table.inferred && !table.columns[i].is_generated)
      Fail(ExitStatus::kData,
           where + ": a row of table \"" + table.name + "\", which has no key, is changed, and its column \"" +
               table.columns[i].name + "\" is in neither of its images",
           "the source writes partial row images (binlog_row_image)", "binlog_row_image=FULL at the source");
  }
}

/// What was under a key that its row leaves is to be known whole, to tell it from what is there by now.
void RowDecoder::DecodeLetter(Source& source, std::string_view before, const std::string& where, RowChange* change) {
  if (!reads_letters_ || source.table.key.empty()) return;
  const bool leaves = change->kind == RowChange::Kind::kDelete ||
                      (change->kind == RowChange::Kind::kUpsert && KeyMoves(source.table.key, *change));
  if (!leaves) return;
  if (IsObject(before)) DecodeRow(source, before, where, &change->before);
  change->checks_old_row = true;
}

void RowDecoder::DecodeKey(Source& source, std::string_view key, const std::string& where, std::vector<Value>* values) {
  DecodeRow(source, key, where, values);
  for (const size_t index : source.table.key)
    if ((*values)[index].is_absent())
      Fail(ExitStatus::kData, where + ": the record's key lacks column \"" + source.table.columns[index].name + "\"",
           Shown(std::string(key)));
}

void RowDecoder::DecodeEnvelope(Source& source, std::string_view payload, std::string_view key,
                                const std::string& where, RowChange* change) {
  std::string_view before, after, op, source_block;
  JsonMembers members(payload);
  while (members.Next()) {
    if (members.name() == "before")
      before = members.value();
    else if (members.name() == "after")
      after = members.value();
    else if (members.name() == "op")
      op = members.value();
    else if (members.name() == "source")
      source_block = members.value();
  }
  if (!members.ok() || op.size() != 3)
    Fail(ExitStatus::kData, where + ": malformed envelope", Shown(std::string(payload)));
  change->op = op[1];
  if (wants_times_) change->ts_us = CommitTimeOf(source_block);
  const bool deletes = change->op == 'd';
  switch (change->op) {
    case 'c':
    case 'u':
    case 'r': change->kind = RowChange::Kind::kUpsert; break;
    case 'd': change->kind = RowChange::Kind::kDelete; break;
    case 't': change->kind = RowChange::Kind::kTruncate; return;
    case 'm': return;
    default: Fail(ExitStatus::kData, where + ": unknown op " + Shown(std::string(op)), "c, u, d, r, t and m are known");
  }
  if (IsObject(before)) {
    DecodeOldRow(source, before, where, &change->before);
    change->has_before = true;
  } else if (deletes && IsObject(key)) {
    DecodeKey(source, key, where, &change->before);
    change->has_before = true;
  }
  if (deletes && !change->has_before)
    Fail(ExitStatus::kData, where + ": a delete without before and without key", Shown(std::string(payload)));
  if (!deletes) DecodeRow(source, after, where, &change->after);
  CompleteRow(source.table, where, change);
  DecodeLetter(source, before, where, change);
}

/// The row of a delete that ExtractNewRecordState has rewritten. What that adds (__deleted, and the fields of
/// add.fields, with the prefix __ by default) tells of the change, and the row in the target has its own there.
void RowDecoder::DecodeRewritten(Source& source, std::string_view payload, const std::string& where,
                                 std::vector<Value>* values) {
  DecodeRow(source, payload, where, values);
  const auto& columns = source.table.columns;
  const auto is_typed = [](const TargetColumn& column) { return !column.mysql_type.empty(); };
  const bool types_tell = std::any_of(columns.begin(), columns.end(), is_typed);
  for (size_t i = 0; i < columns.size(); ++i)
    if (types_tell ? !is_typed(columns[i]) : columns[i].name.rfind("__", 0) == 0) (*values)[i] = {};
}

void RowDecoder::DecodeUnwrapped(Source& source, std::string_view payload, std::string_view key,
                                 const std::string& where, RowChange* change) {
  const bool is_tombstone = payload == "null";
  if (is_tombstone || Member(payload, kDeletedMark) == "\"true\"") {
    const bool has_key = IsObject(key);
    const bool is_rewritten = source.table.Find(kDeletedMark) < source.table.columns.size();
    if (!has_key && !is_rewritten && !needs_deletes_) return;
    if (!has_key && !is_rewritten)
      Fail(ExitStatus::kData, where + ": a delete without key", "",
           "a table without a key needs whole rows: delete.tombstone.handling.mode=rewrite, or envelopes");
    // The rewritten record before this tombstone has told of the delete.
    if (!has_key && is_tombstone) return;
    change->kind = RowChange::Kind::kDelete;
    change->op = 'd';
    is_told_ = is_tombstone && is_rewritten;
    if (!has_key)
      DecodeRewritten(source, payload, where, &change->before);
    else if (is_tombstone || !(wants_old_rows_ || reads_letters_))
      DecodeKey(source, key, where, &change->before);
    else
      DecodeWithKey(source, payload, key, where, &change->before);
    change->has_before = true;
    change->checks_old_row = reads_letters_ && !source.table.key.empty();
    return;
  }
  change->kind = RowChange::Kind::kUpsert;
  change->op = 'u';
  DecodeWithKey(source, payload, key, where, &change->after);
}

/// The value need not repeat the key (upsert-kafka's value.fields-include = EXCEPT_KEY).
void RowDecoder::DecodeWithKey(Source& source, std::string_view row, std::string_view key, const std::string& where,
                               std::vector<Value>* values) {
  DecodeRow(source, row, where, values);
  if (!IsObject(key)) return;
  const auto lacks = [&](size_t index) { return (*values)[index].is_absent(); };
  if (std::none_of(source.table.key.begin(), source.table.key.end(), lacks)) return;
  std::vector<Value> of_key;
  DecodeKey(source, key, where, &of_key);
  for (const size_t index : source.table.key)
    if (lacks(index)) (*values)[index] = of_key[index];
}

void RowDecoder::DecodeRecord(std::string_view line, const std::string& where, RowChange* change) {
  change->Clear();
  is_told_ = false;
  values_.Reset();
  reader_.Parse(line, where, &record_);
  topic_ = record_.topic;
  Source& source = SourceOf(topic_);
  if (source.shape == Shape::kOther) return;
  Wrapped key, value;
  if (!record_.key.is_null && IsObject(record_.key.bytes)) key = Unwrap(record_.key.bytes, where);
  // JsonConverter writes a tombstone without schemas as the four bytes of JSON's null.
  if (record_.payload.is_null || record_.payload.bytes == "null") {
    // After an envelope's delete this is the tombstone for compaction, which says nothing new.
    if (source.shape == Shape::kEnvelope) return;
    value.payload = "null";
  } else {
    if (!IsObject(record_.payload.bytes))
      Fail(ExitStatus::kData, where + ": the payload of topic \"" + topic_ + "\" is no JSON object",
           Shown(std::string(record_.payload.bytes)), "cdc-apply reads envelopes and rows in JSON");
    value = Unwrap(record_.payload.bytes, where);
  }
  if (source.shape == Shape::kUnknown && IsObject(value.payload))
    source.shape = IsEnvelope(value.payload, where) ? Shape::kEnvelope : Shape::kUnwrapped;
  if (source.shape == Shape::kEnvelope) {
    if (!source.has_schema_line) {
      const std::string_view after = Member(value.payload, "after");
      LearnTable(source, key, value, IsObject(after) ? after : Member(value.payload, "before"), where);
    }
    DecodeEnvelope(source, value.payload, key.payload, where, change);
  } else {
    // A tombstone as the first record of a topic tells only its key.
    if (!source.has_schema_line) LearnTable(source, key, value, value.payload, where);
    DecodeUnwrapped(source, value.payload, key.payload, where, change);
  }
  CheckMovedRow(*change, source.table, where);
  change->table = &source.table;
  change->table_changed = !source.announced;
  source.announced = true;
}

bool RowDecoder::TellsTime(std::string_view line, const std::string& where) {
  reader_.Parse(line, where, &record_);
  if (record_.payload.is_null || !IsObject(record_.payload.bytes)) return false;
  return CommitTimeOf(Member(Unwrap(record_.payload.bytes, where).payload, "source")) != 0;
}

/// A row whose key changed comes as a delete and an insert, so what a partial image does not hold is gone by then.
void RowDecoder::CheckMovedRow(const RowChange& change, const TargetTable& table, const std::string& where) const {
  for (size_t i = 0; i < change.after.size(); ++i) {
    if (!change.after[i].is_absent()) continue;
    for (const auto& [name, value] : record_.headers)
      if (name == "__debezium.oldkey")
        Fail(ExitStatus::kData,
             where + ": the key of a row changed, and the record does not hold its column \"" + table.columns[i].name +
                 "\"",
             "the source writes partial row images (binlog_row_image)",
             "binlog_row_image=FULL at the source, or a pipe of change lines: binlog-tail | cdc-apply");
  }
}

void RowDecoder::DecodeChange(std::string_view line, const std::string& where, RowChange* change) {
  change->Clear();
  is_told_ = false;
  ChangeLine parsed;
  ParseChangeLine(line, where, &parsed);
  values_.Reset(parsed.op == 'r');
  std::string name;
  if (!AppendUnescaped(name, std::string("\"") + std::string(parsed.db) + "." + std::string(parsed.table) + "\""))
    Fail(ExitStatus::kData, where + ": malformed table name");
  if (const auto announced = announced_.find(name); announced != announced_.end()) {
    const TableSchema& schema = announced->second;
    SetTable(SourceOf(name), TableFromTableLine(schema, names_.For(name, schema.db, schema.table)));
    announced_.erase(announced);
  }
  const auto found = sources_.find(name);
  if (found == sources_.end() && parsed.op == 't') {
    change->op = parsed.op;
    change->kind = RowChange::Kind::kTruncate;
    unknown_ = {};
    AppendUnescaped(unknown_.source_db, "\"" + std::string(parsed.db) + "\"");
    AppendUnescaped(unknown_.source_table, "\"" + std::string(parsed.table) + "\"");
    change->table = &unknown_;
    return;
  }
  if (found == sources_.end())
    Fail(ExitStatus::kData, where + ": a row of table \"" + name + "\" arrived before its table line", "",
         "a filter between the stages must pass control lines on, in order");
  Source& source = *found->second;
  change->op = parsed.op;
  change->ts_us = parsed.ts_us;
  change->kind = parsed.op == 'd'   ? RowChange::Kind::kDelete
                 : parsed.op == 't' ? RowChange::Kind::kTruncate
                                    : RowChange::Kind::kUpsert;
  if (!parsed.before.empty()) {
    DecodeOldRow(source, parsed.before, where, &change->before);
    change->has_before = true;
  }
  if (!parsed.after.empty()) DecodeRow(source, parsed.after, where, &change->after);
  CompleteRow(source.table, where, change);
  DecodeLetter(source, parsed.before, where, change);
  change->table = &source.table;
  change->table_changed = !source.announced;
  source.announced = true;
}

}  // namespace cdc::apply
