#include "common/gtid_set.h"
#include "common/position.h"
#include "target.h"
#include "tools/binlog-tail/gtid_set_binary.h"

// GTID sets and positions, as text and in the server's binary form. What is read is printed and read again as the same.

namespace {

using namespace cdc;

void CheckSet(const GtidSet& set) {
  fuzz::Require(GtidSet::Parse(set.ToString()) == set, "a printed GTID set is the same set");
  fuzz::Require(set.Contains(set), "a set holds itself");
  if (set.is_mariadb()) return;
  fuzz::Require(set.Minus(set).empty(), "a set without itself is empty");
  std::string binary;
  tail::AppendGtidSetBinary(binary, set);
  const auto* data = reinterpret_cast<const uint8_t*>(binary.data());
  fuzz::Require(tail::DecodeGtidSet(tail::ByteCursor(data, binary.size())) == set, "the binary form is the same set");
}

}  // namespace

FUZZ_TARGET(positions) {
  const tail::ByteCursor body(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  GtidSet set;
  if (fuzz::Takes([&] { set = GtidSet::Parse(bytes); })) CheckSet(set);
  if (fuzz::Takes([&] { set = tail::DecodeGtidSet(body); })) CheckSet(set);
  fuzz::Takes([&] { tail::DecodeMariadbGtidList(body); });
  Position position;
  if (!fuzz::Takes([&] { position = Position::Parse(bytes); })) return;
  const std::string printed = position.ToJson();
  fuzz::Require(Position::Parse(printed).ToJson() == printed, "a printed position is the same position");
  fuzz::Takes([&] { ReadingStart(position); });
  ComparePositions(position, Position::Parse(printed));
}
