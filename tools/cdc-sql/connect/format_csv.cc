#include "tools/cdc-sql/connect/format_csv.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/connect/physical_fields.h"
#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

std::string OptionOf(const TableDef& table, const std::string& name, const std::string& fallback) {
  return table.Get("csv." + name).value_or(table.Get("value.csv." + name).value_or(fallback));
}

/// \t, \n, \r and \uXXXX as the characters that Java has for them.
std::string UnescapedJava(const std::string& text) {
  if (text.size() < 2 || text[0] != '\\') return text;
  if (text == "\\t") return "\t";
  if (text == "\\n") return "\n";
  if (text == "\\r") return "\r";
  uint32_t code = 0;
  const auto end = std::from_chars(text.data() + 2, text.data() + text.size(), code, 16);
  if (text[1] == 'u' && text.size() == 6 && end.ec == std::errc() && end.ptr == text.data() + text.size())
    return FromCode(code);
  return text.size() == 2 ? text.substr(1) : text;
}

char OneCharacter(const TableDef& table, const std::string& name, const std::string& fallback) {
  std::string text = OptionOf(table, name, fallback);
  if (name == "field-delimiter") text = UnescapedJava(text);
  const bool given = table.Get("csv." + name) || table.Get("value.csv." + name);
  if (text.size() > 1 || (text.empty() && given))
    FailAt(OptionSpan(table, name), "the option '" + OptionName(table, name) + "' is one character, of ASCII");
  return text.empty() ? '\0' : text[0];
}

}  // namespace

CsvOptions::CsvOptions(const TableDef& table)
    : delimiter(OneCharacter(table, "field-delimiter", ",")),
      quote(OptionOf(table, "disable-quote-character", "false") == "true"
                ? '\0'
                : OneCharacter(table, "quote-character", "\"")),
      escape(OneCharacter(table, "escape-character", "")),
      null_literal(OptionOf(table, "null-literal", "")),
      has_null_literal(table.Get("csv.null-literal") || table.Get("value.csv.null-literal")),
      allow_comments(OptionOf(table, "allow-comments", "false") == "true"),
      ignore_errors(OptionOf(table, "ignore-parse-errors", "false") == "true"),
      array_delimiter(1, OneCharacter(table, "array-element-delimiter", ";")) {
  if (quote == '\0' && (table.Get("csv.quote-character") || table.Get("value.csv.quote-character")))
    FailAt(OptionSpan(table, "quote-character"), "there is no quote character where it is disabled",
           "leave '" + OptionName(table, "quote-character") + "' out, or '" +
               OptionName(table, "disable-quote-character") + "'");
}

CsvDecoder::CsvDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses)
    : table_(*scan.table),
      options_(*scan.table),
      columns_(scan.columns),
      used_(scan.columns.size(), 1),
      metadata_(scan) {
  if (table_.connector() == "filesystem")
    for (size_t i = 0; i < uses.size(); ++i) used_[i] = uses[i].any() ? 1 : 0;
  const std::vector<uint8_t> fields = PhysicalFields(scan);
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i] != 0) physical_.push_back(i);
  leaves_out_ = std::any_of(physical_.begin(), physical_.end(), [this](size_t i) { return used_[i] == 0; });
  rules_.csv = true;
  rules_.array_delimiter = options_.array_delimiter;
  if (options_.has_null_literal) rules_.null_literal = options_.null_literal;
  rules_.bad_is_null = options_.ignore_errors;
}

namespace {

bool IsLineEnd(char c) {
  return c == '\n' || c == '\r';
}

/// Nothing that Java's trim() would leave.
bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

/// What a character behind the escape character stands for, as Jackson has it.
char Escaped(char c) {
  return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
}

}  // namespace

bool EndsInQuotes(std::string_view text, bool inside, const CsvOptions& options) {
  if (options.quote == '\0' || (!inside && text.find(options.quote) == std::string_view::npos)) return inside;
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  if (!inside && options.allow_comments && begin < text.size() && text[begin] == '#') return false;
  bool at_field = !inside;
  for (size_t at = 0; at < text.size(); ++at) {
    if (options.escape != '\0' && text[at] == options.escape) {
      ++at;
      at_field = false;
    } else if (text[at] == options.quote) {
      const bool closes = inside;
      inside = !inside && at_field;
      at_field = closes;  // of two in a row the second begins again what the first has ended
    } else {
      at_field = !inside && text[at] == options.delimiter;
    }
  }
  return inside;
}

