#pragma once

#include <set>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/sql/parser.h"

namespace cdc::sql {

/// What a script asks for: its tables, its settings, and the queries that run side by side over one input.
struct BoundScript {
  Catalog catalog;
  Session session;
  std::vector<PlanSink> sinks;
  std::vector<PlanSink> explained;    ///< of EXPLAIN statements
  std::vector<size_t> explained_at;   ///< of each: how much of `printed` comes before it
  std::string printed;                ///< what DESCRIBE and SHOW print
  std::set<std::string> option_keys;  ///< of the WITH options of all tables, as the script has them
  bool has_kafka_table = false;

  void Explain(PlanSink sink) {
    explained.push_back(std::move(sink));
    explained_at.push_back(printed.size());
  }
};

/// Options of the command line that act on the script's tables: --set KEY=VALUE.
using TableOverrides = std::vector<std::pair<std::string, std::string>>;

/// Errors: 78 at the place.
void BindScript(const std::vector<Statement>& statements, const TableOverrides& overrides, BoundScript* script);

/// Each override has set something. Errors: 64 with the option that was probably meant.
void CheckOverrides(const BoundScript& script, const TableOverrides& overrides);

}  // namespace cdc::sql
