#include "tools/cdc-apply/iceberg/avro.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

constexpr std::string_view kMagic("Obj\1", 4);
// Marks the ends of blocks; any 16 bytes serve.
constexpr std::string_view kSync = "cdcutils-iceberg";
static_assert(kSync.size() == 16);

std::string TypeName(const Json& schema) {
  if (schema.is_string()) return schema.get<std::string>();
  if (schema.is_array()) return "union";
  return schema.at("type").is_string() ? schema.at("type").get<std::string>() : "";
}

void AppendLong(std::string& out, int64_t value) {
  uint64_t zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (; zigzag > 0x7f; zigzag >>= 7) out += static_cast<char>(zigzag | 0x80);
  out += static_cast<char>(zigzag);
}

void AppendText(std::string& out, std::string_view text) {
  AppendLong(out, static_cast<int64_t>(text.size()));
  out += text;
}

void AppendRaw(std::string& out, const void* bytes, size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}

void AppendBinary(std::string& out, const Json& value) {
  const auto& bytes = value.get_binary();
  AppendRaw(out, bytes.data(), bytes.size());
}

void AppendValue(std::string& out, const Json& schema, const Json& value) {
  static const Json kNull;
  const std::string type = TypeName(schema);
  if (type == "union") {
    const bool null_first = schema.at(0) == "null";
    AppendLong(out, value.is_null() == null_first ? 0 : 1);
    if (!value.is_null()) AppendValue(out, schema.at(null_first ? 1 : 0), value);
  } else if (type == "record") {
    for (const auto& field : schema.at("fields")) {
      const auto found = value.find(field.at("name").get<std::string>());
      AppendValue(out, field.at("type"), found == value.end() ? kNull : *found);
    }
  } else if (type == "array") {
    if (!value.empty()) {
      AppendLong(out, static_cast<int64_t>(value.size()));
      for (const auto& element : value) AppendValue(out, schema.at("items"), element);
    }
    AppendLong(out, 0);
  } else if (type == "string") {
    AppendText(out, value.get_ref<const std::string&>());
  } else if (type == "bytes") {
    AppendLong(out, static_cast<int64_t>(value.get_binary().size()));
    AppendBinary(out, value);
  } else if (type == "fixed") {
    AppendBinary(out, value);
  } else if (type == "int" || type == "long") {
    AppendLong(out, value.get<int64_t>());
  } else if (type == "boolean") {
    out += value.get<bool>() ? '\1' : '\0';
  } else if (type == "double") {
    const auto number = value.get<double>();
    AppendRaw(out, &number, sizeof number);
  } else if (type == "float") {
    const auto number = value.get<float>();
    AppendRaw(out, &number, sizeof number);
  } else {
    CDC_CHECK(type.empty() && schema.is_object(), "an Avro schema of ours has a known type");
    AppendValue(out, schema.at("type"), value);
  }
}

