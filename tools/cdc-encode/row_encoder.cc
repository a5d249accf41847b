#include "tools/cdc-encode/row_encoder.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/record_line.h"
#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/value_writer.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kNull = "null";
const RowText kNullRow(kNull);
const std::string kOperationSchema = R"({"type":"string","optional":false})";

/// The clock of the envelope: the moment at which the record is made, in nanoseconds.
int64_t NowNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

}  // namespace

void RowEncoder::BadValue(const TablePlan& plan, size_t index, std::string_view raw) const {
  Fail(ExitStatus::kData,
       ": " + plan.raw_db + "." + plan.raw_table + ", column " + plan.columns[index].schema.field +
           ": the value is not one of the column's type",
       Shown(std::string(raw)), "the table line that describes the table must come before its rows");
}

void RowEncoder::AppendColumn(const TablePlan& plan, size_t index, std::string_view raw, std::string& out) {
  if (!AppendValue(out, plan.columns[index], raw, snapshot_)) BadValue(plan, index, raw);
}

void RowEncoder::RenderRow(const TablePlan& plan, const Values& values, RowText& out) {
  out.Clear();
  std::string& text = out.own();
  char separator = '{';
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty() || plan.members[i].empty()) continue;
    text += separator;
    separator = ',';
    text += plan.members[i];
    if (!AppendRowValue(out, plan.columns[i], values[i], snapshot_)) BadValue(plan, i, values[i]);
  }
  if (separator == '{') text += '{';
  text += '}';
}

void RowEncoder::RenderKey(const TablePlan& plan, const Values& values, std::string& out) {
  out.clear();
  if (!plan.has_key()) return;
  char separator = '{';
  for (size_t i = 0; i < plan.keys.size(); ++i) {
    const size_t index = plan.key_columns[i];
    // A partial row image of an update has a key column only before it. The original's snapshot does not read a column
    // that values leave out, not even for the key, unless that leaves none to read.
    const bool unread = snapshot_ && plan.columns[index].left_out && !plan.all_left_out;
    const std::string_view raw = unread ? kNull : values[index].empty() ? before_values_[index] : values[index];
    if (raw.empty())
      Fail(ExitStatus::kData, ": " + plan.raw_db + "." + plan.raw_table + ": the row does not carry its key column " +
                                  plan.columns[index].schema.field);
    out += separator;
    separator = ',';
    out += plan.key_members[i];
    if (!AppendValue(out, plan.keys[i], raw, snapshot_)) BadValue(plan, index, raw);
  }
  if (separator == '{') out += separator;
  out += plan.key_extra;
  out += '}';
}

/// A key as SimpleHeaderConverter prints a struct.
void RowEncoder::AppendPlainKey(const TablePlan& plan, const Values& values, std::string& out) {
  char separator = '{';
  for (size_t i = 0; i < plan.keys.size(); ++i) {
    const size_t index = plan.key_columns[i];
    const std::string_view raw = values[index].empty() ? before_values_[index] : values[index];
    out += separator;
    separator = ',';
    out += '"';
    out += plan.keys[i].schema.field;
    out += "\":";
    if (!AppendHeaderValue(out, plan.keys[i], raw, snapshot_)) BadValue(plan, index, raw);
  }
  if (separator == '{') out += separator;
  out += plan.key_extra;
  out += '}';
}

void RowEncoder::RenderHeader(const TablePlan& plan, const Values& values, std::string_view name, std::string& out) {
  std::string text;
  if (settings_.json_headers)
    RenderKey(plan, values, text);
  else
    AppendPlainKey(plan, values, text);
  if (settings_.json_headers && settings_.header_schemas)
    text = "{\"schema\":" + plan.key_schema + ",\"payload\":" + text + "}";
  out = "\"";
  out += name;
  out += "\",";
  AppendRecordBytes(out, {false, text});
}

/// Digits of a positive number and parts of them: a clock's nanoseconds hold its microseconds and milliseconds.
class ClockDigits {
 public:
  explicit ClockDigits(int64_t value) {
    size_ = static_cast<size_t>(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr - digits_);
  }
  std::string_view WithoutLast(size_t count) const { return {digits_, size_ > count ? size_ - count : 0}; }

 private:
  char digits_[24];
  size_t size_;
};

