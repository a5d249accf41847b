#include "tools/cdc-encode/transaction_records.h"

#include <algorithm>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/java_hash.h"
#include "tools/cdc-encode/topic_name.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kKeySchema =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"id"}],"optional":false,)"
    R"("name":"io.debezium.connector.common.TransactionMetadataKey","version":1})";
constexpr std::string_view kValueSchema =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"status"},)"
    R"({"type":"string","optional":false,"field":"id"},{"type":"int64","optional":true,"field":"event_count"},)"
    R"({"type":"array","items":{"type":"struct","fields":[{"type":"string","optional":false,"field":"data_collection"},)"
    R"({"type":"int64","optional":false,"field":"event_count"}],"optional":true,"name":"event.collection","version":1},)"
    R"("optional":true,"field":"data_collections"},{"type":"int64","optional":false,"field":"ts_ms"}],)"
    R"("optional":false,"name":"io.debezium.connector.common.TransactionMetadataValue","version":1})";

}  // namespace

TransactionRecords::TransactionRecords(const EncodeSettings& settings, OtherRecords& records)
    : settings_(settings), records_(records) {
  topic_ = TopicName(settings.topics, settings.topic_prefix, settings.transaction_topic, "");
}

void TransactionRecords::TakeHello(const ControlLine& hello) {
  if (hello.Has("pos")) after_ = hello.PositionOf("pos");
}

void TransactionRecords::TakeBegin(const ControlLine& begin) {
  before_ = after_;
  after_ = begin.PositionOf("pos");
  snapshot_ = begin.Flag("snapshot");
  of_branch_ = begin.Flag("xa");
  is_bare_ = started_ = false;
  block_ = "null";
  total_ = 0;
  counts_.clear();
}

void TransactionRecords::Start(std::string_view gtid, int64_t ts_us) {
  started_ = true;
  id_ = gtid;
  // Without rows the transaction's own GTID is what the set has gained.
  if (id_.empty() && after_.gtids && before_.gtids) id_ = after_.gtids->Minus(*before_.gtids).ToString();
  if (id_.empty())
    id_ = "file=" + after_.file + ",pos=" + std::to_string(before_.file == after_.file ? before_.pos : 4);
  Write("BEGIN", false, ts_us);
}

void TransactionRecords::TakeRow(const ChangeLine& change, const TablePlan& plan) {
  if (snapshot_) return;
  // A truncated table's record belongs to a statement.
  if (change.op == 't') {
    is_bare_ = true;
    return;
  }
  // The connector knows nothing of XA branches: their rows, which come when they are committed, belong to nothing.
  if (of_branch_ || (!started_ && !change.gtid.empty() && before_.gtids && before_.gtids->Contains(change.gtid))) {
    is_bare_ = true;
    return;
  }
  if (!started_) Start(change.gtid, change.ts_us);
  const std::string table =
      UnescapeJsonString("\"" + plan.raw_db + "\"", {}) + "." + UnescapeJsonString("\"" + plan.raw_table + "\"", {});
  auto count = std::find_if(counts_.begin(), counts_.end(), [&](const Count& c) { return c.table == table; });
  if (count == counts_.end()) count = counts_.insert(counts_.end(), {table, 0});
  ++total_;
  of_table_ = ++count->rows;
  block_ = "{\"id\":\"" + id_ + "\",\"total_order\":" + std::to_string(total_) +
           ",\"data_collection_order\":" + std::to_string(of_table_) + "}";
}

void TransactionRecords::TakeMark(const ControlLine& mark) {
  // Where a branch is prepared or ended, the list of the open ones changes.
  after_ = mark.PositionOf("pos");
  if (snapshot_ || (!started_ && (is_bare_ || before_.xa != after_.xa))) return;
  const int64_t ts_us = mark.Has("ts_us") ? static_cast<int64_t>(mark.Number("ts_us")) : 0;
  if (!started_) Start({}, ts_us);
  Write("END", true, ts_us);
  block_ = "null";
}

void TransactionRecords::Write(std::string_view status, bool counts, int64_t ts_us) {
  std::string id, value = "{\"status\":\"";
  AppendJsonString(id, id_);
  value += status;
  value += "\",\"id\":" + id + ",\"event_count\":";
  if (counts) {
    AppendInteger(value, total_);
    value += ",\"data_collections\":[";
    SortLikeJavaHash(counts_, [](const Count& count) -> const std::string& { return count.table; });
    for (size_t i = 0; i < counts_.size(); ++i) {
      value += i > 0 ? ",{\"data_collection\":" : "{\"data_collection\":";
      AppendConnectString(value, counts_[i].table);
      value += ",\"event_count\":";
      AppendInteger(value, counts_[i].rows);
      value += '}';
    }
    value += ']';
  } else {
    value += "null,\"data_collections\":null";
  }
  value += ",\"ts_ms\":";
  AppendInteger(value, ts_us / 1000);
  value += '}';
  records_.Write(topic_, kKeySchema, "{\"id\":" + id + "}", kValueSchema, value, std::nullopt);
}

}  // namespace cdc::encode
