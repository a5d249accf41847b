#include "tools/cdc-apply/shared_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/slot_errors.h"

namespace cdc::apply {

void CheckNameIsFree(const std::string& folder, const std::string& suffix, const std::string& own,
                     const std::string& table) {
  for (const std::string& name : FilesOf(folder)) {
    const size_t end = name.size() - std::min(name.size(), suffix.size());
    if (name == own || end == 0 || name.compare(end, std::string::npos, suffix) != 0) continue;
    const std::string path = folder + "/" + name;
    const auto text = ReadWholeFile(path);
    const auto state = nlohmann::json::parse(text.value_or(""), nullptr, false);
    // One of an earlier version does not tell them.
    if (!state.is_object() || !state.contains("names")) continue;
    const auto& names = state["names"];
    if (std::find(names.begin(), names.end(), table) != names.end())
      FailShared(table, table, name.substr(0, end), "remove \"" + path + "\"");
  }
}

}  // namespace cdc::apply
