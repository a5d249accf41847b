#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::apply {

/// One column's value on its way into a sink. Text and bytes point into the input line or into the decoder's arena,
/// and stay valid until the next row.
struct Value {
  enum class Kind : uint8_t { kAbsent, kNull, kInteger, kUnsigned, kReal, kDecimal, kText, kBytes };
  Kind kind = Kind::kAbsent;
  int64_t integer = 0;    ///< kInteger; kUnsigned as its bits
  double real = 0;        ///< kReal
  std::string_view text;  ///< kText, kBytes, and kDecimal as its exact text

  static Value Null() { return {Kind::kNull, 0, 0, {}}; }
  static Value Integer(int64_t value) { return {Kind::kInteger, value, 0, {}}; }
  static Value Unsigned(uint64_t value) { return {Kind::kUnsigned, static_cast<int64_t>(value), 0, {}}; }
  static Value Real(double value) { return {Kind::kReal, 0, value, {}}; }
  static Value Decimal(std::string_view text) { return {Kind::kDecimal, 0, 0, text}; }
  static Value Text(std::string_view text) { return {Kind::kText, 0, 0, text}; }
  static Value Bytes(std::string_view bytes) { return {Kind::kBytes, 0, 0, bytes}; }

  bool is_absent() const { return kind == Kind::kAbsent; }
  uint64_t unsigned_integer() const { return static_cast<uint64_t>(integer); }
  friend bool operator==(const Value& a, const Value& b) {
    return a.kind == b.kind && a.integer == b.integer && a.real == b.real && a.text == b.text;
  }
};

/// A value that keeps its text itself.
class OwnedValue {
 public:
  explicit OwnedValue(const Value& value) : value_(value), text_(value.text) {}
  Value value() const {
    Value value = value_;
    value.text = text_;
    return value;
  }
  bool is_null() const { return value_.kind == Value::Kind::kNull; }

 private:
  Value value_;
  std::string text_;
};

}  // namespace cdc::apply
