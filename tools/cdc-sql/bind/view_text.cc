#include "tools/cdc-sql/bind/view_text.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/show.h"
#include "tools/cdc-sql/sql/expr_text.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

using Names = std::vector<std::string>;

/// What stands in a FROM clause under one alias.
struct Item {
  std::string alias;
  Names columns;
};

/// The tables that a query's columns are of; those of the queries around it come after its own.
struct Items {
  std::vector<Item> items;
  std::map<std::string, std::string> merged;  ///< columns of USING: what they are
  const Items* around = nullptr;
};

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Path(const Names& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ".") + BackTicked(part);
  return text;
}

std::string Listed(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + BackTicked(name);
  return "(" + text + ")";
}

/// How strongly set operations hold together.
int StrengthOf(const Query& query) {
  return query.kind == Query::Kind::kIntersect                                     ? 2
         : query.kind == Query::Kind::kUnion || query.kind == Query::Kind::kExcept ? 1
                                                                                   : 3;
}

class ViewPrinter {
 public:
  ViewPrinter(const TableDef& view, const Catalog& catalog, const Session& session)
      : view_(view), catalog_(catalog), session_(session) {}

  std::string QueryText(const Query& query, const Items* around, Names* names);

 private:
  TextStyle StyleOf(const Items& items);
  std::string ColumnText(const Name& name, const Items& items);
  std::string SelectText(const Query& query, Items* items, Names* names);
  std::string ItemsText(const SelectBody& select, const Items& items, const TextStyle& style, Names* names);
  std::string ValuesText(const Query& query, const Items* around, Names* names);
  std::string SetText(const Query& query, const Items* around, Names* names);
  std::string OperandText(const Query& query, bool parentheses, const Items* around, Names* names);
  std::string OrderText(const Query& query, const Names& names, const TextStyle& style);
  std::string GroupText(const SelectBody& select, const TextStyle& style);
  std::string FromText(const TableRef& ref, Items* items);
  std::string JoinText(const TableRef& ref, const std::string& between, Items* items);
  std::string TableText(const TableRef& ref, Items* items);
  std::string WindowInputText(const TableRef& table, Names* columns);
  std::string WindowText(const TableRef& ref, Items* items);
  std::string AliasText(const TableRef& ref, const std::string& alias, Names columns, Items* items);
  std::string NextAlias(const TableRef& ref);

  const TableDef& view_;
  const Catalog& catalog_;
  const Session& session_;
  std::map<std::string, Names> ctes_;  // their columns
  int unnamed_ = 0;
};

/// The function of a group window is one of its own where it groups.
std::string GroupKeyText(const Expr& key, const TextStyle& style) {
  const bool window =
      key.kind == ExprKind::kCall && (key.text == "TUMBLE" || key.text == "HOP" || key.text == "SESSION");
  if (!window) return ExprText(key, style);
  std::string args;
  for (const ExprPtr& arg : key.args) args += (args.empty() ? "" : ", ") + ExprText(*arg, style);
  return "$" + key.text + "(" + args + ")";
}

std::string ViewPrinter::ColumnText(const Name& name, const Items& items) {
  for (const Items* level = &items; level != nullptr; level = level->around) {
    for (size_t skip = 0; skip + 1 < name.parts.size(); ++skip)  // catalog and database may stand before the table
      for (const Item& item : level->items)
        if (item.alias == name.parts[skip] && Has(item.columns, name.parts[skip + 1]))
          return Path({name.parts.begin() + static_cast<ptrdiff_t>(skip), name.parts.end()});
    const auto merged = level->merged.find(name.parts[0]);
    if (merged != level->merged.end() && name.parts.size() == 1) return merged->second;
    for (const Item& item : level->items)
      if (Has(item.columns, name.parts[0])) return BackTicked(item.alias) + "." + Path(name.parts);
  }
  throw NoText{};
}

TextStyle ViewPrinter::StyleOf(const Items& items) {
  TextStyle style;
  style.strict = true;
  style.column = [this, &items](const Name& name) { return ColumnText(name, items); };
  style.query = [this, &items](const Query& query) {
    Names names;
    return QueryText(query, &items, &names);
  };
  return style;
}

