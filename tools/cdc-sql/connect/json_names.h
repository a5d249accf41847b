#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cdc::sql {

/// Places of an object's fields by name. Objects of a stream have their fields in one order, so the place after the one
/// that came last is looked at first, and the name compared as it stands.
class JsonNames {
 public:
  static constexpr size_t kNone = SIZE_MAX;

  /// Names that are not wanted are empty.
  explicit JsonNames(std::vector<std::string> names) : names_(std::move(names)), plain_(names_.size()) {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) continue;
      plain_[i] = names_[i].find_first_of("\"\\") == std::string::npos && names_[i].size() < simdjson::SIMDJSON_PADDING;
      by_name_.emplace(names_[i], i);
    }
  }
  JsonNames(const JsonNames&) = delete;
  JsonNames& operator=(const JsonNames&) = delete;

  /// The place of the field's name, kNone if there is none. `expected`: the place to look at first; becomes the next.
  size_t Find(simdjson::ondemand::field& field, size_t* expected) const {
    size_t found = *expected;
    if (found >= names_.size() || !plain_[found] || !field.key().unsafe_is_equal(names_[found])) found = Search(field);
    *expected = found == kNone ? 0 : found + 1;
    return found;
  }
  size_t Find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kNone : found->second;
  }

 private:
  size_t Search(simdjson::ondemand::field& field) const { return Find(std::string_view(field.unescaped_key())); }

  std::vector<std::string> names_;
  std::vector<bool> plain_;
  std::unordered_map<std::string_view, size_t> by_name_;
};

}  // namespace cdc::sql
