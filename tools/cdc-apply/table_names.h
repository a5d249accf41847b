#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cdc::apply {

/// Names of target tables, from a template in which {topic}, {db} and {table} stand for the source's names. Two
/// sources that would share a table are refused.
class TableNames {
 public:
  /// Errors: 64 if the template is empty or has other braces than {topic}, {db} and {table}.
  explicit TableNames(std::string name_template);

  /// `db` and `table` empty: taken from the topic, whose last two dot-separated parts they are.
  /// Errors: 78 if another source has that name already, or cdc-apply itself.
  std::string For(std::string_view topic, std::string db, std::string table);

 private:
  std::string template_;
  std::map<std::string, std::string> sources_;  // table name → topic
};

}  // namespace cdc::apply
