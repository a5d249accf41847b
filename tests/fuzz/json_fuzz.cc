#include "target.h"
#include "tools/binlog-tail/json_binary.h"
#include "tools/binlog-tail/json_diff.h"

// Binary JSON, and changes of it: the first two bytes say how long the document before the changes is.

FUZZ_TARGET(json) {
  using namespace cdc::tail;
  if (bytes.size() < 2) return;
  const size_t length = static_cast<uint8_t>(bytes[0]) * size_t{256} + static_cast<uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  const std::string before(bytes.substr(0, length)), changes(bytes.substr(before.size()));
  TextBuffer out;
  if (cdc::fuzz::Takes([&] { AppendJsonDocument(out, before); })) cdc::fuzz::RequireJson(out.view());
  out.Clear();
  if (cdc::fuzz::Takes([&] { AppendPatchedJson(out, before, changes); })) cdc::fuzz::RequireJson(out.view());
  out.Clear();
  if (cdc::fuzz::Takes([&] { AppendJsonChanges(out, changes); })) cdc::fuzz::RequireJson(out.view());
}