/// Fields into fields_. False for a quote without its end, or with text behind it.
bool CsvDecoder::Split(std::string_view line) {
  fields_.clear();
  size_t at = 0;
  for (;;) {
    std::string field;
    if (options_.quote != '\0' && at < line.size() && line[at] == options_.quote) {
      for (++at;; ++at) {
        if (at >= line.size()) return false;
        if (options_.escape != '\0' && line[at] == options_.escape && at + 1 < line.size()) {
          field += Escaped(line[++at]);
        } else if (line[at] != options_.quote) {
          field += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == options_.quote) {
          field += line[++at];
        } else {
          break;
        }
      }
      ++at;
      while (at < line.size() && line[at] == ' ') ++at;
      if (at < line.size() && line[at] != options_.delimiter && !IsLineEnd(line[at])) return false;
    } else {
      for (; at < line.size() && line[at] != options_.delimiter && !IsLineEnd(line[at]); ++at) {
        const bool escaped = options_.escape != '\0' && line[at] == options_.escape && at + 1 < line.size();
        field += escaped ? Escaped(line[++at]) : line[at];
      }
    }
    fields_.push_back(std::move(field));
    ends_early_ = at < line.size() && IsLineEnd(line[at]);
    if (at >= line.size() || ends_early_) return true;  // of several lines the first one counts
    ++at;
  }
}

namespace {

/// Of the field behind those that could be read.
std::string WhyNoField(std::string_view line, size_t before, const CsvOptions& options) {
  return "field " + std::to_string(before + 1) +
         (EndsInQuotes(line, false, options) ? " begins with a quote that nothing closes"
                                             : " has text behind its closing quote");
}

}  // namespace

void CsvDecoder::Decode(const RecordLine& record, std::string_view, const RecordPlace& where, BatchBuilder& out) {
  if (record.payload.is_null) return;
  std::string_view line = record.payload.bytes;
  const auto place = [&] { return where() + ": table '" + table_.name + "'"; };
  if (!IsUtf8(line)) {
    if (options_.ignore_errors) return;
    Fail(ExitStatus::kData, place() + ": the line is no UTF-8 text", Shown(std::string(line)),
         "iconv -t UTF-8 makes it one; '" + OptionName(table_, "ignore-parse-errors") +
             "' = 'true' leaves such lines out");
  }
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  if (options_.allow_comments && (begin == line.size() || line[begin] == '#')) return;
  // A line of a file without anything is a line of one empty field.
  if (line.empty() && table_.connector() != "filesystem") return;
  ends_early_ = false;
  const bool whole = Split(line);
  // Of a record the first line counts; in a file each is one, and a carriage return by itself would hide those behind
  // it.
  if (ends_early_ && table_.connector() == "filesystem" && !options_.ignore_errors)
    Fail(ExitStatus::kData, place() + ": a carriage return stands within the line, outside of quotes",
         Shown(std::string(line)), "lines end with a line feed, which a carriage return may stand before");
  // There may be one field more if nothing is in it, as Jackson's ALLOW_TRAILING_COMMA has it.
  if (whole && fields_.size() == physical_.size() + 1 && IsBlank(fields_.back())) fields_.pop_back();
  // The rest is NULL; so it is where not all columns are used, as Flink then reads the fields one by one.
  const bool short_line = whole && (options_.ignore_errors || leaves_out_) && fields_.size() < physical_.size();
  if (!whole || (fields_.size() != physical_.size() && !short_line)) {
    if (options_.ignore_errors) return;
    Fail(ExitStatus::kData,
         place() + ": " +
             (!whole ? WhyNoField(line, fields_.size(), options_)
                     : "the line has " + std::to_string(fields_.size()) + " fields, the table " +
                           std::to_string(physical_.size()) + " columns"),
         Shown(std::string(line)),
         "'" + OptionName(table_, "ignore-parse-errors") + "' = 'true' leaves such lines out");
  }
  const size_t row = out.rows();
  for (const auto& column : out.columns()) column->AppendNull();
  out.RowDone(RowKind::kInsert);
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (used_[physical_[i]] == 0) continue;
    const PlanColumn& column = columns_[physical_[i]];
    // An array or row is not null itself: its one part is.
    const bool parts = column.type.kind == TypeKind::kArray || column.type.kind == TypeKind::kRow;
    if (!parts && options_.has_null_literal && fields_[i] == options_.null_literal) continue;
    const std::string why =
        SetJsonField(JsonFieldKind::kText, fields_[i], column.type, rules_, out.column(physical_[i]), row);
    if (why.empty() || options_.ignore_errors) continue;
    out.Truncate(row);
    Fail(ExitStatus::kData,
         place() + ", column '" + column.name + "' (" + column.type.Plain().WithNullable(true).Text() +
             "): the value '" + Shown(fields_[i], 60) + "' " + why,
         "",
         "'" + OptionName(table_, "null-literal") + "' = '' makes empty fields NULL; '" +
             OptionName(table_, "ignore-parse-errors") + "' = 'true' all that do not fit");
  }
  metadata_.Fill(record, {}, {}, row, out);
}

