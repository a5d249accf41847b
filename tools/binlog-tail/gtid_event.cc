#include "tools/binlog-tail/gtid_event.h"

namespace cdc::tail {
namespace {

constexpr uint64_t kHasOriginalTimestamp = uint64_t{1} << 55;
constexpr char kHexLower[] = "0123456789abcdef";

// Fields of GTID_TAGGED_LOG by id.
enum TaggedField : uint64_t {
  kFlags,
  kUuid,
  kGno,
  kTag,
  kLastCommitted,
  kSequenceNumber,
  kImmediateCommit,
  kOriginalCommit,
  kTransactionLength,
  kImmediateVersion,
  kOriginalVersion,
  kCommitGroupTicket,
  kTaggedFieldCount
};

void DecodeClassic(ByteCursor& body, GtidEvent& event) {
  event.flags = body.ReadU8();
  event.uuid = UuidText(body.Take(16));
  event.gno = static_cast<int64_t>(body.ReadU64());
  if (body.remaining() < 17) return;  // 5.6 ends here
  body.Skip(17);                      // type code of the logical clock, last_committed, sequence_number
  if (body.remaining() < 7) return;   // 5.7
  event.immediate_commit_us = body.ReadLittleEndian(7);
  event.original_commit_us = event.immediate_commit_us & ~kHasOriginalTimestamp;
  if ((event.immediate_commit_us & kHasOriginalTimestamp) != 0) {
    event.immediate_commit_us &= ~kHasOriginalTimestamp;
    event.original_commit_us = body.ReadLittleEndian(7);
  }
  if (!body.at_end()) event.transaction_bytes = body.ReadPacked();
}

void DecodeTaggedField(uint64_t id, ByteCursor& body, GtidEvent& event) {
  switch (id) {
    case kFlags: event.flags = static_cast<uint8_t>(ReadVarlenUnsigned(body)); break;
    case kUuid: {
      uint8_t bytes[16];
      for (auto& byte : bytes) byte = static_cast<uint8_t>(ReadVarlenUnsigned(body));
      event.uuid = UuidText(bytes);
      break;
    }
    case kGno: event.gno = ReadVarlenSigned(body); break;
    case kTag: {
      const uint64_t length = ReadVarlenUnsigned(body);
      if (length > 32) body.FailHere("a GTID tag cannot be " + std::to_string(length) + " bytes long");
      event.tag = std::string(body.TakeText(static_cast<size_t>(length)));
      break;
    }
    case kLastCommitted:
    case kSequenceNumber: ReadVarlenSigned(body); break;
    case kImmediateCommit: event.immediate_commit_us = ReadVarlenUnsigned(body); break;
    case kOriginalCommit: event.original_commit_us = ReadVarlenUnsigned(body); break;
    case kTransactionLength: event.transaction_bytes = ReadVarlenUnsigned(body); break;
    default: ReadVarlenUnsigned(body); break;  // server versions, commit group ticket
  }
}

void DecodeTagged(ByteCursor& whole, GtidEvent& event) {
  ByteCursor start = whole;
  const uint64_t version = ReadVarlenUnsigned(whole);
  if (version != 1)
    whole.FailHere("serialization format " + std::to_string(version) + " of a tagged GTID is not known");
  const uint64_t total = ReadVarlenUnsigned(whole);
  const uint64_t last_needed = ReadVarlenUnsigned(whole);
  const size_t used = start.remaining() - whole.remaining();
  if (total < used || total - used > whole.remaining()) whole.FailHere("a tagged GTID's size does not fit its event");
  ByteCursor body = whole.TakeCursor(static_cast<size_t>(total) - used);
  while (!body.at_end()) {
    const uint64_t id = ReadVarlenUnsigned(body);
    if (id >= kTaggedFieldCount) {
      if (id <= last_needed) body.FailHere("field " + std::to_string(id) + " of a tagged GTID is not known");
      return;
    }
    DecodeTaggedField(id, body, event);
  }
  if (event.original_commit_us == 0) event.original_commit_us = event.immediate_commit_us;
}

}  // namespace

uint64_t ReadVarlenUnsigned(ByteCursor& cursor) {
  const uint8_t first = cursor.ReadU8();
  // The number of trailing one bits says how many bytes follow.
  const int more = first == 0xFF ? 8 : __builtin_ctz(~static_cast<unsigned>(first));
  if (more == 0) return first >> 1;
  const uint64_t rest = cursor.ReadLittleEndian(static_cast<size_t>(more));
  if (more == 8) return rest;
  return static_cast<uint64_t>(first >> (more + 1)) | rest << (7 - more);
}

int64_t ReadVarlenSigned(ByteCursor& cursor) {
  const uint64_t value = ReadVarlenUnsigned(cursor);
  const auto half = static_cast<int64_t>(value >> 1);
  return (value & 1) == 0 ? half : -half - 1;
}

std::string UuidText(const uint8_t* bytes) {
  std::string text;
  text.reserve(36);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHexLower[bytes[i] >> 4];
    text += kHexLower[bytes[i] & 15];
  }
  return text;
}

GtidEvent DecodeGtidEvent(EventType type, ByteCursor body) {
  GtidEvent event;
  if (type == EventType::kGtidTagged)
    DecodeTagged(body, event);
  else
    DecodeClassic(body, event);
  if (type == EventType::kAnonymousGtid) event.uuid.clear();
  return event;
}

std::string GtidEvent::Text() const {
  if (uuid.empty()) return "";
  return uuid + ":" + (tag.empty() ? "" : tag + ":") + std::to_string(gno);
}

std::string XidText(std::string_view gtrid, std::string_view bqual, int64_t format_id) {
  std::string text;
  for (std::string_view part : {gtrid, bqual}) {
    text += "X'";
    for (char c : part) {
      const auto byte = static_cast<uint8_t>(c);
      text += kHexLower[byte >> 4];
      text += kHexLower[byte & 15];
    }
    text += "',";
  }
  return text + std::to_string(format_id);
}

MariadbGtidEvent DecodeMariadbGtidEvent(ByteCursor body) {
  constexpr uint8_t kGroupCommitId = 2;
  constexpr uint8_t kExtraMultiEngine = 1;
  constexpr uint8_t kExtraStartOfAlter = 4 | 8;
  constexpr uint8_t kExtraThreadId = 16;
  MariadbGtidEvent event;
  event.sequence = body.ReadU64();
  event.domain_id = body.ReadU32();
  event.flags = body.ReadU8();
  if ((event.flags & kGroupCommitId) != 0) body.Skip(8);
  if (event.prepares_xa() || event.completes_xa()) {
    const auto format_id = static_cast<int32_t>(body.ReadU32());
    const size_t gtrid = body.ReadU8();
    const size_t bqual = body.ReadU8();
    const std::string_view first = body.TakeText(gtrid);
    event.xid = XidText(first, body.TakeText(bqual), format_id);
  }
  if (body.at_end()) return event;
  event.extra_flags = body.ReadU8();
  if ((event.extra_flags & kExtraMultiEngine) != 0) body.Skip(1);
  if ((event.extra_flags & kExtraStartOfAlter) != 0) body.Skip(8);
  if ((event.extra_flags & kExtraThreadId) != 0) event.thread_id = body.ReadU32();
  return event;
}

}  // namespace cdc::tail
