#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/position.h"
#include "common/table_schema.h"
#include "tools/binlog-tail/statement.h"

namespace cdc::tail {

/// A place in the log, and the transaction that it is in.
struct LogPlace {
  Position position;  ///< file, pos, and the server they count on
  std::string gtid;   ///< empty: none
};

/// What the catalog went by, kept in a file of the slot so that the next run knows the tables of its start: definitions
/// and statements, one JSON line each, in the log's order, from a base position on; beside it the position that the
/// stream has reached. Correctness never needs it. A file of a newer format is refused with 78, untouched.
class CatalogJournal {
 public:
  struct Entry {
    LogPlace place;
    std::optional<TableSchema> table;  ///< else a statement
    StatementText statement;
  };

  /// Takes the slot's files in `folder`, which is made if it is not there. False: another process has them.
  bool Open(const std::string& folder, const std::string& slot);
  ~CatalogJournal();

  /// The entries before `start`, where the journal covers it; what comes behind them is cut off, since the stream will
  /// come there again. `reached` is then how far the journal goes if that is before `start`: the log between has to be
  /// gone through. Nothing where the journal does not reach back, or is of another server.
  std::optional<std::vector<Entry>> Load(const Position& start, std::optional<Position>* reached);

  /// Keeps a file that does not read under another name, which is returned.
  std::string SetAside();

  /// Begins anew at `base`.
  void Begin(const Position& base);

  /// `place` is where the definition begins to hold. Kept until Sync.
  void Append(const TableSchema& table, const LogPlace& place);
  void Append(const StatementText& statement, const LogPlace& place);

  /// On disk when it returns.
  void Sync();

  /// The stream is at `position`: written at most every few seconds, or at once.
  void Reached(const Position& position);
  void WriteReached(const Position& position);

 private:
  std::optional<Position> ReadReached() const;
  Entry ParseEntry(std::string_view line, const std::string& where) const;

  std::string path_;
  int fd_ = -1;
  int lock_fd_ = -1;
  std::string pending_;
  int64_t next_write_ms_ = 0;
};

/// By file and position, within one server's log.
bool IsEarlier(const Position& a, const Position& b);

/// Whether `place` lies before `start`; nothing where the two cannot be compared.
std::optional<bool> IsBeforeStart(const LogPlace& place, const Position& start);

}  // namespace cdc::tail
