#include "tools/cdc-sql/run/feeder.h"

#include <poll.h>

#include <algorithm>
#include <climits>

#include "common/stop.h"
#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

Feeder::Feeder(Dataflow& dataflow, const DecoderOptions& options, bool one_by_one)
    : dataflow_(dataflow), one_by_one_(one_by_one) {
  for (const Dataflow::Source& source : dataflow.sources()) {
    bool known = false;
    for (Table& table : tables_) {
      if (table.scan->table != source.scan->table) continue;
      table.entries.push_back(source.entry);
      table.watermarks.insert(table.watermarks.end(), source.watermarks.begin(), source.watermarks.end());
      MergeUses(source.uses, &table.uses);
      known = true;
    }
    if (known) continue;
    Table table;
    table.scan = source.scan;
    table.lookup = source.lookup;
    table.uses = source.uses;
    table.entries.push_back(source.entry);
    table.watermarks = source.watermarks;
    table.pending = std::make_unique<BatchBuilder>(source.scan->columns);
    const TableDef& def = *source.scan->table;
    if (IsLocalSource(def)) {
      table.local = OpenLocalRows(def);
      table.local->SetBeforeBlock([this] { ShowBeforeWait(); });
      tables_.push_back(std::move(table));
      continue;
    }
    if (const auto pattern = def.Get("topic-pattern")) {
      std::string error;
      table.pattern = JavaRegex::Compile(*pattern, JavaRegex::Case::kExact, &error);
      if (!table.pattern) FailAt(def.SpanOf("topic-pattern"), "'topic-pattern' is no regular expression: " + error);
    }
    for (const std::string& topic : TopicsOf(def)) table.topics.insert(topic);
    tables_.push_back(std::move(table));
  }
  for (Table& table : tables_) table.decoder = MakeDecoder(*table.scan, table.uses, options);
  CheckEndless();
}

/// What is read after an endless table is never read.
void Feeder::CheckEndless() const {
  const bool has_input = std::any_of(tables_.begin(), tables_.end(), [](const Table& table) { return !table.local; });
  for (const Table& table : tables_) {
    if (!table.local || !table.local->IsEndless() || !(has_input || table.lookup)) continue;
    FailAt(table.scan->table->SpanOf("source.monitor-interval"),
           "the table '" + table.scan->table->name + "' has no end, and would have to be read before " +
               (table.lookup ? "rows are looked up in it" : "tables of the input"),
           "leave 'source.monitor-interval' out: the files that are there are read");
  }
}

const std::vector<size_t>& Feeder::ReadersOf(std::string_view topic) {
  const auto found = readers_.find(topic);
  if (found != readers_.end()) return found->second;
  std::vector<size_t> readers;
  const std::string name(topic);
  for (size_t i = 0; i < tables_.size(); ++i)
    if (tables_[i].pattern ? tables_[i].pattern->Matches(name) : tables_[i].topics.count(name) != 0)
      readers.push_back(i);
  return readers_.emplace(name, std::move(readers)).first->second;
}

void Feeder::TellPartitions(Table& table) {
  if (!table.partitions.TakeChange()) return;
  for (OpWatermark* watermark : table.watermarks) watermark->SetPartitions(table.partitions.states());
}

int64_t Feeder::idle_timeout() const {
  int64_t least = 0;
  for (const Table& table : tables_)
    if (table.scan->idle_ms > 0 && (least == 0 || table.scan->idle_ms < least)) least = table.scan->idle_ms;
  return least;
}

void Feeder::UseClock() {
  for (Table& table : tables_) table.partitions.SetIdleAfter(table.scan->idle_ms);
}

void Feeder::LearnPartitions(const Position& position) {
  Flush();
  for (const auto& [topic, offsets] : position.kafka)
    for (const size_t index : ReadersOf(topic))
      if (!tables_[index].watermarks.empty()) tables_[index].partitions.Read(topic, offsets);
}

void Feeder::EndPartitions(const Position& position, const Position& until) {
  Flush();
  for (const auto& [topic, offsets] : position.kafka) {
    const auto ends = until.kafka.find(topic);
    if (ends == until.kafka.end()) continue;
    for (const size_t index : ReadersOf(topic))
      if (!tables_[index].watermarks.empty()) tables_[index].partitions.End(topic, offsets, ends->second);
  }
  Flush();
}

bool Feeder::knows_partitions() const {
  return std::any_of(tables_.begin(), tables_.end(), [](const Table& table) { return !table.partitions.empty(); });
}

void Feeder::Take(const RecordLine& record, std::string_view line, const RecordPlace& where) {
  const std::vector<size_t>& readers = ReadersOf(record.topic);
  if (readers.empty()) {
    ++unread_[std::string(record.topic)];
    return;
  }
  ++records_;
  for (const size_t index : readers) Decode(index, record, line, where);
  EndRecord();
}