/// The members from `,"source":` on, up to the value of op. All but the row's index is the same for the rows of one
/// event.
void RowEncoder::RenderTail(const ChangeLine& change, const TablePlan& plan) {
  const bool same = source_plan_ == &plan && source_serial_ == plan.serial && change.op == source_op_ &&
                    change.ts_us == source_ts_us_ && change.pos == source_pos_ && change.thread == source_thread_ &&
                    change.server_id == source_server_id_ && change.gtid == source_gtid_ &&
                    change.file == source_file_ && change.snapshot == source_snapshot_ && change.query.empty() &&
                    !source_query_;
  if (!same) RenderEvent(change, plan);
  source_.resize(source_head_length_);
  AppendInteger(source_, change.row);
  source_ += source_end_;
}

void RowEncoder::RenderEvent(const ChangeLine& change, const TablePlan& plan) {
  source_plan_ = &plan;
  source_serial_ = plan.serial;
  source_op_ = change.op;
  source_ts_us_ = change.ts_us;
  source_pos_ = change.pos;
  source_thread_ = change.thread;
  source_server_id_ = change.server_id;
  source_gtid_ = change.gtid;
  source_file_ = change.file;
  source_snapshot_ = change.snapshot;
  source_query_ = !change.query.empty();
  // A snapshot has the server's clock in seconds, a DDL's event milliseconds.
  int64_t ts_us = change.ts_us;
  if (change.op == 'r') ts_us -= ts_us % 1000000;
  if (change.op == 't') ts_us -= ts_us % 1000;
  std::string& out = source_;
  out.clear();
  out += ',';
  out += plan.source_head;
  AppendInteger(out, ts_us / 1000);
  // In the stream the field is not set, so the converter writes its default.
  if (change.op != 'r') {
    out += settings_.value_null_default ? ",\"snapshot\":\"false\"" : ",\"snapshot\":null";
  } else {
    out += ",\"snapshot\":\"";
    out += change.snapshot.empty() ? "true" : change.snapshot;
    out += '"';
  }
  out += plan.source_db;
  AppendInteger(out, ts_us);
  out += ",\"ts_ns\":";
  AppendInteger(out, ts_us * 1000);
  out += plan.source_table;
  AppendInteger(out, change.server_id);
  if (change.gtid.empty()) {
    out += ",\"gtid\":null,\"file\":\"";
  } else {
    out += ",\"gtid\":\"";
    out += change.gtid;
    out += "\",\"file\":\"";
  }
  out += change.file;
  out += "\",\"pos\":";
  AppendInteger(out, change.pos);
  out += ",\"row\":";
  source_head_length_ = out.size();
  std::string& end = source_end_;
  end = ",\"thread\":";
  if (change.thread < 0 || change.op == 't')
    end += kNull;
  else
    AppendInteger(end, change.thread);
  end += ",\"query\":";
  if (settings_.include_query && !change.query.empty())
    AppendConnectRawString(end, change.query);
  else
    end += kNull;
  end += transactions_ == nullptr ? "},\"transaction\":null,\"op\":\"" : "},\"transaction\":";
}

/// What stands between the head of a text with schema and its end.
static std::string SchemaIn(std::string_view head) {
  constexpr std::string_view kBegin = "{\"schema\":", kEnd = ",\"payload\":";
  return std::string(head.substr(kBegin.size(), head.size() - kBegin.size() - kEnd.size()));
}

void RowEncoder::WriteThroughChain(const TablePlan& plan, bool has_key, std::string_view key, std::string_view headers,
                                   std::span<const Part> value) {
  ConnectRecord record;
  record.topic = plan.topic;
  if (!routed_head_.empty()) AppendUnescaped(record.topic.erase(), std::string_view(routed_head_).substr(8));
  if (has_key) record.key = {plan.key_schema, std::string(key)};
  if (value.size() > 1) {
    record.value = {SchemaIn(plan.value_head), {}};
    for (const Part& part : value.subspan(1, value.size() - 2)) {
      if (part.row == nullptr)
        record.value.value += part.text;
      else
        part.row->Write([&](std::string_view piece) { record.value.value += piece; });
    }
  } else if (value[0].text != kNull) {
    record.value.schema = SchemaIn(value[0].text.substr(0, value[0].text.size() - kNull.size() - 1));
  }
  record.headers = SplitHeaders(headers);
  chain_.Write(&record, plan.schema_line);
}

