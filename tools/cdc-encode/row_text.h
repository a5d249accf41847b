#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::encode {

/// The text of a row. Long values that stand in the line as they stand in the record are not copied into it, and long
/// JSON documents are printed only when the text is written: so a large row is in memory once, as it was read.
class RowText {
 public:
  using Sink = std::function<void(std::string_view)>;

  RowText() = default;
  explicit RowText(std::string_view text) : own_(text) {}

  void Clear() {
    own_.clear();
    long_values_.clear();
    long_size_ = 0;
  }
  /// All that is not long is appended here.
  std::string& own() { return own_; }

  /// What becomes of a long value.
  enum class Form {
    kAsRead,
    kString,    ///< AppendConnectRawString
    kDocument,  ///< AppendJsonDocument
  };
  /// The next part of the text: it has to stay where it is until the text is cleared. False if it is not of the form.
  bool Refer(std::string_view raw, Form form);

  size_t size() const { return own_.size() + long_size_; }
  void Write(const Sink& sink) const;
  const std::string* if_short() const { return long_values_.empty() ? &own_ : nullptr; }

  /// Of the same table's rows.
  friend bool operator==(const RowText& a, const RowText& b);

 private:
  static bool WriteLong(std::string_view raw, Form form, const Sink& sink);
  struct LongValue {
    size_t at;  ///< in own_: what stands before it
    std::string_view raw;
    Form form;
  };
  std::string own_;
  std::vector<LongValue> long_values_;
  size_t long_size_ = 0;
};

}  // namespace cdc::encode
