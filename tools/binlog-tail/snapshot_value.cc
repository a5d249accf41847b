#include "tools/binlog-tail/snapshot_value.h"

#include <charconv>
#include <cstdlib>

#include "common/error.h"
#include "common/json_writer.h"
#include "common/mysql/connection.h"

namespace cdc::tail {
namespace {

/// "00042" → "42", "-007.50" → "-7.50": ZEROFILL shows zeros that are not part of the value.
void AppendWithoutLeadingZeros(TextBuffer& out, std::string_view text) {
  if (!text.empty() && text.front() == '-') {
    out.Push('-');
    text.remove_prefix(1);
  }
  while (text.size() > 1 && text[0] == '0' && text[1] != '.') text.remove_prefix(1);
  out.Append(text);
}

}  // namespace

SnapshotColumn::SnapshotColumn(const ColumnSchema& column, const ValueStyle& style)
    : expression_(QuotedName(column.name)), key_(","), name_(column.name), form_(Form::kBinary), style_(style) {
  cdc::AppendJsonString(key_, column.name);
  key_ += ':';
  switch (column.type.kind) {
    case MysqlKind::kTinyInt:
    case MysqlKind::kSmallInt:
    case MysqlKind::kMediumInt:
    case MysqlKind::kInt:
    case MysqlKind::kBigInt:
    case MysqlKind::kYear: form_ = Form::kNumber; break;
    // The text of a FLOAT has six digits, and one with (M,D) is rounded; as a DOUBLE it is exact. (A sum
    // would lose the sign of -0.)
    case MysqlKind::kFloat:
      form_ = Form::kFloat;
      expression_ += "*1e0";
      break;
    case MysqlKind::kDouble:
      form_ = Form::kDouble;
      expression_ += "*1e0";
      break;
    case MysqlKind::kDecimal: form_ = Form::kDecimal; break;
    case MysqlKind::kDate:
    case MysqlKind::kTime:
    case MysqlKind::kDateTime:
    case MysqlKind::kTimestamp: form_ = Form::kQuoted; break;
    case MysqlKind::kJson:
      form_ = Form::kText;
      charset_ = CharsetByName("utf8mb4");
      break;
    case MysqlKind::kOther:  // MariaDB's UUID and addresses are sent as text
      form_ = column.type.name == "uuid" || column.type.name.rfind("inet", 0) == 0 ? Form::kText : Form::kBinary;
      charset_ = CharsetByName("utf8mb4");
      break;
    case MysqlKind::kBit:
    case MysqlKind::kGeometry:
    case MysqlKind::kVector:
    case MysqlKind::kBinary:
    case MysqlKind::kVarbinary:
    case MysqlKind::kTinyBlob:
    case MysqlKind::kBlob:
    case MysqlKind::kMediumBlob:
    case MysqlKind::kLongBlob: form_ = Form::kBinary; break;
    default:
      charset_ = CharsetByName(column.charset);
      if (charset_ == nullptr)
        Fail(ExitStatus::kData,
             "column \"" + column.name + "\" has character set \"" + column.charset + "\", which is not known");
      // An option of an ENUM of bytes is the text that the definition has.
      if (charset_->kind() == Charset::Kind::kBinary) charset_ = CharsetByName("utf8mb4");
      form_ = Form::kText;
  }
}

void SnapshotColumn::Append(TextBuffer& out, std::string_view text) const {
  switch (form_) {
    case Form::kNumber: return AppendWithoutLeadingZeros(out, text);
    case Form::kFloat:
    case Form::kDouble: {
      double value = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
      if (parsed.ec != std::errc())
        Fail(ExitStatus::kData, "column \"" + name_ + "\": not a number: " + Shown(std::string(text)));
      char* at = out.Reserve(40);
      out.Commit(form_ == Form::kFloat ? std::to_chars(at, at + 40, static_cast<float>(value)).ptr
                                       : std::to_chars(at, at + 40, value).ptr);
      return;
    }
    case Form::kDecimal:
      out.Push('"');
      AppendWithoutLeadingZeros(out, text);
      return out.Push('"');
    case Form::kQuoted:
      out.Push('"');
      out.Append(text);
      return out.Push('"');
    case Form::kText: try { return AppendText(out, text, *charset_, style_);
      } catch (Failure& failure) {
        failure.error().what = "column \"" + name_ + "\": " + failure.error().what;
        throw;
      }
    case Form::kBinary: return AppendBinary(out, text, style_);
  }
}

}  // namespace cdc::tail
