#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/record_line.h"
#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// The type that metadata is read with where it is not the column's own, to which it is cast; nothing else.
std::optional<SqlType> MetadataReadAs(const TableDef& table, const ColumnDef& column);

/// The METADATA columns of a table: of the record (topic, partition, offset, timestamp, timestamp-type), and of the
/// format (value.source.timestamp and so on).
class MetadataColumns {
 public:
  /// Errors: 78 for a key that there is not, or a type that it does not fit.
  explicit MetadataColumns(const PlanNode& scan);

  bool empty() const { return columns_.empty(); }
  bool wants_envelope() const { return wants_envelope_; }

  /// Fills rows [first, out.rows()). `source` and `ts_ms` are raw JSON of Debezium's envelope, `source` the
  /// whole message of canal-json and the like; or empty.
  void Fill(const RecordLine& record, std::string_view source, std::string_view ts_ms, size_t first,
            BatchBuilder& out) const;

 private:
  struct Column {
    size_t index;
    std::string key;
    SqlType type;
    size_t known;  ///< place in the list of what there is
  };
  std::vector<Column> columns_;
  bool wants_envelope_ = false;
};

}  // namespace cdc::sql
