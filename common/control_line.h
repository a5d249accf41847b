#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/position.h"

namespace cdc {

enum class LineKind { kControl, kRecord, kChange, kOther };

/// Decided by the opening bytes.
LineKind KindOfLine(std::string_view line);

enum class ControlKind { kHello, kTable, kDdl, kSchema, kBegin, kMark, kHeartbeat, kSnapshot, kEnd, kUnknown };

/// A parsed control line (cdc-stream.5). Views point into the line.
class ControlLine {
 public:
  /// Errors: 65, beginning with `where`.
  void Parse(std::string_view line, const std::string& where);

  ControlKind kind() const { return kind_; }
  std::string_view kind_name() const { return kind_name_; }
  std::string_view line() const { return line_; }

  /// Raw JSON text of a member; empty if it is not there.
  std::string_view Raw(std::string_view member) const;
  bool Has(std::string_view member) const { return !Raw(member).empty(); }

  /// Typed access. A missing member, or one of another type, fails with 65.
  std::string Text(std::string_view member) const;
  uint64_t Number(std::string_view member) const;
  Position PositionOf(std::string_view member) const;

  /// False or missing → false.
  bool Flag(std::string_view member) const { return Raw(member) == "true"; }

  const std::vector<std::pair<std::string_view, std::string_view>>& members() const { return members_; }

 private:
  [[noreturn]] void Bad(const std::string& why) const;
  ControlKind kind_ = ControlKind::kUnknown;
  std::string_view kind_name_;
  std::string_view line_;
  std::string where_;
  std::vector<std::pair<std::string_view, std::string_view>> members_;
};

}  // namespace cdc