void RowEncoder::WriteRecord(const TablePlan& plan, bool keyed, std::string_view key, std::string_view headers,
                             std::span<const Part> value) {
  const bool has_key = keyed && plan.has_key();
  if (settings_.chain) return WriteThroughChain(plan, has_key, key, headers, value);
  const size_t key_length = has_key ? plan.key_head.size() + key.size() + plan.key_tail.size() : kNull.size();
  size_t value_length = 0;
  for (const Part& part : value) value_length += part.size();
  std::string& out = writer_.buffer();
  // Once for the whole line, which a record with schemas makes long. What is larger is not gathered at all.
  constexpr size_t kGathered = size_t{1} << 20;
  const std::string& record_head = routed_head_.empty() ? plan.record_head : routed_head_;
  const size_t needed = key_length + value_length + headers.size() + record_head.size() + 64;
  if (needed < kGathered && out.capacity() - out.size() < needed)
    out.reserve(std::max(out.size() + needed, out.capacity() * 2));
  if (writer_.control_lines()) {
    out += "{\"@len\":[";
    AppendInteger(out, key_length);
    out += ',';
    AppendInteger(out, value_length);
    out += "],";
  } else {
    out += '{';
  }
  out += record_head;
  if (!headers.empty()) {
    out += ",\"headers\":[";
    out += headers;
    out += ']';
  }
  out += ",\"key\":";
  if (has_key) {
    out += plan.key_head;
    out += key;
    out += plan.key_tail;
  } else {
    out += kNull;
  }
  out += ",\"payload\":";
  for (const Part& part : value) {
    const std::string* text = part.row == nullptr ? nullptr : part.row->if_short();
    if (part.row == nullptr || text != nullptr)
      writer_.Append(text != nullptr ? std::string_view(*text) : part.text);
    else
      part.row->Write([this](std::string_view piece) {
        writer_.Append(piece);
        writer_.RowWritten(0);
      });
  }
  out += "}\n";
  writer_.RowWritten();
}

void RowEncoder::WriteEnvelope(const TablePlan& plan, char op, std::string_view key, const RowText& before,
                               const RowText& after, std::string_view headers) {
  if (transactions_ != nullptr) transactions_->TakeRow(*change_, plan);
  if (settings_.unwrap.enabled) return WriteUnwrapped(plan, op, key, after, headers);
  const ClockDigits now(NowNanoseconds());
  value_.clear();
  if (transactions_ != nullptr) {
    value_ += transactions_->block();
    value_ += ",\"op\":\"";
  }
  value_ += op;
  value_ += "\",\"ts_ms\":";
  value_ += now.WithoutLast(6);
  value_ += ",\"ts_us\":";
  value_ += now.WithoutLast(3);
  value_ += ",\"ts_ns\":";
  value_ += now.WithoutLast(0);
  value_ += '}';
  const Part value[] = {
      plan.value_head, "{\"before\":", before, ",\"after\":", after, source_, value_, plan.value_tail};
  WriteRecord(plan, op != 't', key, headers, value);
}

void RowEncoder::AppendAddition(const TablePlan& plan, const PlannedAddition& addition, char op, std::string& out) {
  const bool before = addition.field.part == AddedField::Part::kBefore;
  if (addition.field.part == AddedField::Part::kTransaction && transactions_ != nullptr &&
      transactions_->block() != kNull) {
    if (addition.field.member == "id")
      AppendJsonString(out, transactions_->id());
    else
      AppendInteger(out, addition.field.member == "total_order" ? transactions_->total() : transactions_->of_table());
    return;
  }
  const bool query = addition.field.part == AddedField::Part::kSource && addition.field.member == "query";
  if (query && settings_.include_query && !change_->query.empty()) return AppendConnectRawString(out, change_->query);
  if (!before && addition.field.part != AddedField::Part::kAfter) {
    const ClockDigits now(NowNanoseconds());
    const EnvelopeClock clock = {now.WithoutLast(6), now.WithoutLast(3), now.WithoutLast(0)};
    return AppendAddedValue(out, addition.field, op, *change_, plan.source_name, plan.source_db_name,
                            plan.source_table_name, clock);
  }
  const bool there = before ? op == 'u' || op == 'd' : op != 'd';
  const std::string_view raw = there ? (before ? before_values_ : after_values_)[addition.column] : std::string_view();
  // Copied without its default: a null stays one.
  if (raw.empty() || raw == kNull)
    out += kNull;
  else
    AppendColumn(plan, addition.column, raw, out);
}

