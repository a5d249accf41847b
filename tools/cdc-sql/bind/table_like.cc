// The rules of Flink's LIKE: by default all is taken over, and of what both define an option may be defined anew,
// nothing else.
#include "tools/cdc-sql/bind/table_like.h"

#include <algorithm>

namespace cdc::sql {

namespace {

enum class Strategy { kIncluding, kExcluding, kOverwriting };

/// What the clause says of each feature.
class Strategies {
 public:
  explicit Strategies(const CreateTable& ast) : options_(ast.like_options) {
    for (auto option = options_.begin(); option != options_.end(); ++option) {
      if (option->how == "OVERWRITING" && option->what != "GENERATED" && option->what != "METADATA" &&
          option->what != "OPTIONS" && option->what != "WATERMARKS")
        FailAt(option->span, "there is no OVERWRITING of " + option->what,
               "EXCLUDING " + option->what + " leaves out what the other table has");
      if (std::any_of(options_.begin(), option, [&](const auto& before) { return before.what == option->what; }))
        FailAt(option->span, option->what + " is said twice");
    }
  }

  Strategy Of(const std::string& what) const {
    Strategy strategy = what == "OPTIONS" ? Strategy::kOverwriting : Strategy::kIncluding;
    for (const char* named : {"ALL", what.c_str()})
      for (const CreateTable::LikeOption& option : options_) {
        if (option.what != named) continue;
        strategy = option.how == "EXCLUDING"   ? Strategy::kExcluding
                   : option.how == "INCLUDING" ? Strategy::kIncluding
                                               : Strategy::kOverwriting;
      }
    return strategy;
  }

 private:
  const std::vector<CreateTable::LikeOption>& options_;
};

[[noreturn]] void FailTwice(const Span& span, const std::string& what, const TableDef& from, const char* feature,
                            bool overwriting) {
  FailAt(span, "'" + from.name + "' has " + what + " as well",
         std::string("LIKE ") + from.name + " (EXCLUDING " + feature + ") leaves that one out" +
             (overwriting ? std::string(", OVERWRITING ") + feature + " puts this one in its place" : ""));
}

void CopyColumns(const Strategies& strategies, const TableDef& from, TableDef* table) {
  std::vector<ColumnDef> columns;
  const auto strategy_of = [&strategies](const ColumnDef& column) {
    return column.kind == ColumnDef::Kind::kPhysical
               ? Strategy::kIncluding
               : strategies.Of(column.kind == ColumnDef::Kind::kComputed ? "GENERATED" : "METADATA");
  };
  for (const ColumnDef& column : from.columns)
    if (strategy_of(column) != Strategy::kExcluding) columns.push_back(column);
  for (ColumnDef& own : table->columns) {
    const auto there =
        std::find_if(columns.begin(), columns.end(), [&own](const ColumnDef& other) { return other.name == own.name; });
    if (there == columns.end()) {
      columns.push_back(std::move(own));
      continue;
    }
    const bool generated = own.kind == ColumnDef::Kind::kComputed;
    if (own.kind == ColumnDef::Kind::kPhysical || own.kind != there->kind)
      FailAt(own.span, "'" + from.name + "' has a column '" + own.name + "' as well");
    if (strategy_of(own) != Strategy::kOverwriting)
      FailTwice(own.span, "a column '" + own.name + "'", from, generated ? "GENERATED" : "METADATA", true);
    *there = std::move(own);
  }
  table->columns = std::move(columns);
}

void CopyOptions(Strategy strategy, const TableDef& from, TableDef* table) {
  if (strategy == Strategy::kExcluding) return;
  std::vector<Option> options;
  for (const Option& option : from.options) {
    if (!table->Get(option.key))
      options.push_back(option);
    else if (strategy == Strategy::kIncluding)
      FailTwice(table->SpanOf(option.key), "the option '" + option.key + "'", from, "OPTIONS", true);
  }
  options.insert(options.end(), table->options.begin(), table->options.end());
  table->options = std::move(options);
}

}  // namespace

void CopyLike(const CreateTable& ast, const TableDef& from, TableDef* table) {
  if (from.is_view) FailAt(ast.like.span, "LIKE takes a table, and '" + from.name + "' is a view");
  const Strategies strategies(ast);
  CopyColumns(strategies, from, table);
  if (strategies.Of("CONSTRAINTS") != Strategy::kExcluding && !from.primary_key.empty()) {
    if (!table->primary_key.empty()) FailTwice(ast.primary_key_span, "a PRIMARY KEY", from, "CONSTRAINTS", false);
    table->primary_key = from.primary_key;
    table->primary_key_name = from.primary_key_name;
  }
  if (const Strategy strategy = strategies.Of("WATERMARKS"); strategy != Strategy::kExcluding && from.watermark) {
    if (table->watermark && strategy != Strategy::kOverwriting)
      FailTwice(ast.watermark_span, "a WATERMARK", from, "WATERMARKS", true);
    if (!table->watermark) {
      table->watermark = from.watermark;
      table->watermark_column = from.watermark_column;
    }
  }
  if (strategies.Of("PARTITIONS") != Strategy::kExcluding && !from.partitioned.empty()) {
    if (!table->partitioned.empty()) FailTwice(ast.partitioned_span, "partitions", from, "PARTITIONS", false);
    table->partitioned = from.partitioned;
  }
  if (strategies.Of("DISTRIBUTION") != Strategy::kExcluding && from.distribution) {
    if (table->distribution) FailTwice(table->distribution->span, "a distribution", from, "DISTRIBUTION", false);
    table->distribution = from.distribution;
  }
  CopyOptions(strategies.Of("OPTIONS"), from, table);
}

}  // namespace cdc::sql
