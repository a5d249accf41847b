#include "tools/cdc-sql/bind/option_name.h"

namespace cdc::sql {

namespace {

std::string NameInTable(const TableDef& table, const std::string& name) {
  return (table.Get("value.format") ? "value." : "") + table.format() + "." + name;
}

}  // namespace

std::string OptionName(const TableDef& table, const std::string& name) {
  const bool of_keys = table.connector().empty();  // KeyTable's: it has the options without their "key."
  return (of_keys ? "key." : "") + NameInTable(table, name);
}

Span OptionSpan(const TableDef& table, const std::string& name) {
  return table.SpanOf(NameInTable(table, name));
}

}  // namespace cdc::sql
