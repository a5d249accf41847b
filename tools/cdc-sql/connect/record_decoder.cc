#include "tools/cdc-sql/connect/record_decoder.h"

#include "tools/cdc-sql/connect/format_csv.h"
#include "tools/cdc-sql/connect/format_debezium.h"
#include "tools/cdc-sql/connect/format_json.h"

namespace cdc::sql {

std::unique_ptr<RecordDecoder> MakeDecoder(const PlanNode& scan, const DecoderOptions& options) {
  const std::string format = scan.table->format();
  if (format == "debezium-json") return std::make_unique<DebeziumDecoder>(scan, options.format_detect);
  if (format == "csv") return std::make_unique<CsvDecoder>(scan);
  if (format == "raw") return std::make_unique<RawDecoder>(scan);
  return std::make_unique<JsonDecoder>(scan, options.format_detect);
}

}  // namespace cdc::sql
