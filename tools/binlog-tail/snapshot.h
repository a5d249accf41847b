#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/mysql/connection.h"
#include "common/stream_writer.h"
#include "common/table_schema.h"
#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/row_condition.h"
#include "tools/binlog-tail/row_view.h"
#include "tools/binlog-tail/server_info.h"
#include "tools/binlog-tail/snapshot_plan.h"
#include "tools/binlog-tail/text_buffer.h"
#include "tools/binlog-tail/value_style.h"

namespace cdc::tail {

/// What the tables hold, as rows of op "r", all of one moment and of one position of the log.
class Snapshot {
 public:
  /// Opens a consistent read and takes the position that belongs to it. MySQL: under FLUSH TABLES WITH READ LOCK, or,
  /// without the privilege, LOCK TABLES … READ, held only that long; or without a lock in a moment without commits.
  /// MariaDB: without a lock, from what the server keeps with the read view. `said` has to hold at that position when
  /// it is written. Errors: 77 with the GRANT that helps.
  Snapshot(const ServerOptions& server, const ServerInfo& info, const ServerTables& said, const SnapshotPlan& plan,
           const TableFilter& filter);

  /// Rows are written for people.
  void SetView(RowView* view) { view_ = view; }

  /// Writes only the rows of which it is true.
  void SetCondition(RowCondition* condition) { condition_ = condition; }

  void SetStyle(const ValueStyle& style) { style_ = style; }

  const Position& position() const { return position_; }

  /// Writes the rows of all tables between begin and mark, and progress. False: a stop signal came; there is no mark.
  bool Write(StreamWriter& writer, uint64_t number);

 private:
  void TakePositionUnderLock(const ServerOptions& server);
  void Lock(MysqlConnection& locker);
  void TakePositionOfView();
  void TakePositionOfQuietMoment();
  void ReadClock();
  bool WriteTable(size_t index, StreamWriter& writer);
  bool LaterTableHasRows(size_t index);
  void WritePending(StreamWriter& writer, std::string_view marker);
  void Progress(StreamWriter& writer, std::string_view state, const TableSchema& table, bool with_rows, uint64_t rows);

  MysqlConnection connection_;
  const ServerOptions& server_;
  ServerInfo info_;
  std::string RowsOf(const TableSchema& table) const;
  bool Reads(const TableSchema& table) const { return plan_.tables.Captures(table.db, table.table); }
  void EstimateRows();
  void OrderTables();
  void CheckStatements();
  void CheckGivesColumns(const TableSchema& table);
  void WarnOfUnmatched() const;
  void TellProgress(const TableSchema& table, uint64_t rows);

  const ServerTables& said_;
  std::vector<std::shared_ptr<const TableSchema>> tables_;  // of said_, in the order in which they are read
  const SnapshotPlan& plan_;
  const TableFilter& filter_;
  RowCondition* condition_ = nullptr;
  RowView* view_ = nullptr;
  ValueStyle style_;
  std::map<std::pair<std::string, std::string>, uint64_t> estimates_;  // rows, as the server guesses
  size_t first_read_ = 0;                                              // index of the first table whose rows are read
  uint64_t rows_total_ = 0;
  uint64_t rows_expected_ = 0;
  int64_t began_ms_ = 0;
  int64_t next_progress_ms_ = 0;
  Position position_;
  TextBuffer row_;
  TextBuffer pending_;  // a row that waits for its marker, without the line's end
  std::string tail_;    // that end
  int64_t ts_us_ = 0;
};

}  // namespace cdc::tail
