#pragma once

#include <vector>

#include "tools/cdc-sql/connect/json_names.h"
#include "tools/cdc-sql/connect/json_value.h"
#include "tools/cdc-sql/plan/column_use.h"

namespace cdc::sql {

/// Reads the fields of a JSON object as a value of a ROW type (run/nested.h). Fields that nobody uses are looked at, so
/// that a bad value is found, and NULL in the value.
class JsonFields {
 public:
  explicit JsonFields(const SqlType& type);

  void ReadOnly(const ColumnUse& use) { use_ = use; }

  /// Why a field does not fit; empty: `bytes()` is the value. Errors: simdjson_error.
  std::string Read(simdjson::ondemand::object& object, const JsonFieldRules& rules);
  /// The value, copied to `arena`.
  std::string_view CopyTo(StringArena& arena) const;

 private:
  struct Part {
    size_t begin = 0, size = 0;  ///< in bytes_; size 0: NULL
  };
  std::string ReadField(const JsonValue& value, size_t field, const JsonFieldRules& rules);

  SqlType type_;
  JsonNames names_;
  ColumnUse use_{true};
  std::vector<Part> parts_;           ///< by field
  std::vector<uint8_t> seen_;         ///< by field, where a missing one is an error
  std::vector<ColumnVector> values_;  ///< by field: one value, for those that are no text
  std::string bytes_;                 ///< the parts in the order of the object
};

}  // namespace cdc::sql
