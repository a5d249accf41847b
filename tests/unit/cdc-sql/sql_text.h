#pragma once

#include <deque>
#include <string>

#include "common/error.h"
#include "tools/cdc-sql/bind/script_binder.h"

namespace cdc::sql {

/// The whole message that a script is refused with, as main prints it (without the tool's name); empty if it is taken.
inline std::string RefusalOf(const std::string& text) {
  static std::deque<SourceText> sources;  // spans point into them
  sources.push_back({"t.sql", text});
  try {
    BoundScript script;
    BindScript(ParseScript(sources.back()), {}, &script);
  } catch (const Failure& failure) {
    const Error& error = failure.error();
    std::string out = error.what;
    if (!error.detail.empty()) out += "\n" + error.detail;
    if (!error.hint.empty()) out += "\n" + error.hint;
    return out;
  }
  return {};
}

inline const SourceText& KeptSource(const std::string& text) {
  static std::deque<SourceText> sources;
  sources.push_back({"t.sql", text});
  return sources.back();
}

}  // namespace cdc::sql
