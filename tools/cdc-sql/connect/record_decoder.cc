#include "tools/cdc-sql/connect/record_decoder.h"

#include "tools/cdc-sql/connect/format_cdc.h"
#include "tools/cdc-sql/connect/format_csv.h"
#include "tools/cdc-sql/connect/format_debezium.h"
#include "tools/cdc-sql/connect/format_json.h"
#include "tools/cdc-sql/connect/format_raw.h"
#include "tools/cdc-sql/connect/key_decoder.h"

namespace cdc::sql {

namespace {

std::unique_ptr<RecordDecoder> MakeValueDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses,
                                                const DecoderOptions& options) {
  const std::string format = scan.table->format();
  if (format == "debezium-json") return std::make_unique<DebeziumDecoder>(scan, uses, options.format_detect);
  if (format == "canal-json" || format == "maxwell-json" || format == "ogg-json")
    return std::make_unique<CdcJsonDecoder>(scan);
  if (format == "csv") return std::make_unique<CsvDecoder>(scan, uses);
  if (format == "raw") return std::make_unique<RawDecoder>(scan);
  return std::make_unique<JsonDecoder>(scan, uses, options.format_detect);
}

}  // namespace

std::unique_ptr<RecordDecoder> MakeDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses,
                                           const DecoderOptions& options) {
  std::unique_ptr<RecordDecoder> decoder = MakeValueDecoder(scan, uses, options);
  if (scan.table->connector() != "upsert-kafka" && !scan.table->Get("key.format")) return decoder;
  auto key_table = std::make_unique<KeyTable>(scan);
  std::unique_ptr<RecordDecoder> key = MakeValueDecoder(key_table->scan, {}, options);
  return std::make_unique<KeyDecoder>(scan, std::move(decoder), std::move(key_table), std::move(key));
}

}  // namespace cdc::sql
