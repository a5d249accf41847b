#include "common/shown_sink.h"

#include <doctest/doctest.h>

using namespace cdc;

TEST_CASE("passwords of URLs are not shown") {
  CHECK(ShownSink("mysql://cdc:secret@host:3306/db") == "mysql://cdc:***@host:3306/db");
  CHECK(ShownSink("checkpoint:dir,postgresql://u:p@ss@[::1]:1/db?tls=required") ==
        "checkpoint:dir,postgresql://u:***@[::1]:1/db?tls=required");
  CHECK(ShownSink("a://u:1@h b://v:2@h") == "a://u:***@h b://v:***@h");
}

TEST_CASE("what holds no password is shown as it is") {
  for (const char* sink :
       {"sqlite:view.db", "mysql://cdc@host:3306/db", "mysql://host:3306/a@b", "kafka:c:d@e.conf", "x://"})
    CHECK(ShownSink(sink) == sink);
}
