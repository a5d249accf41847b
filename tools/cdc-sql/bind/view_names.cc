#include "tools/cdc-sql/bind/view_names.h"

#include <algorithm>
#include <set>
#include <string>

#include "tools/cdc-sql/sql/source_span.h"

namespace cdc::sql {

namespace {

/// The name that an item was given or has as a column; empty: none.
std::string NameOf(const SelectItem& item) {
  if (!item.alias.empty() || item.expr->kind != ExprKind::kColumn) return item.alias;
  return item.expr->name.last();
}

[[noreturn]] void FailSecond(const SelectItem& item, const std::string& name) {
  FailAt(item.expr->span, "a second column named '" + name + "' in the view",
         "AS gives it another name, or CREATE VIEW … (names) AS SELECT …");
}

}  // namespace

void CheckViewNames(const CreateView& view, const PlanNode& plan) {
  std::set<std::string> names;
  for (const std::string& column : view.columns)
    if (!names.insert(column).second) FailAt(view.name.span, "a second column named '" + column + "' in the view");
  if (!view.columns.empty()) return;
  const Query* query = view.query.get();
  while (query->left) query = query->left.get();
  const std::vector<SelectItem>& items = query->select.items;
  for (const SelectItem& item : items)
    if (const std::string name = NameOf(item); !name.empty() && !names.insert(name).second) FailSecond(item, name);
  // Behind the last * : what the plan has there under another name has met a column of a *.
  const auto star = std::find_if(items.rbegin(), items.rend(),
                                 [](const SelectItem& item) { return item.expr->kind == ExprKind::kStar; });
  if (star == items.rend()) return;
  size_t column = plan.columns.size();
  for (auto item = items.rbegin(); item != star; ++item) {
    const std::string name = NameOf(*item);
    if (plan.columns[--column].name != name && !name.empty()) FailSecond(*item, name);
  }
}

}  // namespace cdc::sql
