#include "tools/cdc-sql/state/row_codec.h"

#include <cmath>

namespace cdc::sql {

namespace {

/// A value's first bytes are put together here, and appended at once.
class Opening {
 public:
  Opening() { bytes_[size_++] = '\1'; }
  Opening& Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_[size_++] = static_cast<char>(value | 0x80);
    bytes_[size_++] = static_cast<char>(value);
    return *this;
  }
  template <typename T>
  Opening& Fixed(T value) {
    static_assert(sizeof value <= 16);
    std::memcpy(bytes_ + size_, &value, sizeof value);
    size_ += sizeof value;
    return *this;
  }
  void AppendTo(std::string* bytes) const { bytes->append(bytes_, size_); }

 private:
  char bytes_[17];
  size_t size_ = 0;
};

uint64_t TakeVarint(const char** at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*(*at)++);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

template <typename T>
T TakeFixed(const char** at) {
  T value;
  std::memcpy(&value, *at, sizeof value);
  *at += sizeof value;
  return value;
}

}  // namespace

void EncodeValue(const ColumnVector& column, size_t row, std::string* bytes) {
  if (column.IsNull(row)) {
    *bytes += '\0';
    return;
  }
  switch (column.physical()) {
    case Physical::kBool: return Opening().Fixed(column.bools()[row]).AppendTo(bytes);
    case Physical::kInt64: {
      const int64_t value = column.ints()[row];
      return Opening().Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)).AppendTo(bytes);
    }
    case Physical::kDouble: {
      double value = column.doubles()[row];
      if (value == 0) value = 0;  // -0.0 equals 0.0
      if (std::isnan(value)) value = std::nan("");
      return Opening().Fixed(value).AppendTo(bytes);
    }
    case Physical::kInt128: return Opening().Fixed(column.wides()[row]).AppendTo(bytes);
    case Physical::kString: return EncodeText(column.strings()[row], bytes);
  }
}

void EncodeText(std::string_view text, std::string* bytes) {
  Opening().Varint(text.size()).AppendTo(bytes);
  bytes->append(text);
}

void EncodeRow(const Batch& batch, size_t row, const std::vector<size_t>& columns, std::string* bytes) {
  for (const size_t column : columns) EncodeValue(*batch.columns[column], row, bytes);
}

void EncodeWholeRow(const Batch& batch, size_t row, std::string* bytes) {
  for (const ColumnPtr& column : batch.columns) EncodeValue(*column, row, bytes);
}

namespace {

enum class Texts { kCopied, kViewed };

template <Texts kTexts>
void DecodeAt(const char** at, ColumnVector& column) {
  if (*(*at)++ == '\0') return column.AppendNull();
  switch (column.physical()) {
    case Physical::kBool: return column.Append(static_cast<uint8_t>(*(*at)++));
    case Physical::kInt64: {
      const uint64_t zigzag = TakeVarint(at);
      return column.Append(static_cast<int64_t>((zigzag >> 1) ^ (uint64_t{0} - (zigzag & 1))));
    }
    case Physical::kDouble: return column.Append(TakeFixed<double>(at));
    case Physical::kInt128: return column.Append(TakeFixed<Int128>(at));
    case Physical::kString: {
      const uint64_t size = TakeVarint(at);
      const std::string_view text(*at, size);
      column.Append(kTexts == Texts::kCopied ? column.arena().Copy(text) : text);
      *at += size;
      return;
    }
  }
}

}  // namespace

void DecodeRow(std::string_view bytes, std::vector<std::shared_ptr<ColumnVector>>& columns, size_t first,
               size_t count) {
  const char* at = bytes.data();
  for (size_t i = first; i < first + count; ++i) DecodeAt<Texts::kCopied>(&at, *columns[i]);
}

void DecodeValue(std::string_view bytes, ColumnVector& column) {
  const char* at = bytes.data();
  DecodeAt<Texts::kCopied>(&at, column);
}

void DecodeView(std::string_view bytes, ColumnVector& column) {
  const char* at = bytes.data();
  DecodeAt<Texts::kViewed>(&at, column);
}

size_t EncodedSize(std::string_view bytes, Physical physical) {
  const char* at = bytes.data();
  if (*at++ == '\0') return 1;
  switch (physical) {
    case Physical::kBool: return 2;
    case Physical::kInt64: TakeVarint(&at); break;
    case Physical::kDouble: at += sizeof(double); break;
    case Physical::kInt128: at += sizeof(Int128); break;
    case Physical::kString: {
      const uint64_t size = TakeVarint(&at);
      at += size;
      break;
    }
  }
  return static_cast<size_t>(at - bytes.data());
}

}  // namespace cdc::sql