namespace {

/// Jackson's rule: long texts always, and those with a character up to the greatest of quote, delimiter and line end,
/// or with a backslash.
bool NeedsQuotes(std::string_view text, const CsvOptions& options) {
  size_t units = 0;
  for (const char c : text) units += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  if (units > 24) return true;
  const char greatest = std::max({options.delimiter, options.quote, '\n'});
  return std::any_of(text.begin(), text.end(), [greatest](char c) {
    return static_cast<unsigned char>(c) <= static_cast<unsigned char>(greatest) || c == '\\';
  });
}

void AppendCsvText(std::string& out, std::string_view text, const CsvOptions& options) {
  if (options.quote == '\0' || !NeedsQuotes(text, options)) {
    out += text;
    return;
  }
  out += options.quote;
  for (const char c : text) {
    if (c == options.quote || (options.escape != '\0' && c == options.escape)) out += c;  // twice
    out += c;
  }
  out += options.quote;
}

/// The parts of an array or row, with the delimiter between them.
std::string PartsText(std::string_view value, const SqlType& type, const CsvOptions& options) {
  std::string text;
  const std::vector<std::string_view> parts = SplitNested(value, type);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += options.array_delimiter;
    const SqlType& part_type = type.children[type.kind == TypeKind::kRow ? i : 0];
    const ColumnVector part = PartColumn(parts[i], part_type);
    if (part.IsNull(0)) {
      text += options.null_literal;
    } else {
      AppendValueText(text, part, 0, part_type);
    }
  }
  return text;
}

}  // namespace

void AppendCsvRow(std::string& out, const Batch& batch, size_t row, const std::vector<PlanColumn>& columns,
                  const std::vector<size_t>& which, const CsvOptions& options) {
  JsonValueStyle style;
  style.plain_decimals = options.plain_decimals;
  bool first = true;
  std::string text;
  for (const size_t i : which) {
    if (!first) out += options.delimiter;
    first = false;
    const ColumnVector& column = *batch.columns[i];
    const SqlType& type = columns[i].type;
    if (column.IsNull(row)) {
      out += options.null_literal;
    } else if (type.is_string()) {
      AppendCsvText(out, column.strings()[row], options);
    } else if (type.kind == TypeKind::kArray || type.kind == TypeKind::kRow) {
      AppendCsvText(out, PartsText(column.strings()[row], type, options), options);
    } else if (type.is_numeric() || type.kind == TypeKind::kBoolean) {
      AppendValueJson(out, column, row, type, style);
    } else {
      text.clear();
      AppendValueJson(text, column, row, type, style);
      if (text.size() >= 2 && text[0] == '"') text = text.substr(1, text.size() - 2);
      AppendCsvText(out, text, options);
    }
  }
}

}  // namespace cdc::sql
