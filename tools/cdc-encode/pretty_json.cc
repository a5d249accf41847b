#include "tools/cdc-encode/pretty_json.h"

#include <vector>

namespace cdc::encode {

std::string PrettyJson(std::string_view compact) {
  std::string out;
  std::vector<char> open;  // brackets
  size_t depth = 0;        // objects only
  const auto line = [&] {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  for (size_t at = 0; at < compact.size(); ++at) {
    const char c = compact[at];
    if (c == '"') {
      const size_t begin = at++;
      while (at < compact.size() && compact[at] != '"') at += compact[at] == '\\' ? 2 : 1;
      out.append(compact, begin, at + 1 - begin);
    } else if (c == '{' || c == '[') {
      const bool object = c == '{';
      if (at + 1 < compact.size() && compact[at + 1] == (object ? '}' : ']')) {
        out += object ? "{ }" : "[ ]";
        ++at;
        continue;
      }
      open.push_back(c);
      out += c;
      if (object) {
        ++depth;
        line();
      } else {
        out += ' ';
      }
    } else if (c == '}') {
      --depth;
      open.pop_back();
      line();
      out += c;
    } else if (c == ']') {
      open.pop_back();
      out += " ]";
    } else if (c == ',') {
      out += c;
      if (!open.empty() && open.back() == '{')
        line();
      else
        out += ' ';
    } else if (c == ':') {
      out += " : ";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace cdc::encode
