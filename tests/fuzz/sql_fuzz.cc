#include "target.h"
#include "tools/cdc-sql/bind/script_binder.h"
#include "tools/cdc-sql/sql/parser.h"

// A script: read, and bound to the tables that it makes.

FUZZ_TARGET(sql) {
  using namespace cdc::sql;
  const SourceText source{"t.sql", std::string(bytes)};
  cdc::fuzz::Takes([&] {
    BoundScript script;
    BindScript(ParseScript(source), {}, &script);
  });
}
