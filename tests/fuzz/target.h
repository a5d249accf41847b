#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Fuzz targets: each takes any bytes at all and must come back. A Failure is a proper answer, but for one of status 70
/// (our own bug). With -Dfuzz=true each target becomes a program of libFuzzer; in other builds one program runs all of
/// them over the inputs that were found before (tests/data/fuzz/TARGET).
namespace cdc::fuzz {

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
};

/// Those that are linked in.
std::vector<Target>& Targets();

struct Registration {
  explicit Registration(Target target) { Targets().push_back(target); }
};

/// Runs `work`; true if it came to its end, false if it refused its input.
bool Takes(const std::function<void()>& work);

/// For what has to hold whatever the input was; ends the program.
void Require(bool holds, const char* what);

/// What is written is JSON, whatever was read.
void RequireJson(std::string_view text);

/// An output that nobody reads.
int NullFd();
/// The bytes as a file to read, from its beginning; the caller closes it.
int FileOf(std::string_view bytes);

}  // namespace cdc::fuzz

/// Defines a target and makes it known: FUZZ_TARGET(ddl) { … bytes … }
#define FUZZ_TARGET(name)                                                           \
  static void name##_target(std::string_view bytes);                                \
  static const cdc::fuzz::Registration name##_registration({#name, name##_target}); \
  static void name##_target(std::string_view bytes)
