#include "tools/binlog-tail/gtid_set_binary.h"

#include "tools/binlog-tail/gtid_event.h"

namespace cdc::tail {
namespace {

constexpr uint64_t kTaggedFormat = 1;

void AppendU64(std::string& out, uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendUuidBytes(std::string& out, std::string_view uuid) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digits;
  for (char c : uuid)
    if (c != '-') digits += c;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(nibble(digits[i]) << 4 | nibble(digits[i + 1]));
}

}  // namespace

GtidSet DecodeGtidSet(ByteCursor body) {
  GtidSet set;
  const uint64_t word = body.ReadU64();
  const uint64_t format = word >> 56;
  if (format > kTaggedFormat) body.FailHere("format " + std::to_string(format) + " of a GTID set is not known");
  const uint64_t sources = format == kTaggedFormat ? word >> 8 & 0xFFFFFFFFFFFF : word;
  for (uint64_t i = 0; i < sources; ++i) {
    std::string source = UuidText(body.Take(16));
    if (format == kTaggedFormat) {
      const uint64_t length = ReadVarlenUnsigned(body);
      if (length > body.remaining()) body.FailHere("a GTID tag is longer than its event");
      if (length > 0) source += ":" + std::string(body.TakeText(static_cast<size_t>(length)));
    }
    const uint64_t intervals = body.ReadU64();
    for (uint64_t j = 0; j < intervals; ++j) {
      const uint64_t first = body.ReadU64();
      const uint64_t end = body.ReadU64();
      if (first == 0 || end <= first) body.FailHere("an interval of a GTID set is empty");
      set.AddInterval(source, first, end - 1);
    }
  }
  return set;
}

void AppendGtidSetBinary(std::string& out, const GtidSet& set) {
  constexpr size_t kUuidText = 36;
  bool tagged = false;
  for (const auto& [source, intervals] : set.sources()) tagged = tagged || source.size() > kUuidText;
  const uint64_t count = set.sources().size();
  AppendU64(out, tagged ? kTaggedFormat << 56 | count << 8 | 1 : count);
  for (const auto& [source, intervals] : set.sources()) {
    AppendUuidBytes(out, std::string_view(source).substr(0, kUuidText));
    if (tagged) {
      const std::string_view tag =
          source.size() > kUuidText ? std::string_view(source).substr(kUuidText + 1) : std::string_view();
      out += static_cast<char>(tag.size() << 1);
      out += tag;
    }
    AppendU64(out, intervals.size());
    for (const auto& interval : intervals) {
      AppendU64(out, interval.first);
      AppendU64(out, interval.last + 1);
    }
  }
}

GtidSet DecodeMariadbGtidList(ByteCursor body) {
  GtidSet set;
  const uint32_t count = body.ReadU32() & 0x0FFFFFFF;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t domain = body.ReadU32();
    const uint32_t server = body.ReadU32();
    const uint64_t sequence = body.ReadU64();
    set.Add(std::to_string(domain) + "-" + std::to_string(server) + "-" + std::to_string(sequence));
  }
  return set;
}

}  // namespace cdc::tail
