#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector_config.h"
#include "common/java_regex.h"
#include "tools/cdc-encode/picture.h"

namespace cdc::encode {

/// What is done to a column's values before they are written.
struct ColumnRule {
  enum class Kind { kNone, kTruncate, kMask, kPropagate, kHash, kHashV2 };
  Kind kind = Kind::kNone;
  size_t length = 0;      ///< of kTruncate and kMask, in UTF-16 units
  std::string algorithm;  ///< of the hashes: a digest that OpenSSL knows
  std::string salt;
};

/// Properties column.* and datatype.propagate.source.type.
class ColumnRules {
 public:
  ColumnRules() = default;
  explicit ColumnRules(const ConnectorConfig& config);

  /// False for a column that values leave out.
  bool Keeps(const TablePicture& table, const PictureColumn& column) const;

  /// The one rule of a column: the first that names it, in the order truncate, mask, propagate, hash.
  const ColumnRule& RuleOf(const TablePicture& table, const PictureColumn& column) const;

 private:
  struct Entry {
    ColumnRule rule;
    ExpressionList columns;
    bool by_type = false;
  };
  void Add(const ConnectorConfig& config, const std::string& property, ColumnRule rule, bool by_type = false);
  ExpressionList include_, exclude_;
  std::vector<Entry> entries_;
};

/// Applies a rule to a value's JSON text as it would be written without it. `length` is the column's own, negative if
/// it has none; `is_character`: of a type that masks and hashes touch.
void AppendRuled(std::string& out, const ColumnRule& rule, std::string_view json, bool is_string, bool is_character,
                 int64_t length);

}  // namespace cdc::encode
