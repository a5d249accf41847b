#include "common/shown_sink.h"

#include "common/error.h"

namespace cdc {

std::string ShownSink(std::string_view sink) {
  constexpr std::string_view kSeparator = "://";
  std::string out;
  for (size_t found; (found = sink.find(kSeparator)) != std::string_view::npos;) {
    const size_t begin = found + kSeparator.size();
    out += sink.substr(0, begin);
    sink.remove_prefix(begin);
    const std::string_view authority = sink.substr(0, sink.find('/'));
    const size_t at = authority.rfind('@'), colon = authority.find(':');
    if (at == std::string_view::npos || colon > at) continue;
    out += std::string(authority.substr(0, colon)) + ":***";
    sink.remove_prefix(at);
  }
  return Shown(out + std::string(sink));
}

}  // namespace cdc
