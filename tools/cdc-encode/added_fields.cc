#include "tools/cdc-encode/added_fields.h"

#include <algorithm>

#include "common/json_writer.h"

namespace cdc::encode {
namespace {

struct Member {
  std::string_view name;
  std::string_view type;
};

constexpr Member kSource[] = {
    {"version", "string"},  {"connector", "string"}, {"name", "string"}, {"ts_ms", "int64"}, {"snapshot", "string"},
    {"db", "string"},       {"sequence", "string"},  {"ts_us", "int64"}, {"ts_ns", "int64"}, {"table", "string"},
    {"server_id", "int64"}, {"gtid", "string"},      {"file", "string"}, {"pos", "int64"},   {"row", "int32"},
    {"thread", "int64"},    {"query", "string"}};

constexpr Member kTransaction[] = {{"id", "string"}, {"total_order", "int64"}, {"data_collection_order", "int64"}};

constexpr Member kClock[] = {{"ts_ms", "int64"}, {"ts_us", "int64"}, {"ts_ns", "int64"}};

template <size_t N>
const Member* Find(const Member (&members)[N], std::string_view name) {
  for (const Member& member : members)
    if (member.name == name) return &member;
  return nullptr;
}

/// Which part an entry means; false: the envelope has no such thing.
bool Resolve(std::string_view entry, AddedField* added) {
  const size_t point = entry.find('.');
  added->member = point == std::string_view::npos ? entry : entry.substr(point + 1);
  if (point != std::string_view::npos) {
    const std::string_view part = entry.substr(0, point);
    if (part == "source") return Find(kSource, added->member) != nullptr;
    added->part = part == "transaction" ? AddedField::Part::kTransaction
                  : part == "before"    ? AddedField::Part::kBefore
                                        : AddedField::Part::kAfter;
    if (part == "transaction") return Find(kTransaction, added->member) != nullptr;
    return part == "before" || part == "after";
  }
  if (entry == "op") {
    added->part = AddedField::Part::kOp;
  } else if (Find(kClock, entry) != nullptr) {
    added->part = AddedField::Part::kClock;
  } else if (Find(kTransaction, entry) != nullptr) {
    added->part = AddedField::Part::kTransaction;
  } else {
    return Find(kSource, entry) != nullptr;
  }
  return true;
}

void AppendQuoted(std::string& out, std::string_view raw) {
  out += '"';
  out += raw;
  out += '"';
}

void AppendSourceValue(std::string& out, std::string_view member, char op, const ChangeLine& change,
                       std::string_view source_name, std::string_view db, std::string_view table) {
  int64_t ts_us = change.ts_us;
  if (op == 'r') ts_us -= ts_us % 1000000;
  if (member == "version") {
    out += "\"3.0.8.Final\"";
  } else if (member == "connector") {
    out += "\"mysql\"";
  } else if (member == "name") {
    out += source_name;
  } else if (member == "ts_ms") {
    AppendInteger(out, ts_us / 1000);
  } else if (member == "ts_us") {
    AppendInteger(out, ts_us);
  } else if (member == "ts_ns") {
    AppendInteger(out, ts_us * 1000);
  } else if (member == "snapshot" && op == 'r') {
    AppendQuoted(out, change.snapshot.empty() ? "true" : change.snapshot);
  } else if (member == "db") {
    out += db;
  } else if (member == "table") {
    out += table;
  } else if (member == "server_id") {
    AppendInteger(out, change.server_id);
  } else if (member == "gtid" && !change.gtid.empty()) {
    AppendQuoted(out, change.gtid);
  } else if (member == "file") {
    AppendQuoted(out, change.file);
  } else if (member == "pos") {
    AppendInteger(out, change.pos);
  } else if (member == "row") {
    AppendInteger(out, change.row);
  } else if (member == "thread" && change.thread >= 0) {
    AppendInteger(out, change.thread);
  } else {
    out += "null";
  }
}

}  // namespace

std::vector<AddedField> ParseAddedFields(std::string_view list, std::string_view prefix) {
  std::vector<AddedField> fields;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string entry(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    entry.erase(std::remove(entry.begin(), entry.end(), ' '), entry.end());
    const size_t colon = entry.find(':');
    std::string name = colon == std::string::npos ? entry : entry.substr(colon + 1);
    entry.resize(std::min(colon, entry.size()));
    if (colon == std::string::npos) std::replace(name.begin(), name.end(), '.', '_');
    AddedField added;
    if (entry.empty()) continue;
    added.known = Resolve(entry, &added);
    if (!added.known && entry.find('.') != std::string::npos) continue;
    added.name = std::string(prefix) + name;
    fields.push_back(std::move(added));
  }
  return fields;
}

FieldSchema AddedFieldSchema(const AddedField& added) {
  FieldSchema schema;
  schema.field = added.name;
  schema.type = "string";
  if (added.part == AddedField::Part::kClock) {
    schema.type = "int64";
  } else if (added.part == AddedField::Part::kTransaction) {
    schema.type = Find(kTransaction, added.member)->type;
  } else if (added.part == AddedField::Part::kSource) {
    schema.type = Find(kSource, added.member)->type;
    if (added.member == "snapshot") {
      schema.name = "io.debezium.data.Enum";
      schema.version = 1;
      schema.parameters = {
          {"allowed", "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"}};
    }
  }
  return schema;
}

void AppendAddedValue(std::string& out, const AddedField& added, char op, const ChangeLine& change,
                      std::string_view source_name, std::string_view db, std::string_view table,
                      const EnvelopeClock& clock) {
  switch (added.part) {
    case AddedField::Part::kOp: AppendQuoted(out, {&op, 1}); break;
    case AddedField::Part::kClock:
      out += added.member == "ts_ms" ? clock.ms : added.member == "ts_us" ? clock.us : clock.ns;
      break;
    case AddedField::Part::kSource: AppendSourceValue(out, added.member, op, change, source_name, db, table); break;
    default: out += "null";
  }
}

}  // namespace cdc::encode