/// The items of SELECT, and the names of its columns.
std::string ViewPrinter::ItemsText(const SelectBody& select, const Items& items, const TextStyle& style, Names* names) {
  std::string text;
  const auto add = [&text](const std::string& item) { text += (text.empty() ? "" : ", ") + item; };
  for (const SelectItem& item : select.items) {
    const Expr& expr = *item.expr;
    if (expr.kind == ExprKind::kStar) {
      if (!items.merged.empty()) throw NoText{};
      for (const Item& table : items.items) {
        if (!expr.name.parts.empty() && table.alias != expr.name.last()) continue;
        for (const std::string& column : table.columns) {
          std::string name = column;
          for (int i = 0; Has(*names, name); ++i) name = column + std::to_string(i);
          add(Path({table.alias, column}) + (name == column ? "" : " AS " + BackTicked(name)));
          names->push_back(name);
        }
      }
      continue;
    }
    const bool column = expr.kind == ExprKind::kColumn || expr.kind == ExprKind::kField;
    std::string value = ExprText(expr, style);
    if (!item.alias.empty()) {
      value += " AS " + BackTicked(item.alias);
      names->push_back(item.alias);
    } else if (column) {
      names->push_back(expr.kind == ExprKind::kField ? expr.text : expr.name.last());
      if (expr.kind == ExprKind::kColumn && expr.name.parts.size() == 1 && items.merged.count(names->back()) > 0)
        value += " AS " + BackTicked(names->back());
    } else {
      names->push_back("EXPR$" + std::to_string(names->size()));
    }
    add(value);
  }
  return text;
}

std::string ViewPrinter::GroupText(const SelectBody& select, const TextStyle& style) {
  if (!select.grouping_sets.empty()) throw NoText{};  // how the sets were written is not kept
  std::string text;
  for (const ExprPtr& key : select.group_by) text += (text.empty() ? "" : ", ") + GroupKeyText(*key, style);
  return text.empty() ? "()" : text;
}

std::string ViewPrinter::SelectText(const Query& query, Items* items, Names* names) {
  const SelectBody& select = query.select;
  const std::string from = select.from ? "\nFROM " + FromText(*select.from, items) : "";
  const TextStyle style = StyleOf(*items);
  std::string text = std::string("SELECT ") + (select.distinct ? "DISTINCT " : "");
  text += ItemsText(select, *items, style, names) + from;
  if (select.where) text += "\nWHERE " + ExprText(*select.where, style);
  if (select.grouped) text += "\nGROUP BY " + GroupText(select, style);
  if (select.having) text += "\nHAVING " + ExprText(*select.having, style);
  std::string windows;
  for (const auto& [name, over] : select.windows) {
    if (!over->base.empty()) throw NoText{};
    windows += (windows.empty() ? "\nWINDOW " : ", ") + BackTicked(name) + " AS " + OverText(*over, style);
  }
  text += windows;
  if (select.qualify) text += "\nQUALIFY " + ExprText(*select.qualify, style);
  return text;
}

std::string ViewPrinter::ValuesText(const Query& query, const Items* around, Names* names) {
  Items items;
  items.around = around;
  const TextStyle style = StyleOf(items);
  std::string text;
  for (const std::vector<ExprPtr>& row : query.rows) {
    std::string values;
    for (const ExprPtr& value : row) values += (values.empty() ? "" : ", ") + ExprText(*value, style);
    text += (text.empty() ? "VALUES ROW(" : ",\nROW(") + values + ")";
  }
  for (size_t i = 0; i < query.rows[0].size(); ++i) names->push_back("EXPR$" + std::to_string(i));
  return text;
}

std::string ViewPrinter::OperandText(const Query& query, bool parentheses, const Items* around, Names* names) {
  if (!query.ctes.empty()) throw NoText{};
  const std::string text = QueryText(query, around, names);
  return parentheses || !query.order_by.empty() || query.limit || query.offset ? "(" + text + ")" : text;
}

std::string ViewPrinter::SetText(const Query& query, const Items* around, Names* names) {
  const std::string word = query.kind == Query::Kind::kUnion       ? "UNION"
                           : query.kind == Query::Kind::kIntersect ? "INTERSECT"
                                                                   : "EXCEPT";
  const int strength = StrengthOf(query);
  Names others;
  std::string text = OperandText(*query.left, StrengthOf(*query.left) < strength, around, names);
  text += "\n" + word + (query.all ? " ALL\n" : "\n");
  return text + OperandText(*query.right, StrengthOf(*query.right) <= strength, around, &others);
}

