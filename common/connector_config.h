#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace cdc {

/// A refusal that knows the property it is of.
class RefusedProperty : public Failure {
 public:
  RefusedProperty(std::string property, Error error) : Failure(std::move(error)), property_(std::move(property)) {}
  const std::string& property() const { return property_; }

 private:
  std::string property_;
};

/// A Debezium connector's configuration: `{"name":…,"config":{…}}` as it is POSTed to Kafka Connect, a flat JSON
/// object, or a Java property file. Names of Debezium 1.x are taken under their new names, with a warning. `${NAME}`
/// and `${env:NAME}` stand for environment variables; in a replacement for what an expression matched only the latter.
class ConnectorConfig {
 public:
  /// Errors: 66 if the file cannot be read, 78 with file:line for malformed text, a duplicate, or an environment
  /// variable that is not set.
  static ConnectorConfig Load(const std::string& path);
  /// Takes a duplicate, or a variable that is not set, as an entry with a problem, so that the file can be shown.
  static ConnectorConfig LoadToExplain(const std::string& path);
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
    std::string written_name;      ///< as it stands in the file, if that is an old name
    std::optional<Error> problem;  ///< of LoadToExplain
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }

  void Remove(const std::string& property) { entries_.erase(property); }

  /// Refuses a property with 78: "connector.json:12: property "x" …".
  [[noreturn]] void Refuse(const std::string& property, const std::string& why, const std::string& hint = "") const;

 private:
  static ConnectorConfig Read(std::string_view text, const std::string& path, bool keep_problems);
  void Add(const std::string& property, std::string value, const std::string& where);
  bool keep_problems_ = false;
  std::string name_;
  std::map<std::string, Entry> entries_;
};

/// The name of today for a property of Debezium 1.x; the name itself if it is not an old one.
std::string CurrentPropertyName(const std::string& name);

/// Replaces ${NAME} and ${env:NAME}; other references (${file:…}) and unset variables fail with 78.
std::string ExpandEnvironment(std::string_view text, const std::string& where, bool groups = false);

}  // namespace cdc
