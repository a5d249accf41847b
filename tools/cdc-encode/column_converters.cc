#include "tools/cdc-encode/column_converters.h"

#include <algorithm>

#include "common/ddl/lexer.h"
#include "common/java_number.h"
#include "common/text_list.h"
#include "tools/cdc-encode/connect_record.h"

namespace cdc::encode {
namespace {

/// Beside the schema the default changes, and with it what a NULL is written as.
void Retype(MappedColumn* mapped, ValueForm form, const char* type, const std::string& default_json,
            const char* fallback) {
  mapped->form = form;
  mapped->schema.type = type;
  mapped->schema.name.clear();
  mapped->schema.version = 0;
  mapped->schema.parameters.clear();
  mapped->schema.default_json = default_json;
  mapped->fallback = fallback;
  mapped->null_text = !default_json.empty() ? default_json : mapped->schema.optional ? "null" : fallback;
}

bool IsPositive(const std::string& json) {
  return json == "true" || (json != "false" && json != "0" && json[0] != '-');
}

}  // namespace

ColumnConverters::ColumnConverters(const ConnectorConfig& config) {
  for (const std::string& name : SplitList(config.Get("converters"))) {
    const std::string prefix = name + ".";
    const std::string type = config.Get(prefix + "type");
    Converter converter;
    bool known = false;
    std::vector<std::string> options = {"type"};
    for (const char* package :
         {"io.debezium.connector.mysql.converters.", "io.debezium.connector.binlog.converters."}) {
      converter.tiny_int = converter.tiny_int || type == std::string(package) + "TinyIntOneToBooleanConverter";
      known = known || converter.tiny_int || type == std::string(package) + "JdbcSinkDataTypesConverter";
    }
    if (!known)
      config.Refuse(config.Has(prefix + "type") ? prefix + "type" : "converters",
                    "names a converter that cdc-encode does not support: " + type,
                    "TinyIntOneToBooleanConverter and JdbcSinkDataTypesConverter of "
                    "io.debezium.connector.mysql.converters are possible");
    const auto expressions = [&](const std::string& option) {
      options.push_back(option);
      return ReadExpressions(config, prefix + option);
    };
    const auto flag = [&](const std::string& option) {
      options.push_back(option);
      return !config.Has(prefix + option) || ddl::EqualsIgnoreCase(config.Get(prefix + option), "true");
    };
    if (converter.tiny_int) {
      converter.selector = expressions("selector");
      converter.only_length_one = flag("length.checker");
    } else {
      converter.flags = expressions("selector.boolean");
      converter.reals = expressions("selector.real");
      converter.texts = expressions("selector.string");
      converter.double_reals = flag("treat.real.as.double");
    }
    for (const auto& [property, entry] : config.entries())
      if (property.rfind(prefix, 0) == 0 &&
          std::find(options.begin(), options.end(), property.substr(prefix.size())) == options.end())
        config.Refuse(property, "is no option of this converter", "remove it");
    converters_.push_back(std::move(converter));
  }
}

bool ColumnConverters::ApplyTinyInt(const Converter& converter, const std::string& name, const PictureColumn& column,
                                    MappedColumn* mapped) {
  const bool tiny =
      ddl::EqualsIgnoreCase(column.type_name, "TINYINT") || ddl::EqualsIgnoreCase(column.type_name, "TINYINT UNSIGNED");
  if (!tiny || (converter.only_length_one && column.length.value_or(-1) != 1)) return false;
  if (!converter.selector.empty() && !converter.selector.Matches(name)) return false;
  const std::string& number = mapped->schema.default_json;
  mapped->byte_length = 1;
  Retype(mapped, ValueForm::kPositive, "boolean", number.empty() ? "" : IsPositive(number) ? "true" : "false", "false");
  return true;
}

bool ColumnConverters::ApplyJdbc(const Converter& converter, const std::string& name, const PictureColumn& column,
                                 MappedColumn* mapped) {
  const std::string default_json = mapped->schema.default_json;
  const bool number = mapped->form == ValueForm::kInteger || mapped->form == ValueForm::kBoolean;
  if (number && converter.flags.Matches(name)) {
    const std::string base = column.BaseType();
    mapped->byte_length = base == "TINYINT" || base == "INT1" || base.rfind("BOOL", 0) == 0 ? 1 : 0;
    Retype(mapped, ValueForm::kPositiveNumber, "int16",
           default_json.empty()       ? ""
           : IsPositive(default_json) ? "1"
                                      : "0",
           "0");
    return true;
  }
  const bool real = mapped->form == ValueForm::kFloat || mapped->form == ValueForm::kDouble ||
                    mapped->form == ValueForm::kWidenedFloat;
  if (real && converter.reals.Matches(name)) {
    std::string as_type;
    double value = 0;
    if (ParseReal(default_json, &value))
      converter.double_reals ? AppendJavaDouble(as_type, value) : AppendJavaFloat(as_type, static_cast<float>(value));
    const ValueForm form = !converter.double_reals             ? ValueForm::kFloat
                           : mapped->form == ValueForm::kFloat ? ValueForm::kWidenedFloat
                                                               : mapped->form;
    Retype(mapped, form, converter.double_reals ? "double" : "float", as_type, "0.0");
    return true;
  }
  const bool text = mapped->form == ValueForm::kString || mapped->form == ValueForm::kLatin1String;
  if (!text || !converter.texts.Matches(name)) return false;
  Retype(mapped, mapped->form, "string", default_json, "\"\"");
  mapped->schema.parameters = {{"__debezium.source.column.character_set", column.charset}};
  return true;
}

void ColumnConverters::Apply(const TablePicture& table, const PictureColumn& column, MappedColumn* mapped) const {
  if (converters_.empty() || mapped->form == ValueForm::kNone) return;
  const std::string name = table.db + "." + table.table + "." + column.name;
  for (const Converter& converter : converters_)
    if (converter.tiny_int ? ApplyTinyInt(converter, name, column, mapped) : ApplyJdbc(converter, name, column, mapped))
      return;
}

}  // namespace cdc::encode
