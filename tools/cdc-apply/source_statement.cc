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

void TakeRename(const std::string& from, const std::string& to, const ddl::AlterAction& action,
                std::vector<ColumnEvent>* removed, std::vector<ColumnEvent>* others) {
  removed->push_back({ColumnEvent::Kind::kRemoved, from, to, action.if_exists});
  others->push_back({ColumnEvent::Kind::kRenamed, to, from, action.if_exists});
}

/// The server takes columns away first: names are free for others of the same statement.
std::vector<ColumnEvent> ColumnEventsOf(const std::vector<ddl::AlterAction>& actions) {
  using Kind = ddl::AlterAction::Kind;
  std::vector<ColumnEvent> events, others;
  for (const auto& action : actions) {
    const std::string& name = action.column.name;
    switch (action.kind) {
      case Kind::kDropColumn: events.push_back({ColumnEvent::Kind::kRemoved, action.name, {}, action.if_exists}); break;
      case Kind::kRenameColumn: TakeRename(action.name, action.new_name, action, &events, &others); break;
      case Kind::kChangeColumn:
        if (!ddl::EqualsIgnoreCase(action.name, name)) {
          TakeRename(action.name, name, action, &events, &others);
          break;
        }
        [[fallthrough]];
      case Kind::kModifyColumn: others.push_back({ColumnEvent::Kind::kAltered, name, {}, action.if_exists}); break;
      case Kind::kAddColumn: {
        ColumnEvent& added = others.emplace_back(ColumnEvent{ColumnEvent::Kind::kAdded, name, {}, action.if_exists});
        added.older_rows = OlderRowsOf(action.column, &added.type);
        break;
      }
      default: break;
    }
  }
  events.insert(events.end(), others.begin(), others.end());
  return events;
}

/// Or is followed: the target tells itself what it does not follow of a column that is added.
bool LeavesRowsAlone(const ddl::AlterAction& action, const std::vector<ddl::AlterAction>& all) {
  using Kind = ddl::AlterAction::Kind;
  const auto adds_it = [&](const ddl::AlterAction& other) {
    return other.kind == Kind::kAddColumn && ddl::EqualsIgnoreCase(other.column.name, action.name);
  };
  if (action.kind == Kind::kDropColumn) return std::any_of(all.begin(), all.end(), adds_it);
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
      if (auto events = ColumnEventsOf(statement.actions); !events.empty())
        out->columns.push_back({database_of(statement.tables.at(0)), statement.tables.at(0).table, std::move(events)});
      if (!std::all_of(statement.actions.begin(), statement.actions.end(),
                       [&](const auto& action) { return LeavesRowsAlone(action, statement.actions); }))
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
  for (const TableEvent& event : out->events)
    if (event.kind != TableEvent::Kind::kCreatedIfMissing)
      out->columns.push_back({event.db, event.table, {{ColumnEvent::Kind::kVoid}}});
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