void Feeder::Decode(size_t index, const RecordLine& record, std::string_view line, const RecordPlace& where) {
  Table& table = tables_[index];
  if (one_by_one_ && !EachIsStep() && last_table_ != index) ++turn_;
  last_table_ = index;
  ++table.records;
  const size_t rows = table.pending->rows();
  if (table.watermarks.empty()) {
    table.decoder->Decode(record, line, where, *table.pending);
  } else {
    const size_t partition = table.partitions.Find(record.topic, record.partition);
    const bool several = table.partitions.states().size() > 1;
    if (several) table.pending_partitions.resize(table.pending->rows());  // what came before there were several: 0
    table.decoder->Decode(record, line, where, *table.pending);
    if (several) table.pending_partitions.resize(table.pending->rows(), static_cast<uint32_t>(partition));
  }
  pending_rows_ += table.pending->rows() - rows;
  if (TakesTurns()) table.turns.resize(table.pending->rows(), turn_);
}

void Feeder::EndRecord() {
  if (EachIsStep()) ++turn_;
  if (pending_rows_ >= kBatchRows) Flush();
}

bool Feeder::ReadLocal() {
  if (!ReadLocal(true) || !ReadLocal(false)) return false;
  EndStep();
  return true;
}

bool Feeder::ReadLocal(bool lookup) {
  std::vector<size_t> open;
  for (size_t i = 0; i < tables_.size(); ++i)
    if (tables_[i].local && tables_[i].lookup == lookup) open.push_back(i);
  while (!open.empty()) {
    int64_t wait = INT64_MAX;  // for the first of them that has a row
    for (size_t i = 0; i < open.size();) {
      const int64_t millis = tables_[open[i]].local->WaitMillis();
      wait = std::min(wait, millis);
      if (millis > 0 || TakeLocal(open[i])) {
        ++i;
      } else {
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (wait > 0 && !open.empty()) WaitForRows(wait);
    if (StopRequested()) return false;
  }
  return true;
}

bool Feeder::TakeLocal(size_t index) {
  Table& table = tables_[index];
  std::string_view line;
  if (!table.local->Next(&line)) {
    if (StopRequested() || table.local->IsEndless()) return true;  // which is no end
    table.local.reset();
    EndTable(table);
    return false;
  }
  RecordLine record;
  record.topic = table.scan->table->name;
  record.payload = {false, line};
  ++records_;
  for (const auto& [key, value] : table.local->facts()) record.headers.emplace_back(key, RecordBytes{false, value});
  Decode(index, record, line, [&table] { return table.local->Where(); });
  EndRecord();
  return true;
}

void Feeder::ShowBeforeWait() {
  EndStep();
  if (before_wait_) before_wait_();
}

void Feeder::WaitForRows(int64_t millis) {
  ShowBeforeWait();
  pollfd stop = {StopFd(), POLLIN, 0};
  poll(&stop, 1, static_cast<int>(std::min<int64_t>(millis, INT_MAX)));
}

/// The table has no more rows: its time is at its end, and holds no other table back.
void Feeder::EndTable(Table& table) {
  Flush();
  for (Operator* entry : table.entries) entry->Watermark(0, kEndOfTime);
}

void Feeder::Flush() {
  const uint32_t turns = turn_ + 1;
  turn_ = 0;
  pending_rows_ = 0;
  try {
    for (Table& table : tables_) {
      TellPartitions(table);
      if (table.pending->rows() == 0) continue;
      Batch batch = table.pending->Take();
      batch.turns = std::move(table.turns);
      table.turns.clear();
      batch.partitions = std::exchange(table.pending_partitions, {});
      for (Operator* entry : table.entries) entry->Push(0, batch);
      dataflow_.KeepLimit();
    }
    if (TakesTurns()) dataflow_.TakeTurns(turns, EachIsStep());
  } catch (...) {
    dataflow_.DropTurns();
    throw;
  }
}

void Feeder::FindIdle() {
  Flush();
  const auto now = std::chrono::steady_clock::now();
  for (Table& table : tables_) {
    table.partitions.FindIdle(now);
    TellPartitions(table);
  }
}

void Feeder::EndStep() {
  FindIdle();
  dataflow_.EndStep();
}

void Feeder::LearnColumns(const std::string& topic, std::string_view columns_json) {
  std::vector<const PlanNode*> scans;
  for (const size_t index : ReadersOf(topic)) {
    tables_[index].decoder->LearnColumns(columns_json);
    scans.push_back(tables_[index].scan);
  }
  source_columns_.Learn(topic, columns_json, scans);
}

void Feeder::Persist(StateArchive& state) {
  state(records_);
  for (Table& table : tables_) {
    state.Tag(table.scan->table->name);
    state(table.records);
    table.decoder->Persist(state);
    table.partitions.Persist(state);
  }
}

std::vector<std::string> Feeder::EmptyTables() const {
  std::vector<std::string> names;
  for (const Table& table : tables_)
    if (table.records == 0 && !IsLocalSource(*table.scan->table)) names.push_back(table.scan->table->name);
  return names;
}

}  // namespace cdc::sql
