#pragma once

#include <string>
#include <vector>

#include "tools/cdc-encode/added_fields.h"

namespace cdc::encode {

/// What ExtractNewRecordState makes of deletes and tombstones.
struct UnwrapSettings {
  bool enabled = false;
  enum class Delete { kDrop, kNull, kRewrite };
  Delete on_delete = Delete::kDrop;
  bool keep_tombstones = false;
  std::vector<AddedField> add_fields;   ///< add.fields
  std::vector<AddedField> add_headers;  ///< add.headers
  std::string route_field;              ///< route.by.field: the column that names the topic; empty: none

  bool rewrite() const { return on_delete == Delete::kRewrite; }
};

}  // namespace cdc::encode
