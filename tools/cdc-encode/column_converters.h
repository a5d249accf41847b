#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/connector_config.h"
#include "common/java_regex.h"
#include "tools/cdc-encode/picture.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {

/// The property "converters": Debezium's own TinyIntOneToBooleanConverter and JdbcSinkDataTypesConverter.
class ColumnConverters {
 public:
  ColumnConverters() = default;
  /// Errors: 78 for another converter, and an option that it does not have.
  explicit ColumnConverters(const ConnectorConfig& config);

  /// The first converter that takes the column decides its schema and form.
  void Apply(const TablePicture& table, const PictureColumn& column, MappedColumn* mapped) const;

 private:
  struct Converter {
    bool tiny_int = false;        ///< else the one for JDBC sinks
    bool only_length_one = true;  ///< length.checker
    ExpressionList selector;      ///< of "db.table.column"; empty: all
    ExpressionList flags, reals, texts;
    bool double_reals = true;  ///< treat.real.as.double
  };
  static bool ApplyTinyInt(const Converter& converter, const std::string& name, const PictureColumn& column,
                           MappedColumn* mapped);
  static bool ApplyJdbc(const Converter& converter, const std::string& name, const PictureColumn& column,
                        MappedColumn* mapped);
  std::vector<Converter> converters_;
};

}  // namespace cdc::encode
