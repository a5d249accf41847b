#pragma once

#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"
#include "tools/cdc-sql/run/charset.h"

namespace cdc::sql {

/// The options raw.* of a table. Errors: 78 for a charset or an order of bytes that is not known.
struct RawOptions {
  explicit RawOptions(const TableDef& table);
  Charset charset = Charset::kUtf8;
  bool little_endian = false;
};

/// raw: the bytes of the record are the value of the one column: text in the charset, numbers with all bytes of their
/// type, a BOOLEAN as one byte.
class RawDecoder : public RecordDecoder {
 public:
  /// Errors: 78 if the table has not exactly one column in its records, of text, bytes, BOOLEAN or a number.
  explicit RawDecoder(const PlanNode& scan);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;

 private:
  RawOptions options_;
  size_t column_ = 0;
  MetadataColumns metadata_;
};

/// A number or BOOLEAN as the format raw has it. `value` is not NULL.
void AppendRawNumber(std::string& out, const ColumnVector& value, size_t row, const SqlType& type,
                     const RawOptions& options);
/// Whether `type` is one that AppendRawNumber takes.
bool IsRawNumber(const SqlType& type);
/// Errors: 78 where these are not the types of one column of text, bytes, BOOLEAN or a number.
void CheckRawColumns(const TableDef& table, const std::vector<SqlType>& types);

}  // namespace cdc::sql