/// ORDER BY speaks of the columns of the result by their names alone.
std::string ViewPrinter::OrderText(const Query& query, const Names& names, const TextStyle& style) {
  TextStyle by_name = style;
  by_name.column = [&](const Name& name) {
    return name.parts.size() == 1 && Has(names, name.parts[0]) ? BackTicked(name.parts[0]) : style.column(name);
  };
  std::string text;
  for (const OrderItem& item : query.order_by)
    text += (text.empty() ? "\nORDER BY " : ", ") + OrderItemText(item, by_name);
  if (query.offset) text += "\nOFFSET " + std::to_string(*query.offset) + " ROWS";
  if (query.limit) text += "\nFETCH NEXT " + std::to_string(*query.limit) + " ROWS ONLY";
  return text;
}

std::string ViewPrinter::QueryText(const Query& query, const Items* around, Names* names) {
  std::string with;
  for (const Query::Cte& cte : query.ctes) {
    Names columns;
    const std::string text = QueryText(*cte.query, around, &columns);
    with += (with.empty() ? "WITH " : ", ") + BackTicked(cte.name) +
            (cte.columns.empty() ? "" : " " + Listed(cte.columns)) + " AS (" + text + ")";
    ctes_[cte.name] = cte.columns.empty() ? columns : cte.columns;
  }
  if (!with.empty()) with += " ";
  const bool ordered = !query.order_by.empty() || query.limit || query.offset;
  Items items;
  items.around = around;
  switch (query.kind) {
    case Query::Kind::kSelect: {
      const std::string text = SelectText(query, &items, names);
      return with + text + (ordered ? OrderText(query, *names, StyleOf(items)) : "");
    }
    case Query::Kind::kValues:
      if (ordered) throw NoText{};
      return with + ValuesText(query, around, names);
    default: break;
  }
  if (!ordered) return with + SetText(query, around, names);
  const std::string alias = "EXPR$" + std::to_string(unnamed_++);
  const std::string text = SetText(query, around, names);
  items.items.push_back({alias, *names});
  std::string columns;
  for (const std::string& name : *names) columns += (columns.empty() ? "" : ", ") + Path({alias, name});
  return with + "SELECT " + columns + "\nFROM (" + text + ") AS " + BackTicked(alias) +
         OrderText(query, *names, StyleOf(items));
}

std::string ViewPrinter::NextAlias(const TableRef& ref) {
  return ref.alias.empty() ? "EXPR$" + std::to_string(unnamed_++) : ref.alias;
}

/// " AS `alias` (`columns`)"; the columns are known under it from here on.
std::string ViewPrinter::AliasText(const TableRef& ref, const std::string& alias, Names columns, Items* items) {
  if (!ref.column_aliases.empty()) columns = ref.column_aliases;
  items->items.push_back({alias, std::move(columns)});
  return " AS " + BackTicked(alias) + (ref.column_aliases.empty() ? "" : " " + Listed(ref.column_aliases));
}

std::string ViewPrinter::TableText(const TableRef& ref, Items* items) {
  const std::string alias = ref.alias.empty() ? ref.name.last() : ref.alias;
  const auto cte = ref.name.parts.size() == 1 ? ctes_.find(ref.name.parts[0]) : ctes_.end();
  if (cte != ctes_.end()) return BackTicked(ref.name.last()) + AliasText(ref, alias, cte->second, items);
  Name whole = ref.name;
  if (whole.parts.size() < 2) whole.parts.insert(whole.parts.begin(), view_.view_database.database);
  if (whole.parts.size() < 3) whole.parts.insert(whole.parts.begin(), view_.view_database.catalog);
  const TableDef& table = catalog_.Get(whole);
  Names columns;
  for (const PlanColumn& column : ShownColumns(table, catalog_, session_)) columns.push_back(column.name);
  std::string text = Path(whole.parts);
  if (!ref.options.empty()) {
    if (!ref.alias.empty() || ref.as_of) throw NoText{};
    items->items.push_back({alias, std::move(columns)});
    std::string options;
    for (const Option& option : ref.options)
      options += (options.empty() ? "" : ", ") + Literal(option.key) + " = " + Literal(option.value);
    return text + "\n/*+ `OPTIONS`(" + options + ") */";
  }
  if (ref.as_of) text += " FOR SYSTEM_TIME AS OF " + ExprText(*ref.as_of, StyleOf(*items));
  return text + AliasText(ref, alias, std::move(columns), items);
}

/// The table that a window is of, as a query of all its columns.
std::string ViewPrinter::WindowInputText(const TableRef& table, Names* columns) {
  if (table.query) return QueryText(*table.query, nullptr, columns);
  Items items;
  const std::string from = TableText(table, &items);
  *columns = items.items[0].columns;
  std::string all;
  for (const std::string& column : *columns) all += (all.empty() ? "" : ", ") + Path({items.items[0].alias, column});
  return "SELECT " + all + "\nFROM " + from;
}

