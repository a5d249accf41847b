#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/control_line.h"
#include "tools/cdc-apply/hidden_file.h"

namespace cdc::apply {

/// Lines of a source transaction that are applied once its mark has come; many of them wait in a file.
class HeldLines {
 public:
  void Add(LineKind kind, std::string_view line, std::string_view where);
  bool empty() const { return is_empty_; }
  void Clear();

  using Visitor = std::function<void(LineKind kind, std::string_view line, const std::string& where)>;
  /// In the order in which they came.
  void ForEach(const Visitor& visitor);

 private:
  static void Visit(std::string_view bytes, const Visitor& visitor);
  std::string buffer_;
  std::unique_ptr<HiddenFile> file_;  // what came before that; null: nothing
  std::vector<size_t> blocks_;        // bytes of whole lines that went to it at once
  bool is_empty_ = true;
};

}  // namespace cdc::apply
