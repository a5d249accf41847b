#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// A Debezium connector's configuration: `{"name":…,"config":{…}}` as it is POSTed to Kafka Connect, a flat JSON
/// object, or a Java property file. Names of Debezium 1.x are taken under their new names, with a warning. `${NAME}`
/// and `${env:NAME}` stand for environment variables.
class ConnectorConfig {
 public:
  /// Errors: 66 if the file cannot be read, 78 with file:line for malformed text, a duplicate, or an environment
  /// variable that is not set.
  static ConnectorConfig Load(const std::string& path);
  static ConnectorConfig Parse(std::string_view text, const std::string& path);

  /// "name=value" of --set: adds or overrides. Errors: 64.
  void Set(const std::string& assignment);

  const std::string& name() const { return name_; }  ///< "name" beside "config", or the property "name"

  bool Has(const std::string& property) const { return entries_.count(property) > 0; }
  std::string Get(const std::string& property, const std::string& otherwise = "") const;
  /// Errors: 78 that names the property, its place, and what is allowed.
  bool GetFlag(const std::string& property, bool otherwise) const;
  int64_t GetInteger(const std::string& property, int64_t otherwise, int64_t low, int64_t high) const;
  std::string GetChoice(const std::string& property, const std::string& otherwise,
                        const std::vector<std::string>& allowed) const;

  /// "connector.json:12" or "--set", for messages.
  std::string Where(const std::string& property) const;

  struct Entry {
    std::string value;
    std::string where;
    std::string written_name;  ///< as it stands in the file, if that is an old name
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }

  /// Refuses a property with 78: "connector.json:12: property "x" …".
  [[noreturn]] void Refuse(const std::string& property, const std::string& why, const std::string& hint = "") const;

 private:
  void Add(const std::string& property, std::string value, const std::string& where);
  std::string name_;
  std::map<std::string, Entry> entries_;
};

/// The name of today for a property of Debezium 1.x; the name itself if it is not an old one.
std::string CurrentPropertyName(const std::string& name);

/// Replaces ${NAME} and ${env:NAME}; other references (${file:…}) and unset variables fail with 78.
std::string ExpandEnvironment(std::string_view text, const std::string& where);

}  // namespace cdc
