#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/log.h"
#include "target.h"

/// replay FOLDER: each target over the files in the folder of its name, and over nothing at all.
int main(int argc, char** argv) {
  cdc::SetLogLevel(cdc::LogLevel::kQuiet);
  if (argc != 2) return EXIT_FAILURE;
  for (const auto& target : cdc::fuzz::Targets()) {
    target.run({});
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / target.name;
    size_t count = 0;
    if (std::filesystem::is_directory(folder)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::printf("  %s\n", entry.path().c_str());
        std::fflush(stdout);
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        target.run(bytes);
        ++count;
      }
    }
    std::printf("%s: %zu inputs\n", target.name, count);
  }
  return EXIT_SUCCESS;
}
