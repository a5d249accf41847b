#pragma once

#include <string>

#include "common/byte_output.h"
#include "tools/cdc-sql/connect/table_frame.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/time_zone.h"

namespace cdc::sql {

/// The end of a query: takes its changes in order. Checks what the column types promise.
class ResultSink : public Operator {
 public:
  ResultSink(const PlanSink& sink);
  void Push(size_t port, const Batch& batch) override;

 protected:
  virtual void Write(const Batch& batch, size_t row) = 0;

  std::vector<PlanColumn> columns_;
  uint64_t rows_ = 0;

 private:
  [[noreturn]] void RefuseNull(const std::string& column) const;
  std::vector<size_t> not_null_;
  bool drop_nulls_;
  const TableDef* table_;  ///< null: of a SELECT
};

/// {"op":"+I","row":{…}} a change; from the second query on with "q":2 in front; for INSERT with "table":"name".
class SinkChangelogJson : public ResultSink {
 public:
  SinkChangelogJson(const PlanSink& sink, ByteOutput& output);

 private:
  void Write(const Batch& batch, size_t row) override;
  ByteOutput& output_;
  std::string opening_;
  std::vector<std::string> names_;  ///< "name": with quotes and escapes
};

/// What the SQL client prints: op and columns, in columns of fixed width.
class SinkTableau : public ResultSink {
 public:
  /// `turn`: which query printed last, shared by all.
  SinkTableau(const PlanSink& sink, ByteOutput& output, const TableFrame::Style& style, int* turn);
  void Finish() override;

 private:
  void Write(const Batch& batch, size_t row) override;
  ByteOutput& output_;
  TableFrame frame_;
  int number_;
  int* turn_;
};

/// Comma-separated values as RFC 4180 has them: a header, then a line a change, whose first field is its kind. Lines
/// end with LF. NULL is an empty field, an empty text is "".
class SinkCsv : public ResultSink {
 public:
  SinkCsv(const PlanSink& sink, ByteOutput& output, const TimeZone& zone);

 private:
  void Write(const Batch& batch, size_t row) override;
  ByteOutput& output_;
  TimeZone zone_;
};

/// What the connector print writes: identifier> +I[1, null, apple].
class SinkPrint : public ResultSink {
 public:
  SinkPrint(const PlanSink& sink, ByteOutput& output);

 private:
  void Write(const Batch& batch, size_t row) override;
  ByteOutput& output_;
  std::string prefix_;
};

/// Takes rows and forgets them (the connector blackhole).
class SinkNothing : public ResultSink {
 public:
  using ResultSink::ResultSink;

 private:
  void Write(const Batch&, size_t) override {}
};

}  // namespace cdc::sql
