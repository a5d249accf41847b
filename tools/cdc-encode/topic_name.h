#pragma once

#include <string>
#include <string_view>

#include "common/java_regex.h"

namespace cdc::encode {

/// How schema and field names that Avro does not allow are changed.
enum class Adjustment {
  kNone,
  kAvro,         ///< "_" for a character, and before a leading digit
  kAvroUnicode,  ///< "_u002d" for a character, "_" itself included
};

/// `dots`: a name of several parts, between which dots stay.
std::string AdjustName(std::string_view name, Adjustment adjustment, bool dots);

/// topic.naming.strategy and its options.
struct TopicNaming {
  std::string delimiter = ".";
  bool unicode = false;  ///< DefaultUnicodeTopicNamingStrategy
  bool routes = false;   ///< DefaultRegexTopicNamingStrategy
  JavaRegex regex;
  std::string replacement;
  std::string key_field;  ///< added to the keys of routed topics; empty: none
  bool key_field_rule = false;
  JavaRegex key_field_regex;
  std::string key_field_replacement;
};

/// The topic of a table's records (or, without db and table, of other records): parts joined by the delimiter,
/// characters that a topic cannot have replaced. `unrouted`: the name as it
/// is joined.
std::string TopicName(const TopicNaming& naming, std::string_view prefix, std::string_view db, std::string_view table,
                      std::string* unrouted = nullptr);

}  // namespace cdc::encode