/// TUMBLE, HOP, CUMULATE and SESSION over a table.
std::string ViewPrinter::WindowText(const TableRef& ref, Items* items) {
  const std::string& function = ref.name.last();
  if (function != "TUMBLE" && function != "HOP" && function != "CUMULATE" && function != "SESSION") throw NoText{};
  const std::string alias = NextAlias(ref);
  Names columns;
  std::string args;
  for (const TableArgument& argument : ref.arguments) {
    if (!args.empty()) args += ", ";
    if (!argument.name.empty()) args += BackTicked(argument.name) + " => ";
    if (argument.table) {
      args += "(" + WindowInputText(*argument.table, &columns) + ")";
      Names partition;
      for (const Name& name : argument.partition_by) partition.push_back(name.last());
      if (partition.size() > 1) throw NoText{};
      if (!partition.empty()) args += " PARTITION BY " + BackTicked(partition[0]);
    } else if (!argument.descriptor.empty()) {
      args += "DESCRIPTOR(" + BackTicked(argument.descriptor[0].last()) + ")";
    } else {
      args += ExprText(*argument.expr, StyleOf(*items));
    }
  }
  for (const char* column : {"window_start", "window_end", "window_time"}) columns.emplace_back(column);
  return "TABLE(" + function + "(" + args + "))" + AliasText(ref, alias, std::move(columns), items);
}

/// `between`: a line end, or a blank in parentheses.
std::string ViewPrinter::JoinText(const TableRef& ref, const std::string& between, Items* items) {
  if (ref.natural) throw NoText{};
  const TableRef& right = *ref.right;
  const bool parentheses = right.kind == TableRef::Kind::kJoin;
  std::string text =
      ref.left->kind == TableRef::Kind::kJoin ? JoinText(*ref.left, between, items) : FromText(*ref.left, items);
  const size_t left_items = items->items.size();
  const bool comma = ref.join == JoinKind::kCross && ref.span.text().find(',') != std::string_view::npos;
  const std::string word = ref.join == JoinKind::kLeft    ? "LEFT JOIN "
                           : ref.join == JoinKind::kRight ? "RIGHT JOIN "
                           : ref.join == JoinKind::kFull  ? "FULL JOIN "
                           : ref.join == JoinKind::kCross ? "CROSS JOIN "
                                                          : "INNER JOIN ";
  text += comma ? "," + between : between + word;
  text += parentheses ? "(" + JoinText(right, " ", items) + ")" : FromText(right, items);
  if (ref.on) text += " ON " + ExprText(*ref.on, StyleOf(*items));
  if (ref.using_columns.empty()) return text;
  if (left_items != 1 || ref.join != JoinKind::kInner) throw NoText{};
  for (const std::string& column : ref.using_columns)
    items->merged[column] =
        "COALESCE(" + Path({items->items[0].alias, column}) + ", " + Path({items->items[1].alias, column}) + ")";
  return text + " USING " + Listed(ref.using_columns);
}

std::string ViewPrinter::FromText(const TableRef& ref, Items* items) {
  if (ref.match || ref.sample) throw NoText{};
  switch (ref.kind) {
    case TableRef::Kind::kTable: return TableText(ref, items);
    case TableRef::Kind::kJoin: return JoinText(ref, "\n", items);
    case TableRef::Kind::kFunction: return WindowText(ref, items);
    case TableRef::Kind::kQuery: {
      const std::string alias = NextAlias(ref);
      Names names;
      const std::string text = QueryText(*ref.query, ref.lateral ? items : nullptr, &names);
      return std::string(ref.lateral ? "LATERAL (" : "(") + text + ")" + AliasText(ref, alias, names, items);
    }
    case TableRef::Kind::kUnnest: {
      if (ref.alias.empty() || ref.column_aliases.empty()) throw NoText{};
      const std::string text = "UNNEST(" + ExprText(*ref.unnest, StyleOf(*items)) + ")";
      return text + (ref.ordinality ? " WITH ORDINALITY" : "") + AliasText(ref, ref.alias, {}, items);
    }
  }
  throw NoText{};
}

}  // namespace

std::optional<std::string> ViewText(const TableDef& view, const Catalog& catalog, const Session& session) {
  try {
    Names names;
    return ViewPrinter(view, catalog, session).QueryText(*view.view_query, nullptr, &names);
  } catch (const NoText&) {
    return std::nullopt;
  }
}

}  // namespace cdc::sql
