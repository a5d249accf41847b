#include "tools/cdc-encode/json_value.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "common/java_number.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/connect_schema.h"

namespace cdc::encode {
namespace {

using JsonSink = std::function<void(std::string_view)>;

/// Appends JSON text to a JSON string: `"` and `\` once more escaped. The text is escaped inside already, so it holds
/// no control characters.
void AppendNested(std::string& out, std::string_view json) {
  size_t run = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] != '"' && json[i] != '\\') continue;
    AppendConnectRawString(out, json.substr(run, i - run));
    out += '\\';
    run = i;
  }
  AppendConnectRawString(out, json.substr(run));
}

void AppendDouble(std::string& out, std::string_view raw) {
  const double value = std::strtod(std::string(raw).c_str(), nullptr);
  const size_t begin = out.size();
  AppendJavaDouble(out, value);
  if (out.find('E', begin) == std::string::npos) return;
  out.resize(begin);
  char digits[1500];
  const auto result = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 1074);
  std::string_view text(digits, static_cast<size_t>(result.ptr - digits));
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  out += text;
}

/// MySQL's text of a time without needless zeros at the end.
void AppendTrimmedFraction(std::string& out, std::string_view text) {
  const size_t point = text.find('.');
  if (point != std::string_view::npos) {
    while (text.back() == '0') text.remove_suffix(1);
    if (text.back() == '.') text.remove_suffix(1);
  }
  out += text;
}

class Printer {
 public:
  /// `sink`: takes what was printed so far, now and then; null: all of it stays in `out`.
  explicit Printer(std::string& out, const JsonSink* sink = nullptr) : out_(out), sink_(sink) {}

  bool Value(std::string_view raw, int depth) {
    if (raw.empty() || depth > 200) return false;
    HandOver();
    switch (raw[0]) {
      case '{': return Object(raw, depth);
      case '[': return Array(raw, depth);
      case '"': AppendString(raw); return true;
      case 't':
      case 'f':
      case 'n': out_ += raw; return true;
      default: break;
    }
    if (raw.find_first_of("eE") != std::string_view::npos)
      AppendDouble(out_, raw);
    else
      out_ += raw;
    return true;
  }

 private:
  void HandOver() {
    constexpr size_t kPiece = size_t{256} << 10;
    if (sink_ == nullptr || out_.size() < kPiece) return;
    (*sink_)(out_);
    out_.clear();
  }

  void AppendString(std::string_view raw) {
    constexpr size_t kPart = size_t{1} << 20;
    while (raw.size() > kPart) {
      const std::string_view part = UpToCharacter(raw, kPart);
      AppendNested(out_, part);
      HandOver();
      raw.remove_prefix(part.size());
    }
    AppendNested(out_, raw);
  }

  bool Array(std::string_view raw, int depth) {
    out_ += '[';
    JsonElements elements(raw);
    bool first = true;
    while (elements.Next()) {
      if (!first) out_ += ',';
      first = false;
      if (!Value(elements.value(), depth + 1)) return false;
    }
    out_ += ']';
    return elements.ok();
  }

  bool Object(std::string_view raw, int depth) {
    JsonMembers members(raw);
    bool first = true;
    while (members.Next()) {
      if (first && members.name().size() > 1 && members.name()[0] == '@' && members.name()[1] != '@')
        return Scalar(members.name().substr(1), members.value());
      out_ += first ? '{' : ',';
      first = false;
      std::string_view name = members.raw_name();
      if (members.name().substr(0, 2) == "@@") {
        AppendNested(out_, "\"");
        name.remove_prefix(2);
      }
      AppendNested(out_, name);
      out_ += ':';
      if (!Value(members.value(), depth + 1)) return false;
    }
    if (first) out_ += '{';
    out_ += '}';
    return members.ok();
  }

  /// {"@date":"…"} and the like.
  bool Scalar(std::string_view type, std::string_view raw) {
    if (type == "opaque") {
      JsonElements elements(raw);
      if (!elements.Next() || !elements.Next()) return false;
      raw = elements.value();
    }
    if (raw.size() < 2 || raw[0] != '"') {
      out_ += raw;
      return !raw.empty();
    }
    AppendNested(out_, "\"");
    const std::string_view text = raw.substr(1, raw.size() - 2);
    if (type == "time" || type == "datetime" || type == "timestamp")
      AppendTrimmedFraction(out_, text);
    else
      out_ += text;
    AppendNested(out_, "\"");
    return true;
  }

  std::string& out_;
  const JsonSink* sink_;
};

}  // namespace

bool AppendJsonDocument(std::string& out, std::string_view raw) {
  out += '"';
  if (!Printer(out).Value(raw, 0)) return false;
  out += '"';
  return true;
}

bool WriteJsonDocument(std::string_view raw, const JsonSink& sink) {
  std::string out = "\"";
  if (!Printer(out, &sink).Value(raw, 0)) return false;
  out += '"';
  sink(out);
  return true;
}

bool AppendJsonText(std::string& out, std::string_view raw_string) {
  if (raw_string.size() < 2 || raw_string[0] != '"') return false;
  AppendConnectRawString(out, raw_string);
  return true;
}

}  // namespace cdc::encode
