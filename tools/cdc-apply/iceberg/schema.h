#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/iceberg/avro.h"
#include "tools/cdc-apply/iceberg/field_type.h"

namespace cdc::apply {
struct KnownTable;
}

namespace cdc::apply::iceberg {

struct Field {
  int id = 0;
  std::string name;
  FieldType type;
  bool required = false;
  friend bool operator==(const Field&, const Field&) = default;
};

/// A table's schema (specification, "Schemas"): flat, of the types that cdc-apply writes.
struct Schema {
  int id = 0;
  std::vector<Field> fields;
  std::vector<int> identifier;  ///< field ids of the key, where all of its fields are required

  /// Null if there is none.
  const Field* Find(std::string_view name) const;
  const Field* FindId(int field_id) const;
  Json ToJson() const;
};

/// The current schema of a table's metadata. Errors: 78 for types that cdc-apply does not write.
Schema CurrentSchema(const Json& metadata);

struct FittedSchema {
  Schema schema;
  int last_column_id = 0;
  bool changed = false;
};

/// The schema that holds the rows of `table`. Without `current`: a new one. Else the current one, with columns added
/// and types promoted; a column that the source has no more stays, and is null. `is_empty`: the table holds no rows, so
/// that its columns may become what they are in the source; `known`: what is known of them. A column that the source
/// has dropped and added anew is another field. Errors: 78 for a type that cannot be promoted, and for such a column in
/// the key.
FittedSchema FitSchema(const Schema* current, int last_column_id, const TargetTable& table, const KnownTable& known,
                       bool is_empty);

}  // namespace cdc::apply::iceberg
