#include "tools/cdc-apply/ddl_mode.h"

#include "common/error.h"
#include "common/log.h"
#include "common/mysql_type.h"

namespace cdc::apply {
namespace {

[[noreturn]] void FailMissing(const std::string& table, const std::vector<MissingColumn>& missing) {
  std::string names, statements;
  for (const auto& column : missing) {
    names += (names.empty() ? "\"" : ", \"") + column.name + "\"";
    statements += (statements.empty() ? "" : "\n") + column.sql;
  }
  const bool is_one = missing.size() == 1;
  Fail(ExitStatus::kConfig,
       "table \"" + table + "\" of the target has no " + (is_one ? "column " : "columns ") + names +
           ", and --ddl does not let " + (is_one ? "it" : "them") + " be added",
       "", statements);
}

}  // namespace

void DdlRule::CheckMayCreate(const std::string& table, const std::string& sql) const {
  if (applies()) return;
  Fail(ExitStatus::kConfig, "the target has no table \"" + table + "\", and --ddl does not let it be made", "",
       sql.empty() ? "make it, or: --ddl apply" : sql);
}

bool DdlRule::LeavesOut(const std::string& table, const std::vector<MissingColumn>& missing) {
  if (applies() || missing.empty()) return false;
  std::vector<MissingColumn> needed;
  for (const auto& column : missing)
    if (mode_ == DdlMode::kStop || column.in_key) needed.push_back(column);
  if (!needed.empty()) FailMissing(table, needed);
  for (const auto& column : missing)
    WarnOnce("table \"" + table + "\" of the target has no column \"" + column.name + "\": its values are left out");
  return true;
}

bool DdlRule::MayAlter(const std::string& table) {
  if (applies()) return true;
  if (mode_ == DdlMode::kStop)
    Fail(
        ExitStatus::kConfig,
        "the source has given table \"" + table + "\" another key or other types, and --ddl does not let it be altered",
        "", "alter it, or: --ddl apply");
  WarnOnce("the source has given table \"" + table + "\" another key or other types: the target's are left");
  return false;
}

void DdlRule::CheckKeyCollation(const std::string& table, const TargetColumn& column, const KeyCollation& target) {
  if (column.kind != ColumnKind::kText && column.kind != ColumnKind::kAny) return;
  KeyCollation source = MysqlCollation(column.collation);
  // MySQL cuts blanks at the end of these, whatever their collation is: no two keys differ by them.
  const MysqlKind kind = ParseMysqlType(column.mysql_type).kind;
  if (kind == MysqlKind::kChar || kind == MysqlKind::kEnum || kind == MysqlKind::kSet) source.ignores_blanks = true;
  const KeyFit fit = FitOf(source, target);
  if (fit == KeyFit::kFits) return;
  const std::string key = "the key of table \"" + table + "\" of the target compares column \"" + column.name +
                          "\" by " + target.name + ", and that of the source by " +
                          (column.collation.empty() ? "rules that are not known" : column.collation);
  if (fit == KeyFit::kMerges)
    Fail(ExitStatus::kConfig, key + ": rows that the source tells apart would be one", "",
         "give the column a collation of bytes, or let cdc-apply make the table");
  WarnOnce(key + ": rows that the source tells apart may become one");
}

void DdlRule::NoteGenerated(const std::string& table, const std::string& column) {
  const std::string text = "table \"" + table + "\" of the target computes column \"" + column +
                           "\" itself: the source's values are left out";
  if (warnings_.insert(text).second) LogNote(text);
}

void DdlRule::WarnOnce(const std::string& text) {
  if (warnings_.insert(text).second) LogWarning(text);
}

void MakeInTarget(const std::string& table, const std::function<void()>& make) {
  try {
    make();
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kData) throw;
    Fail(ExitStatus::kConfig, "the target does not take table \"" + table + "\" as the source has it",
         failure.error().what,
         failure.error().hint.empty()
             ? "another name for the table: --table-name; a column gets another one before cdc-apply"
             : failure.error().hint);
  }
}

}  // namespace cdc::apply