/// add.headers. A tombstone has those of its delete, and once more the operation, the only one known of it itself.
std::string_view RowEncoder::AddHeaders(const TablePlan& plan, char op, bool tombstone, std::string_view headers) {
  if (plan.add_headers.empty()) return headers;
  all_headers_ = headers;
  for (const PlannedAddition& addition : plan.add_headers) {
    if (tombstone && addition.field.part != AddedField::Part::kOp) continue;
    if (!all_headers_.empty()) all_headers_ += ',';
    AppendJsonString(all_headers_, addition.field.name);
    all_headers_ += ',';
    std::string json;
    AppendAddition(plan, addition, op, json);
    if (settings_.json_headers) {
      const std::string& schema = tombstone ? kOperationSchema : addition.schema;
      if (settings_.header_schemas) json = "{\"schema\":" + schema + ",\"payload\":" + json + "}";
      AppendRecordBytes(all_headers_, {false, json});
    } else if (json[0] != '"') {
      AppendRecordBytes(all_headers_, {json == kNull, json});
    } else if (std::string text; AppendUnescaped(text, json)) {
      AppendRecordBytes(all_headers_, {false, text});
    } else {
      all_headers_ += json;  // an unpaired surrogate, which only the escape can name
    }
  }
  return all_headers_;
}

/// route.by.field: the topic is the value of a column of the row, of one that a null deletes its old row.
void RowEncoder::Route(const TablePlan& plan, const Values& values) {
  const std::string& field = settings_.unwrap.route_field;
  if (field.empty()) return;
  std::string json, topic;
  for (size_t i = 0; i < plan.columns.size(); ++i)
    if (plan.columns[i].schema.field == field && !values[i].empty()) AppendColumn(plan, i, values[i], json);
  if (!AppendUnescaped(topic, json) || topic.empty())
    Fail(ExitStatus::kData,
         ": " + plan.raw_db + "." + plan.raw_table + ": column \"" + field + "\" does not name a topic", Shown(json),
         "route.by.field needs a text column that each captured table has");
  routed_head_ = "\"topic\":";
  AppendJsonString(routed_head_, topic);
  // The table's own schema line, under the other name.
  std::string line = "{\"@cdc\":\"schema\"," + routed_head_;
  line += std::string_view(plan.schema_line).substr(line.find(',') + 1 + plan.record_head.size());
  if (!settings_.chain && routed_to_.insert(line).second) writer_.Control(line);
}

void RowEncoder::WriteUnwrapped(const TablePlan& plan, char op, std::string_view key, const RowText& row,
                                std::string_view headers) {
  row_ = row;
  std::string& text = row_.own();
  if (settings_.unwrap.rewrite()) {
    text.pop_back();
    text += row_.size() > 1 ? ",\"__deleted\":\"" : "\"__deleted\":\"";
    text += op == 'd' ? "true\"}" : "false\"}";
  }
  if (!plan.add_fields.empty()) text.pop_back();
  for (const PlannedAddition& addition : plan.add_fields) {
    if (row_.size() > 1) text += ',';
    text += addition.member;
    AppendAddition(plan, addition, op, text);
  }
  if (!plan.add_fields.empty()) text += '}';
  // A delete's old row is taken from the record as it came, so that its topic stays.
  if (op != 'd') Route(plan, after_values_);
  const Part value[] = {plan.value_head, row_, plan.value_tail};
  WriteRecord(plan, true, key, AddHeaders(plan, op, false, headers), value);
  routed_head_.clear();
}

