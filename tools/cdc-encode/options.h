#pragma once

#include <string>

#include "common/cli.h"
#include "tools/cdc-encode/settings.h"

namespace cdc::encode {

/// What the command line asks for. Options override the connector's file, whatever their order.
struct Options {
  std::string connector_path;
  std::vector<std::string> assignments;  ///< --set
  std::string topic_prefix;              ///< --topic-prefix
  std::string schemas;                   ///< "", "on", "off"
  std::string unwrap;                    ///< "" or a mode
  bool filtered = false;
  std::string explain_path;  ///< --explain-config
};

CommandLine MakeCommandLine(Options* options);

/// Settings from the file and the options. Errors: 64, 66, 78.
EncodeSettings MakeSettings(const Options& options);

}  // namespace cdc::encode
