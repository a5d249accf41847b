#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "common/stream_reader.h"
#include "common/stream_writer.h"
#include "common/table_schema.h"
#include "tools/cdc-encode/heartbeats.h"
#include "tools/cdc-encode/other_records.h"
#include "tools/cdc-encode/picture.h"
#include "tools/cdc-encode/row_encoder.h"
#include "tools/cdc-encode/schema_changes.h"
#include "tools/cdc-encode/settings.h"
#include "tools/cdc-encode/transaction_records.h"

namespace cdc::encode {

/// Reads a stream of change lines, writes one of record lines.
class Encoder {
 public:
  Encoder(EncodeSettings settings, StreamReader& reader, StreamWriter& writer);

  /// Until the end of the input. Returns the exit status.
  int Run();

 private:
  struct Table {
    bool known = false;  ///< the server's definition was seen
    TableSchema schema;
    bool planned = false;
    bool announced = false;
    TablePlan plan;
  };

  void TakeHello(const ControlLine& control);
  void TakeTable(const ControlLine& control);
  void TakeDdl(const ControlLine& control);
  void TakeMark(const ControlLine& control);
  void TakeHeartbeat(const ControlLine& control);
  void TakeRow();
  Table& FindTable(std::string_view raw_db, std::string_view raw_table);
  void Plan(Table& table);
  void Forget(const std::string& db, const std::string& table);
  void WarnOfSharedTopic(const TablePlan& plan);
  void WarnOfMissingKeyColumns(const TablePicture& picture);
  std::string StatusLine() const;

  EncodeSettings settings_;
  StreamReader& reader_;
  StreamWriter& writer_;
  ChainWriter chain_writer_;
  OtherRecords other_records_;
  Heartbeats heartbeats_;
  SchemaChanges schema_changes_;
  TransactionRecords transactions_;
  RowEncoder row_encoder_;
  Picture picture_;
  std::unordered_map<std::string, Table> tables_;  // by raw db, NUL, raw table
  std::unordered_map<std::string, std::string> topic_owners_;
  std::unordered_set<std::string> told_;  // table, NUL, column or other table
  Table* last_ = nullptr;
  std::string lookup_;
  ChangeLineReader change_reader_;
  ChangeLine change_;
  uint64_t rows_ = 0;
  uint64_t transactions_done_ = 0;
};

}  // namespace cdc::encode
