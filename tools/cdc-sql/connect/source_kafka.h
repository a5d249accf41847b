#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "common/position.h"
#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// What kcat-consume is to be asked for so that the tables get their records: its arguments, and the client's
/// properties, which go through a file that only it can read (a password has no place among arguments).
struct KafkaRequest {
  std::vector<std::string> arguments;
  std::string properties;
};

/// Where kcat-consume begins, if not where the tables say.
struct KafkaStart {
  std::optional<Position> position;
  std::string resume_from;  ///< SINK
  std::string slot;
  std::string partitions;  ///< of kcat-consume --partitions; empty: all
};

/// Joins the options of all tables. Errors: 78 where they differ in what one reader has once (servers, start, end).
KafkaRequest RequestFor(const std::vector<const TableDef*>& tables, const KafkaStart& start);

/// kcat-consume as a child whose output is our input (--kafka). It lies beside this program, or in PATH.
class KafkaSource {
 public:
  KafkaSource(const std::vector<const TableDef*>& tables, const KafkaStart& start);
  ~KafkaSource();
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  int fd() const { return fd_; }
  /// Asks it to stop in order.
  void Stop();
  /// Waits for its end; its exit status (128 + n for a signal).
  int Wait();

 private:
  int fd_ = -1;
  pid_t child_ = -1;
};

}  // namespace cdc::sql
