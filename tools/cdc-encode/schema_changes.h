#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/control_line.h"
#include "common/ddl/ast.h"
#include "tools/cdc-encode/other_records.h"
#include "tools/cdc-encode/picture.h"

namespace cdc::encode {

/// The records of a `ddl` line: in the schema change topic (named as the prefix) and in the schema history, a Kafka
/// topic or a file. Which there are, and what they hold, is the connector's own reading of the statement.
class SchemaChanges {
 public:
  SchemaChanges(const EncodeSettings& settings, OtherRecords& records) : settings_(settings), records_(records) {}
  ~SchemaChanges();
  SchemaChanges(const SchemaChanges&) = delete;
  SchemaChanges& operator=(const SchemaChanges&) = delete;

  bool enabled() const {
    return settings_.schema_changes || !settings_.history_topic.empty() || !settings_.history_file.empty();
  }

  /// The connector's source block keeps the index of the last row that it read from this log file. `file` as it stands
  /// in the JSON.
  void TakeRow(uint32_t row, std::string_view file) {
    last_row_ = row;
    if (last_file_ != file) last_file_ = file;
  }
  /// What a statement that is read from this file finds there.
  uint32_t LastRow(std::string_view file) const { return file == last_file_ ? last_row_ : 0; }

  /// What the picture said of a statement before it was applied.
  struct Before {
    bool existed = false;     ///< Picture::Has
    bool key_wanted = false;  ///< Picture::IsKeyWanted
  };

  /// `statement` null: one that the parser does not know. `picture` has the statement applied.
  void Write(const ControlLine& ddl, const std::string& query, const ddl::Statement* statement, Before before,
             const Picture& picture);

 private:
  using TableId = Picture::TableId;
  struct Change {
    std::string_view type;  // CREATE, ALTER, DROP; empty: no table changes
    TableId id, previous;
  };
  struct Event {
    std::string text, database;
    std::vector<Change> changes;
  };
  /// What a statement comes to: its events and the tables that its source block names.
  struct Reading {
    std::vector<Event> events;
    bool names_tables = true;  // false: the source's table is null
    bool names_view = false;   // which no filter of the history takes for a table
    std::vector<TableId> tables;
    bool in_group = false;  // of CREATE TABLE … SELECT: the rows follow in the same transaction
  };
  Reading Read(const std::string& query, const ddl::Statement* statement, Before before, const std::string& default_db,
               uint64_t sql_mode) const;
  bool IsCaptured(const TableId& id) const;
  bool IsDatabaseCaptured(const std::string& name) const;
  void WriteEvent(const ControlLine& ddl, const Event& event, const Reading& reading, const Picture& picture);
  void AppendTable(std::string& out, const TablePicture& table, bool history) const;
  void AppendColumn(std::string& out, const PictureColumn& column, size_t position, bool history) const;
  std::vector<TableId> TablesOf(const Event& event, const Reading& reading) const;
  std::string PublicValue(const ControlLine& ddl, const Event& event, const Reading& reading, const Picture& picture,
                          int64_t now_ns) const;
  std::string HistoryValue(const ControlLine& ddl, const Event& event, const Reading& reading, const Picture& picture,
                           int64_t now_ns) const;
  void AppendToFile(const std::string& line);

  const EncodeSettings& settings_;
  OtherRecords& records_;
  uint32_t last_row_ = 0;
  std::string last_file_;
  int file_ = -1;
};

}  // namespace cdc::encode
