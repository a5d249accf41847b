#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/change_line.h"
#include "tools/cdc-encode/connect_schema.h"

namespace cdc::encode {

/// One entry of ExtractNewRecordState's add.fields or add.headers: a piece of the envelope that the unwrapped record
/// keeps.
struct AddedField {
  enum class Part { kOp, kClock, kSource, kTransaction, kBefore, kAfter };
  Part part = Part::kSource;
  std::string member;  ///< of that part; a column's name for kBefore and kAfter
  std::string name;    ///< in the record, with the prefix
  bool known = true;   ///< false: the connector's own envelope has no such thing
};

/// "op,source.ts_ms,before.qty:old": names as the connector gives them. Entries of a part that the envelope does not
/// have are left out, as the connector does it; what the source block has not may still be in an envelope that
/// transforms changed.
std::vector<AddedField> ParseAddedFields(std::string_view list, std::string_view prefix);

/// The schema of an entry that is no column; its field is `name`.
FieldSchema AddedFieldSchema(const AddedField& added);

/// The moment of an envelope, as digits.
struct EnvelopeClock {
  std::string_view ms, us, ns;
};

/// JSON text of an entry that is no column, for a record of `op`. `db` and `table` are JSON strings.
void AppendAddedValue(std::string& out, const AddedField& added, char op, const ChangeLine& change,
                      std::string_view source_name, std::string_view db, std::string_view table,
                      const EnvelopeClock& clock);

}  // namespace cdc::encode
