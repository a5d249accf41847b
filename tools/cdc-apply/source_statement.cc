#include "tools/cdc-apply/source_statement.h"

#include <algorithm>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "tools/cdc-apply/older_rows.h"

namespace cdc::apply {
namespace {

using ddl::StatementKind;

bool BeginsLikeAChange(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return false;
  const std::string word = ddl::ToUpper(text.substr(begin, text.find_first_of(" \t\r\n", begin) - begin));
  return word == "ALTER" || word == "RENAME" || word == "DROP" || word == "TRUNCATE";
}

/// The column that is another one after the action, if any.
std::string ColumnOf(const ddl::AlterAction& action) {
  using Kind = ddl::AlterAction::Kind;
  switch (action.kind) {
    case Kind::kAddColumn:
    case Kind::kModifyColumn:
    case Kind::kChangeColumn: return action.column.name;
    case Kind::kRenameColumn: return action.new_name;
    case Kind::kDropColumn: return action.name;
    default: return "";
  }
}

bool LeavesRowsAlone(const ddl::AlterAction& action) {
  using Kind = ddl::AlterAction::Kind;
  return action.kind == Kind::kAddColumn || action.kind == Kind::kSetDefault || action.kind == Kind::kDropDefault;
}

void TakeEvents(const ddl::Statement& statement, const std::string& default_db, SourceStatement* out) {
  const auto database_of = [&](const ddl::TableName& name) {
    return name.database.empty() ? default_db : name.database;
  };
  const auto add = [&](TableEvent::Kind kind, const ddl::TableName& name) {
    out->events.push_back({kind, database_of(name), name.table});
  };
  const auto not_followed = [&](const ddl::TableName& name) {
    out->not_followed.emplace_back(database_of(name), name.table);
  };
  switch (statement.kind) {
    case StatementKind::kCreateTable:
      if (!statement.temporary)
        add(statement.create_table.if_not_exists ? TableEvent::Kind::kCreatedIfMissing : TableEvent::Kind::kCreated,
            statement.create_table.name);
      break;
    case StatementKind::kDropTable:
      if (statement.temporary) break;
      for (const auto& name : statement.tables) {
        add(TableEvent::Kind::kDropped, name);
        not_followed(name);
      }
      break;
    case StatementKind::kDropDatabase:
      out->events.push_back({TableEvent::Kind::kDropped, statement.database.name, ""});
      out->not_followed.emplace_back(statement.database.name, "");
      break;
    case StatementKind::kAlterTable:
      for (const auto& action : statement.actions)
        if (action.kind == ddl::AlterAction::Kind::kRenameTable) add(TableEvent::Kind::kRenamedTo, action.new_table);
      for (const auto& action : statement.actions) {
        std::string column = ColumnOf(action);
        if (column.empty()) continue;
        ColumnEvent& event = out->columns.emplace_back();
        event.db = database_of(statement.tables.at(0));
        event.table = statement.tables.at(0).table;
        event.column = std::move(column);
        if (action.kind == ddl::AlterAction::Kind::kAddColumn)
          event.older_rows = OlderRowsOf(action.column, &event.kind);
      }
      // Of a column that is added the target tells itself what it does not follow.
      if (!std::all_of(statement.actions.begin(), statement.actions.end(), LeavesRowsAlone))
        not_followed(statement.tables.at(0));
      break;
    case StatementKind::kRenameTable:
      for (const auto& rename : statement.renames) {
        add(TableEvent::Kind::kRenamedTo, rename.to);
        not_followed(rename.from);
      }
      break;
    case StatementKind::kTruncateTable:
      for (const auto& name : statement.tables) out->truncated.emplace_back(database_of(name), name.table);
      break;
    default: break;
  }
}

}  // namespace

SourceStatement ReadSourceStatement(const ControlLine& control) {
  SourceStatement out;
  // Bytes that are no text are no statement that names a table of ours.
  if (control.Raw("query").empty() || control.Raw("query").front() != '"') return out;
  out.text = control.Text("query");
  uint64_t sql_mode = 0;
  ParseJsonUnsigned(control.Raw("sql_mode"), &sql_mode);
  try {
    TakeEvents(ddl::ParseStatement(out.text, ddl::LexerMode::FromSqlMode(sql_mode)),
               control.Has("db") ? control.Text("db") : "", &out);
  } catch (const Failure&) {
    out.is_unreadable = BeginsLikeAChange(out.text);
  }
  return out;
}

}  // namespace cdc::apply
