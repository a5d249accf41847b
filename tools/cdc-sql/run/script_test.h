#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/byte_output.h"
#include "common/line_input.h"
#include "tools/cdc-sql/options.h"
#include "tools/cdc-sql/run/dataflow.h"
#include "tools/cdc-sql/run/row_bag.h"

namespace cdc::sql {

/// Runs a bound script over the rows of a test file, and compares its results with those that the file expects. The
/// lines of the file are described in cdc-sql(1), "Test files". Nothing else is read, and no table is written.
class ScriptTest {
 public:
  ScriptTest(const BoundScript& script, const Options& options, ByteOutput& output);
  ~ScriptTest();

  /// Prints a line for each expectation, and how many held. Returns 0 if all did, else 65. Errors: 65 for a line that
  /// is none of a test file, or whose row does not fit its table.
  int Run(LineInput& lines);

 private:
  struct Source;
  /// What arrived at a name.
  struct Result {
    std::vector<PlanColumn> columns;
    RowBag rows;
    std::string absent;  ///< a row that was taken away without being there
  };
  class Sink;

  void Link();
  void TakeLine(std::string_view line, const std::string& where);
  void TakeRow(const std::string& table, const std::string& op, std::string_view row, const std::string& where);
  void Expect(const std::string& name, const std::vector<std::string>& rows, const std::string& where);
  void EndStep();

  const BoundScript& script_;
  const Options& options_;
  ByteOutput& output_;
  bool step_each_row_ = true;
  std::unique_ptr<Dataflow> dataflow_;
  std::map<std::string, std::unique_ptr<Source>> sources_;
  std::map<std::string, std::unique_ptr<Result>> results_;
  size_t passed_ = 0, failed_ = 0;
  bool ended_ = false;
};

}  // namespace cdc::sql
