#pragma once

#include <exception>
#include <string>

#include "common/exit_status.h"

namespace cdc {

/// What went wrong, in the parts that a person needs. `what` is one line that stands alone: what failed, where, why
/// (lower case, no full stop). `detail` and `hint` may be empty; each may hold several lines.
struct Error {
  ExitStatus status = ExitStatus::kSoftware;
  std::string what;
  std::string detail;
  std::string hint;
};

/// Carries an Error to main. Operating errors travel as exceptions so that the decoding paths hold no branch for them;
/// a caller that knows more about the place catches, adds it to `error().what`, and throws on.
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}
  const char* what() const noexcept override { return error_.what.c_str(); }
  const Error& error() const { return error_; }
  Error& error() { return error_; }

 private:
  Error error_;
};

[[noreturn]] void Fail(ExitStatus status, std::string what, std::string detail = {}, std::string hint = {});

/// "tool: error: what\n  detail: …\n  hint: …\n"; continuation lines are indented under their first.
std::string RenderError(const std::string& tool, const Error& error);

/// An errno as "No space left on device".
std::string ErrnoText(int error_number);

/// Cut to `max_bytes` (with "…"), control characters and bytes that are not UTF-8 escaped (\x00): for showing an
/// offending value.
std::string Shown(const std::string& value, size_t max_bytes = 120);

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const char* message);

}  // namespace cdc

/// For our own bugs only: prints and leaves with 70. Never for bad input.
#define CDC_CHECK(condition, message) \
  ((condition) ? static_cast<void>(0) : ::cdc::CheckFailed(__FILE__, __LINE__, #condition, message))