void RowEncoder::WriteDelete(const TablePlan& plan, std::string_view key, std::string_view headers) {
  if (!settings_.unwrap.enabled) return WriteEnvelope(plan, 'd', key, before_, kNullRow, headers);
  switch (settings_.unwrap.on_delete) {
    case UnwrapSettings::Delete::kDrop:
      if (transactions_ != nullptr) transactions_->TakeRow(*change_, plan);
      AddHeaders(plan, 'd', false, headers);
      return;
    case UnwrapSettings::Delete::kNull: {
      const Part null_value = plan.null_value;
      if (transactions_ != nullptr) transactions_->TakeRow(*change_, plan);
      Route(plan, before_values_);
      WriteRecord(plan, true, key, AddHeaders(plan, 'd', false, headers), {&null_value, 1});
      return routed_head_.clear();
    }
    case UnwrapSettings::Delete::kRewrite: return WriteEnvelope(plan, 'd', key, kNullRow, before_, headers);
  }
}

void RowEncoder::WriteTombstone(const TablePlan& plan, std::string_view key, std::string_view headers) {
  if (!settings_.tombstones || (settings_.unwrap.enabled && !settings_.unwrap.keep_tombstones)) return;
  const Part null_value = kNull;
  if (plan.add_headers.empty()) return WriteRecord(plan, true, key, headers, {&null_value, 1});
  const std::string of_delete = all_headers_;
  WriteRecord(plan, true, key, AddHeaders(plan, 'd', true, of_delete), {&null_value, 1});
}

/// A null is another value than the default that stands for it in the record.
bool RowEncoder::NullsDiffer(const TablePlan& plan) const {
  for (size_t i = 0; i < plan.columns.size(); ++i)
    if (!plan.columns[i].left_out && (before_values_[i] == kNull) != (after_values_[i] == kNull)) return true;
  return false;
}

bool RowEncoder::KeyNullsDiffer(const TablePlan& plan) const {
  return std::any_of(plan.key_columns.begin(), plan.key_columns.end(), [&](size_t i) {
    return !after_values_[i].empty() && (before_values_[i] == kNull) != (after_values_[i] == kNull);
  });
}

void RowEncoder::WriteUpdate(const TablePlan& plan) {
  if (settings_.skip_unchanged && before_ == after_ && !NullsDiffer(plan)) return;
  RenderKey(plan, before_values_, key_before_);
  RenderKey(plan, after_values_, key_after_);
  if (key_before_ == key_after_ && !KeyNullsDiffer(plan))
    return WriteEnvelope(plan, 'u', key_after_, before_, after_, {});
  RenderHeader(plan, after_values_, "__debezium.newkey", header_);
  WriteDelete(plan, key_before_, header_);
  WriteTombstone(plan, key_before_, header_);
  RenderHeader(plan, before_values_, "__debezium.oldkey", header_);
  WriteEnvelope(plan, 'c', key_after_, kNullRow, after_, header_);
}

/// A large row grows in one step, as otherwise it would be there twice.
void RowEncoder::MakeRoom(std::string_view raw, std::string& out) {
  constexpr size_t kLarge = size_t{1} << 20;
  if (raw.size() > kLarge) {
    std::string().swap(out);
    out.reserve(raw.size() + raw.size() / 64);
  } else if (out.capacity() > 4 * kLarge) {
    std::string().swap(out);
  }
}

void RowEncoder::Encode(const ChangeLine& change, const TablePlan& plan) {
  snapshot_ = change.op == 'r';
  change_ = &change;
  if (!settings_.unwrap.enabled) RenderTail(change, plan);
  if (change.op == 't') {
    if (settings_.unwrap.enabled) return;
    // A truncated table's record has no key, whatever the table's.
    return WriteEnvelope(plan, 't', {}, kNullRow, kNullRow, {});
  }
  if (!change.before.empty()) {
    plan.splitter->Split(change.before, {}, &before_values_);
    MakeRoom(change.before, before_.own());
    RenderRow(plan, before_values_, before_);
  } else {
    before_values_.assign(plan.columns.size(), {});
  }
  if (!change.after.empty()) {
    plan.splitter->Split(change.after, {}, &after_values_);
    MakeRoom(change.after, after_.own());
    RenderRow(plan, after_values_, after_);
  }
  switch (change.op) {
    case 'u': return WriteUpdate(plan);
    case 'd':
      RenderKey(plan, before_values_, key_before_);
      WriteDelete(plan, key_before_, {});
      return WriteTombstone(plan, key_before_, {});
    default:
      RenderKey(plan, after_values_, key_after_);
      return WriteEnvelope(plan, change.op, key_after_, kNullRow, after_, {});
  }
}

}  // namespace cdc::encode
