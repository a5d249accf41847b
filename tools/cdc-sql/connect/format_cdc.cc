#include "tools/cdc-sql/connect/format_cdc.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/connect/lenient_json.h"
#include "tools/cdc-sql/connect/physical_fields.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

namespace {

struct BadMessage {
  std::string why;
};

}  // namespace

CdcJsonDecoder::CdcJsonDecoder(const PlanNode& scan)
    : table_(*scan.table),
      format_(table_.format()),
      ignore_errors_(FormatOption(table_, "ignore-parse-errors").value_or("false") == "true"),
      reader_(scan.columns, PhysicalFields(scan),
              FormatOption(table_, "timestamp-format.standard").value_or("SQL") == "ISO-8601", false),
      metadata_(scan),
      before_(scan.columns),
      after_(scan.columns) {
  const auto compile = [this](const std::string& option) -> std::optional<JavaRegex> {
    const std::optional<std::string> pattern = FormatOption(table_, option);
    if (!pattern) return std::nullopt;
    std::string error;
    std::optional<JavaRegex> regex = JavaRegex::Compile(*pattern, JavaRegex::Case::kExact, &error);
    if (!regex)
      FailAt(table_.SpanOf(format_ + "." + option),
             "'" + format_ + "." + option + "' is no regular expression: " + error);
    return regex;
  };
  if (format_ != "canal-json") return;  // the only one that has them
  databases_ = compile("database.include");
  tables_ = compile("table.include");
}

bool CdcJsonDecoder::Includes(const Message& message) const {
  const auto matches = [](const std::optional<JavaRegex>& regex, std::string_view raw, const char* what) {
    std::string name;
    if (!regex) return true;
    if (raw.empty()) throw BadMessage{"it has no \"" + std::string(what) + "\" to choose it by"};
    if (raw[0] != '"' || !AppendUnescaped(name, raw)) name = raw;
    return regex->Matches(name);
  };
  return matches(databases_, message.database, "database") && matches(tables_, message.table, "table");
}

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
  if (old.empty() || old[0] != '{') throw BadMessage{"\"old\" of an update is missing"};
  ReadRow(old, before_, RowKind::kInsert);
  JsonMembers members(old);
  while (members.Next()) named.insert(std::string(members.name()));
  for (size_t i = 0; i < out.columns().size(); ++i)
    out.column(i).AppendFrom(named.count(reader_.columns()[i].name) != 0 ? before_.column(i) : after_.column(i), 0);
  out.RowDone(RowKind::kUpdateBefore);
}

void CdcJsonDecoder::DecodeMessage(const Message& message, BatchBuilder& out) {
  std::string type;
  if (!AppendUnescaped(type, message.type)) throw BadMessage{"\"type\" is no text"};
  const bool canal = format_ == "canal-json";
  if (canal && type == "CREATE") return;  // a statement
  const bool insert = type == (canal ? "INSERT" : "insert"), update = type == (canal ? "UPDATE" : "update");
  if (!insert && !update && type != (canal ? "DELETE" : "delete")) throw BadMessage{"\"type\" is '" + type + "'"};
  std::vector<std::string_view> rows, olds;
  const auto split = [canal](std::string_view raw, std::vector<std::string_view>* parts) {
    if (!canal || raw.empty() || raw[0] == 'n') return parts->push_back(raw);
    if (raw[0] != '[') throw BadMessage{"there is no list of rows in it"};
    JsonElements elements(raw);
    while (elements.Next()) parts->push_back(elements.value());
  };
  split(message.data, &rows);
  split(message.old, &olds);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (update) ReadOld(i < olds.size() ? olds[i] : std::string_view{}, rows[i], out);
    ReadRow(rows[i], out, insert ? RowKind::kInsert : update ? RowKind::kUpdateAfter : RowKind::kDelete);
  }
}

void CdcJsonDecoder::DecodeOgg(const Message& message, BatchBuilder& out) {
  std::string type;
  if (!AppendUnescaped(type, message.type)) throw BadMessage{"\"op_type\" is no text"};
  if (type == "I") return ReadRow(message.after, out, RowKind::kInsert);
  if (type == "D") return ReadRow(message.before, out, RowKind::kDelete);
  if (type != "U") throw BadMessage{"\"op_type\" is '" + type + "'"};
  if (message.before.empty() || message.before[0] != '{') throw BadMessage{"\"before\" of an update is null"};
  if (message.after.empty() || message.after[0] != '{') throw BadMessage{"\"after\" of an update is null"};
  ReadRow(message.before, out, RowKind::kUpdateBefore);
  ReadRow(message.after, out, RowKind::kUpdateAfter);
}

void CdcJsonDecoder::Decode(const RecordLine& record, std::string_view, const RecordPlace& where, BatchBuilder& out) {
  if (record.payload.is_null || record.payload.bytes.empty()) return;
  const size_t first = out.rows();
  const auto fail = [&](const std::string& why) {
    // Rows of the message that were read before the bad one stay, as they do in Flink.
    if (ignore_errors_) return metadata_.Fill(record, record.payload.bytes, {}, first, out);
    out.Truncate(first);
    Fail(ExitStatus::kData,
         where() + ": topic " + std::string(record.topic) + ": table '" + table_.name + "': no message of " + format_ +
             ": " + why,
         Shown(std::string(record.payload.bytes)),
         "'" + OptionName(table_, "ignore-parse-errors") + "' = 'true' leaves such records out");
  };
  const auto mend_or_fail = [&](const std::string& why) {
    const std::optional<std::string> mended = MendJson(record.payload.bytes);
    if (!mended) return fail(why);
    out.Truncate(first);
    RecordLine again = record;
    again.payload.bytes = *mended;
    Decode(again, {}, where, out);
  };
  try {
    const size_t end = record.payload.bytes.find_last_of('}') + 1;  // what stands behind it is left out, as Flink does
    if (end > 0 && end < record.payload.bytes.size() && IsJson(record.payload.bytes.substr(0, end))) {
      RecordLine again = record;
      again.payload.bytes = record.payload.bytes.substr(0, end);
      return Decode(again, {}, where, out);
    }
    if (!IsJson(record.payload.bytes)) return mend_or_fail("it is no JSON object");
    if (record.payload.bytes[0] != '{') return fail("it is no JSON object");
    Message message;
    JsonMembers members(record.payload.bytes);
    while (members.Next()) {
      const std::string_view name = members.name(), value = members.value();
      if (name == "type" || name == "op_type") message.type = value;
      if (name == "data") message.data = value;
      if (name == "database") message.database = value;
      if (name == "table") message.table = value;
      if (name == "old") message.old = value;
      if (name == "before") message.before = value;
      if (name == "after") message.after = value;
    }
    if (!Includes(message)) return;
    if (message.type.empty()) return fail("it does not say what kind of change it is");
    format_ == "ogg-json" ? DecodeOgg(message, out) : DecodeMessage(message, out);
    metadata_.Fill(record, record.payload.bytes, {}, first, out);
  } catch (const simdjson::simdjson_error& error) {
    mend_or_fail(error.what());
  } catch (const BadMessage& bad) {
    fail(bad.why);
  } catch (const BadField& bad) {
    out.Truncate(first);
    if (!ignore_errors_) FailField(bad, where(), table_, false);
  }
}

}  // namespace cdc::sql
