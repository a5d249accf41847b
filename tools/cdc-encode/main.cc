#include <unistd.h>

#include "common/byte_output.h"
#include "common/line_input.h"
#include "common/log.h"
#include "tools/cdc-encode/encoder.h"
#include "tools/cdc-encode/explain.h"
#include "tools/cdc-encode/options.h"

namespace cdc::encode {
namespace {

/// A file that a run would refuse is refused, after it was shown.
int Explain(const Options& options) {
  ConnectorConfig config = ConnectorConfig::LoadToExplain(options.explain_path);
  for (const std::string& assignment : options.assignments) config.Set(assignment);
  if (config.entries().empty()) LogNote(options.explain_path + ": no property is set, so the defaults are shown");
  const Refusals refusals = FindRefusals(config);
  ByteOutput output(STDOUT_FILENO, "stdout");
  ExplainConfig(config, refusals, output);
  output.Close();
  if (!refusals.errors.empty()) throw Failure(refusals.errors.front());
  return 0;
}

int Main(int argc, char** argv) {
  MarkOutputAsStream();
  Options options;
  if (!MakeCommandLine(&options).Parse(argc, argv)) return 0;
  if (!options.explain_path.empty()) return Explain(options);
  EncodeSettings settings = MakeSettings(options);
  LineInput input(STDIN_FILENO, "stdin");
  ByteOutput output(STDOUT_FILENO, "stdout");
  StreamWriter writer(output);
  input.SetBeforeBlock([&writer] { writer.Flush(); });
  input.SetOutput(output);
  StreamReader reader(input, {LineKind::kChange, false, options.filtered});
  const int status = Encoder(std::move(settings), reader, writer).Run();
  output.Close();
  return status;
}

}  // namespace
}  // namespace cdc::encode

int main(int argc, char** argv) {
  return cdc::RunTool("cdc-encode", argc, argv, cdc::encode::Main);
}