/// Reads values; every read is within the bytes.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  bool at_end() const { return bytes_.empty(); }

  std::string_view Take(int64_t size) {
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size()) Damaged();
    const std::string_view taken = bytes_.substr(0, static_cast<size_t>(size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  int64_t Long() {
    uint64_t zigzag = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(Take(1)[0]);
      zigzag |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
    }
    Damaged();
  }

  std::string Text() { return std::string(Take(Long())); }

  /// Count of the next block of an array or map; 0 at its end.
  int64_t BlockCount() {
    const int64_t count = Long();
    if (count >= 0) return count;
    Long();  // the block's size in bytes
    return -count;
  }

  Json Value(const Json& schema) {
    const std::string type = TypeName(schema);
    if (type == "null") return nullptr;
    if (type == "union") {
      const int64_t branch = Long();
      if (branch < 0 || static_cast<size_t>(branch) >= schema.size()) Damaged();
      return Value(schema.at(static_cast<size_t>(branch)));
    }
    if (type == "record") return Record(schema);
    if (type == "array") {
      Json values = Json::array();
      for (int64_t count = BlockCount(); count > 0; count = BlockCount())
        for (; count > 0; --count) values.push_back(Value(schema.at("items")));
      return values;
    }
    if (type == "string") return Text();
    if (type == "bytes") return Binary(Take(Long()));
    if (type == "fixed") {
      named_[schema.at("name").get<std::string>()] = &schema;
      return Binary(Take(schema.at("size").get<int64_t>()));
    }
    if (type == "int" || type == "long") return Long();
    if (type == "boolean") return Take(1)[0] != 0;
    if (type == "double") return Number<double>();
    if (type == "float") return Number<float>();
    if (type.empty()) return Value(schema.at("type"));
    const auto named = named_.find(type);
    if (named == named_.end()) Fail(ExitStatus::kData, where_ + " has Avro type \"" + Shown(type) + "\"");
    return Value(*named->second);
  }

  [[noreturn]] void Damaged() const { Fail(ExitStatus::kData, where_ + " is no whole Avro file"); }

 private:
  Json Record(const Json& schema) {
    named_[schema.at("name").get<std::string>()] = &schema;
    Json record = Json::object();
    for (const auto& field : schema.at("fields")) record[field.at("name").get<std::string>()] = Value(field.at("type"));
    return record;
  }

  static Json Binary(std::string_view bytes) { return Json::binary({bytes.begin(), bytes.end()}); }

  template <typename T>
  T Number() {
    T number;
    std::memcpy(&number, Take(sizeof number).data(), sizeof number);
    return number;
  }

  std::string_view bytes_;
  const std::string& where_;
  std::map<std::string, const Json*> named_;
};

std::string Inflated(std::string_view bytes, const std::string& where) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) Fail(ExitStatus::kOsError, "zlib could not be started");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    const size_t size = out.size();
    out.resize(size + std::max<size_t>(bytes.size() * 4, 4096));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(out.size() - size);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) Fail(ExitStatus::kData, where + " holds a damaged deflate block");
  return out;
}

}  // namespace

std::string EncodeAvro(const AvroFile& file) {
  std::map<std::string, std::string> metadata = file.metadata;
  metadata["avro.schema"] = file.schema.dump();
  metadata["avro.codec"] = "null";
  std::string out(kMagic);
  AppendLong(out, static_cast<int64_t>(metadata.size()));
  for (const auto& [name, value] : metadata) {
    AppendText(out, name);
    AppendText(out, value);
  }
  AppendLong(out, 0);
  out += kSync;
  if (file.records.empty()) return out;
  std::string block;
  for (const auto& record : file.records) AppendValue(block, file.schema, record);
  AppendLong(out, static_cast<int64_t>(file.records.size()));
  AppendText(out, block);
  out += kSync;
  return out;
}

AvroFile DecodeAvro(std::string_view bytes, const std::string& where) {
  AvroFile file;
  Reader reader(bytes, where);
  if (reader.Take(kMagic.size()) != kMagic) reader.Damaged();
  for (int64_t count = reader.BlockCount(); count > 0; count = reader.BlockCount())
    for (; count > 0; --count) {
      std::string name = reader.Text();
      file.metadata[name] = reader.Text();
    }
  file.schema = Json::parse(file.metadata["avro.schema"], nullptr, false);
  if (file.schema.is_discarded()) reader.Damaged();
  std::string codec = file.metadata["avro.codec"];
  if (codec.empty()) codec = "null";
  if (codec != "null" && codec != "deflate")
    Fail(ExitStatus::kData, where + " is compressed with \"" + Shown(codec) + "\"", "",
         "its writer can be set to deflate (write.avro.compression-codec=gzip)");
  file.metadata.erase("avro.schema");
  file.metadata.erase("avro.codec");
  const std::string sync(reader.Take(16));
  while (!reader.at_end()) {
    const int64_t count = reader.Long();
    const std::string_view stored = reader.Take(reader.Long());
    const std::string plain = codec == "deflate" ? Inflated(stored, where) : std::string();
    Reader block(codec == "deflate" ? std::string_view(plain) : stored, where);
    for (int64_t i = 0; i < count; ++i) file.records.push_back(block.Value(file.schema));
    if (!block.at_end() || reader.Take(16) != sync) reader.Damaged();
  }
  return file;
}

}  // namespace cdc::apply::iceberg
