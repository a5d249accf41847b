#include "common/record_line.h"

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc {
namespace {

constexpr std::string_view kLengthsStart = "{\"@len\":[";
constexpr std::string_view kBase64Start = "{\"@base64\"";

/// Reads digits at *at and moves past them.
bool TakeNumber(std::string_view text, size_t* at, size_t* value) {
  const size_t start = *at;
  *value = 0;
  while (*at < text.size() && text[*at] >= '0' && text[*at] <= '9' && *at - start < 18)
    *value = *value * 10 + static_cast<size_t>(text[(*at)++] - '0');
  return *at > start;
}

[[noreturn]] void Malformed(const std::string& where, const std::string& why, std::string_view line) {
  Fail(ExitStatus::kData, where + ": malformed record line: " + why, Shown(std::string(line)),
       "record lines are described in cdc-stream(5)");
}

}  // namespace

std::string& RecordLineReader::Scratch() {
  if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
  std::string& text = scratch_[scratch_used_++];
  text.clear();
  return text;
}

RecordBytes RecordLineReader::Bytes(std::string_view raw, const std::string& where, const char* member) {
  if (raw == "null") return {};
  if (raw.front() == '"') {
    if (raw.size() >= 2 && raw.find('\\') == std::string_view::npos) return {false, raw.substr(1, raw.size() - 2)};
    std::string& text = Scratch();
    if (!AppendUnescaped(text, raw)) Malformed(where, std::string("bad string in ") + member, raw);
    return {false, text};
  }
  if (raw.substr(0, kBase64Start.size()) == kBase64Start) {
    JsonMembers members(raw);
    std::string& text = Scratch();
    if (!members.Next() || members.value().size() < 2 || members.value().front() != '"' ||
        !DecodeBase64(members.value().substr(1, members.value().size() - 2), &text) || members.Next())
      Malformed(where, std::string("bad @base64 in ") + member, raw);
    return {false, text};
  }
  return {false, raw};
}

bool RecordLineReader::ParseByLengths(std::string_view line, const std::string& where, RecordLine* record) {
  // {"@len":[K,P],"topic":…,"key":<K bytes>,"payload":<P bytes>}
  size_t at = kLengthsStart.size(), key_size, payload_size;
  if (!TakeNumber(line, &at, &key_size) || at >= line.size() || line[at++] != ',' ||
      !TakeNumber(line, &at, &payload_size) || line.substr(at, 2) != "],")
    return false;
  at += 2;
  constexpr std::string_view key_name = ",\"key\":", payload_name = ",\"payload\":";
  const size_t tail = key_name.size() + key_size + payload_name.size() + payload_size + 1;
  if (key_size == 0 || payload_size == 0 || key_size > line.size() || payload_size > line.size() ||
      line.size() < at + tail || line.back() != '}')
    return false;
  const size_t key_at = line.size() - tail + key_name.size();
  const size_t payload_at = line.size() - 1 - payload_size;
  if (line.substr(line.size() - tail, key_name.size()) != key_name ||
      line.substr(key_at + key_size, payload_name.size()) != payload_name)
    return false;
  // What lies between is small: topic, and whatever Kafka knows of the record.
  const size_t rest_end = line.size() - tail;
  while (at < rest_end) {
    if (line[at] != '"') return false;
    const size_t name_end = line.find('"', at + 1);
    if (name_end >= rest_end || line[name_end + 1] != ':') return false;
    const size_t value_end = SkipJsonValue(line.substr(0, rest_end), name_end + 2);
    if (value_end == std::string_view::npos) return false;
    TakeMember(line.substr(at + 1, name_end - at - 1), line.substr(name_end + 2, value_end - name_end - 2), where,
               record);
    if (value_end < rest_end && line[value_end] != ',') return false;
    at = value_end + 1;
  }
  record->key = Bytes(line.substr(key_at, key_size), where, "key");
  record->payload = Bytes(line.substr(payload_at, payload_size), where, "payload");
  return true;
}

void RecordLineReader::TakeMember(std::string_view name, std::string_view value, const std::string& where,
                                  RecordLine* record) {
  int64_t number = 0;
  if (name == "topic") {
    if (value.front() != '"') Malformed(where, "topic is not a string", value);
    record->topic = Bytes(value, where, "topic").bytes;
  } else if (name == "partition" || name == "offset" || name == "ts") {
    if (value == "null") return;
    if (!ParseJsonInteger(value, &number)) Malformed(where, std::string(name) + " is not a whole number", value);
    if (name == "offset") record->offset = number;
    if (name == "ts") record->ts_ms = number;
    if (name == "partition") {
      if (number < -1 || number > INT32_MAX) Malformed(where, "partition out of range", value);
      record->partition = static_cast<int32_t>(number);
    }
  } else if (name == "tstype") {
    record->tstype = value.size() >= 2 ? value.substr(1, value.size() - 2) : value;
  } else if (name == "headers") {
    if (value == "null") return;
    JsonElements elements(value);
    while (elements.Next()) {
      if (elements.value().front() != '"') Malformed(where, "a header's name is not a string", value);
      const std::string_view header = Bytes(elements.value(), where, "headers").bytes;
      if (!elements.Next()) Malformed(where, "a header has no value", value);
      record->headers.emplace_back(header, Bytes(elements.value(), where, "headers"));
    }
    if (!elements.ok()) Malformed(where, "bad headers", value);
  } else if (name == "key") {
    record->key = Bytes(value, where, "key");
  } else if (name == "payload") {
    record->payload = Bytes(value, where, "payload");
  }
}

void RecordLineReader::Parse(std::string_view line, const std::string& where, RecordLine* record) {
  const auto reset = [&] {
    scratch_used_ = 0;
    record->topic = record->tstype = {};
    record->partition = -1;
    record->offset = record->ts_ms = -1;
    record->headers.clear();
    record->key = record->payload = {};
  };
  reset();
  if (line.substr(0, kLengthsStart.size()) != kLengthsStart || !ParseByLengths(line, where, record)) {
    reset();
    JsonMembers members(line);
    while (members.Next()) TakeMember(members.name(), members.value(), where, record);
    if (!members.ok() || members.end_offset() != line.size())
      Malformed(where, "not one JSON object, stopped at byte " + std::to_string(members.offset() + 1), line);
  }
  if (record->topic.empty()) Malformed(where, "no topic", line);
}

bool IsInlineRecordJson(std::string_view bytes) {
  if (bytes.empty()) return false;
  const char first = bytes.front();
  if (first == '"' || first == 'n') return false;
  if (bytes.substr(0, kBase64Start.size()) == kBase64Start) return false;
  return bytes.find_first_of("\r\n") == std::string_view::npos && IsJson(bytes);
}

void AppendRecordBytes(std::string& out, const RecordBytes& value) {
  if (value.is_null) {
    out += "null";
  } else if (IsInlineRecordJson(value.bytes)) {
    out += value.bytes;
  } else if (IsUtf8(value.bytes)) {
    AppendJsonString(out, value.bytes);
  } else {
    out += "{\"@base64\":\"";
    AppendBase64(out, value.bytes);
    out += "\"}";
  }
}

void AppendRecordText(std::string& out, const RecordText& record, bool with_lengths) {
  if (with_lengths) {
    out += kLengthsStart;
    AppendInteger(out, record.key.size());
    out += ',';
    AppendInteger(out, record.payload.size());
    out += "],\"topic\":";
  } else {
    out += "{\"topic\":";
  }
  AppendJsonString(out, record.topic);
  if (record.partition >= 0) {
    out += ",\"partition\":";
    AppendInteger(out, record.partition);
  }
  if (record.ts_ms >= 0) {
    out += ",\"ts\":";
    AppendInteger(out, record.ts_ms);
  }
  if (!record.headers.empty()) {
    out += ",\"headers\":";
    out += record.headers;
  }
  out += ",\"key\":";
  out += record.key;
  out += ",\"payload\":";
  out += record.payload;
  out += "}\n";
}

void AppendRecordLine(std::string& out, const RecordLine& record, bool with_lengths) {
  const size_t start = out.size();
  out += "{\"topic\":";
  AppendJsonString(out, record.topic);
  if (record.partition >= 0) {
    out += ",\"partition\":";
    AppendInteger(out, record.partition);
  }
  if (record.offset >= 0) {
    out += ",\"offset\":";
    AppendInteger(out, record.offset);
  }
  if (!record.tstype.empty()) {
    out += ",\"tstype\":\"";
    out += record.tstype;
    out += '"';
  }
  if (record.ts_ms >= 0) {
    out += ",\"ts\":";
    AppendInteger(out, record.ts_ms);
  }
  if (!record.headers.empty()) {
    out += ",\"headers\":[";
    bool first = true;
    for (const auto& [name, value] : record.headers) {
      if (!first) out += ',';
      first = false;
      AppendJsonString(out, name);
      out += ',';
      AppendRecordBytes(out, value);
    }
    out += ']';
  }
  out += ",\"key\":";
  const size_t key_at = out.size();
  AppendRecordBytes(out, record.key);
  const size_t key_size = out.size() - key_at;
  out += ",\"payload\":";
  const size_t payload_at = out.size();
  AppendRecordBytes(out, record.payload);
  const size_t payload_size = out.size() - payload_at;
  out += "}\n";
  if (!with_lengths) return;
  // The lengths are known only now; the line's start moves by a few bytes.
  std::string lengths(kLengthsStart);
  AppendInteger(lengths, key_size);
  lengths += ',';
  AppendInteger(lengths, payload_size);
  lengths += "],";
  out.replace(start, 1, lengths);
}

}  // namespace cdc
