#include <unistd.h>

#include "common/byte_output.h"
#include "common/line_input.h"
#include "tools/cdc-encode/encoder.h"
#include "tools/cdc-encode/options.h"

namespace cdc::encode {
namespace {

int Main(int argc, char** argv) {
  Options options;
  if (!MakeCommandLine(&options).Parse(argc, argv)) return 0;
  EncodeSettings settings = MakeSettings(options);
  LineInput input(STDIN_FILENO, "stdin");
  ByteOutput output(STDOUT_FILENO, "stdout");
  StreamWriter writer(output);
  input.SetBeforeBlock([&writer] { writer.Flush(); });
  StreamReader reader(input, {LineKind::kChange, false, options.filtered});
  const int status = Encoder(std::move(settings), reader, writer).Run();
  output.Close();
  return status;
}

}  // namespace
}  // namespace cdc::encode

int main(int argc, char** argv) {
  return cdc::RunTool("cdc-encode", argc, argv, cdc::encode::Main, cdc::Output::kStream);
}
