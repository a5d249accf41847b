#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc {

/// Scanning of JSON text without building anything: for cutting values out of a line as they stand.
/// "Raw" text is the value's own text: a string with its quotes and escapes.

/// Offset just past the value that begins at `at` (no blanks before it); npos if the text ends inside it. Checks
/// brackets and strings only, so that a value can be cut fast; use IsJson where the text is not trusted.
size_t SkipJsonValue(std::string_view text, size_t at);

/// Offset of the first control character (below U+0020) that may not stand where it stands: any one in a string, all
/// but blanks elsewhere. npos if there is none.
size_t FindStrayControl(std::string_view text);

/// True if `text` is exactly one JSON value (RFC 8259, valid UTF-8, no blanks at either end).
bool IsJson(std::string_view text);

/// Appends the characters of a raw JSON string (with its quotes) to `out`. False if it is not one, or holds an
/// unpaired surrogate, which no UTF-8 text can stand for.
bool AppendUnescaped(std::string& out, std::string_view raw_string);

/// The same, as a new string; fails with 65 if `raw_string` is no JSON string (`where` begins the message).
std::string UnescapeJsonString(std::string_view raw_string, const std::string& where);

/// A whole number out of raw text; false if it is something else or does not fit.
bool ParseJsonInteger(std::string_view raw, int64_t* value);
bool ParseJsonUnsigned(std::string_view raw, uint64_t* value);

/// What walking an object and walking an array have in common.
class JsonWalk {
 public:
  std::string_view value() const { return value_; }  ///< raw
  size_t value_offset() const { return static_cast<size_t>(value_.data() - text_.data()); }

  /// After Next() returned false: whether the text was well-formed up to its closing bracket.
  bool ok() const { return state_ == State::kDone; }
  /// Just past the closing bracket once ok().
  size_t end_offset() const { return at_; }
  size_t offset() const { return at_; }  ///< where scanning stands, or stopped

 protected:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  /// Goes to the first byte of the next member or element; false at the end and where the text is malformed.
  bool GoToNext(char open, char close);
  /// Takes the value that begins here.
  bool TakeValue();
  bool Take(char c);  ///< past `c` and the blanks after it
  void SkipBlanks();

  std::string_view text_;
  size_t at_ = 0;

 private:
  enum class State { kStart, kInside, kDone, kBad };
  State state_ = State::kStart;
  std::string_view value_;
};

/// Walks the members of one object:
///   JsonMembers members(text);
///   while (members.Next()) use(members.name(), members.value());
///   if (!members.ok()) …
class JsonMembers : public JsonWalk {
 public:
  /// `text` begins with '{'; blanks between tokens are allowed.
  explicit JsonMembers(std::string_view text) : JsonWalk(text) {}

  bool Next();

  /// Text between the quotes; escapes (rare in names that we look for) stand as they are.
  std::string_view name() const { return name_; }
  std::string_view raw_name() const { return raw_name_; }  ///< with quotes
  size_t name_offset() const { return static_cast<size_t>(raw_name_.data() - text_.data()); }

 private:
  std::string_view name_, raw_name_;
};

/// Walks the elements of one array, like JsonMembers.
class JsonElements : public JsonWalk {
 public:
  explicit JsonElements(std::string_view text) : JsonWalk(text) {}
  bool Next() { return GoToNext('[', ']') && TakeValue(); }
};

}  // namespace cdc
