#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/record_line.h"
#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Says where a record is, at the beginning of messages ("stdin line 7").
using RecordPlace = std::function<std::string()>;

/// Makes rows of a table out of the records of its topic.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;

  /// Appends the changes that `record` stands for to `out`; none for a tombstone. `line` is the memory that record
  /// views may point into, with LineInput's padding after it. Errors: 65.
  virtual void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) = 0;

  /// A `schema` control line of the topic: what Connect calls the fields.
  virtual void LearnColumns(std::string_view columns_json) { static_cast<void>(columns_json); }

  /// Saves or loads what it knows of earlier records.
  virtual void Persist(StateArchive& state) { static_cast<void>(state); }
};

struct DecoderOptions {
  bool format_detect = false;  ///< --format-detect
};

/// For the table of a scan, by its format; `uses`: of its columns, as PlanNode::uses. Errors: 78.
std::unique_ptr<RecordDecoder> MakeDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses,
                                           const DecoderOptions& options);

}  // namespace cdc::sql
