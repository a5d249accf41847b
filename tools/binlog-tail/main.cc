#include <unistd.h>

#include "tools/binlog-tail/check_server.h"
#include "tools/binlog-tail/file_job.h"
#include "tools/binlog-tail/server_job.h"

namespace cdc::tail {
namespace {

int Main(int argc, char** argv) {
  MarkOutputAsStream();
  Options options;
  std::string connector;
  std::vector<std::string> sets;
  if (!MakeCommandLine(&options, &connector, &sets).Parse(argc, argv)) return 0;
  CompleteOptions(&options, connector, sets);
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (options.check) return CheckServer(options, output);
  return options.files.empty() ? RunServerJob(options, output) : RunFileJob(options, output);
}

}  // namespace
}  // namespace cdc::tail

int main(int argc, char** argv) {
  return cdc::RunTool("binlog-tail", argc, argv, cdc::tail::Main);
}
