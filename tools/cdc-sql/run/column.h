#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// Bytes that string values point into. Addresses stay valid as it grows.
class StringArena {
 public:
  std::string_view Copy(std::string_view text) {
    char* place = Reserve(text.size());
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }
  /// Forgets all texts. Some memory is kept for those that follow.
  void Clear() {
    if (chunks_.empty()) return;
    if (last_size_ > kMaxChunk) {
      *this = StringArena();
      return;
    }
    chunks_.front() = std::move(chunks_.back());
    chunks_.resize(1);
    next_ = chunks_.front().get();
    left_ = last_size_;
  }
  /// Room for `bytes` bytes, to be filled.
  char* Reserve(size_t bytes) {
    if (bytes > left_) {
      // Most batches of a stream are one row: the first chunk is small, and is not filled with zeros.
      next_chunk_ = std::min(next_chunk_ * 4, kMaxChunk);
      const size_t size = std::max(bytes, next_chunk_);
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      next_ = chunks_.back().get();
      left_ = last_size_ = size;
    }
    char* place = next_;
    next_ += bytes;
    left_ -= bytes;
    return place;
  }

 private:
  static constexpr size_t kMaxChunk = 65536;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t last_size_ = 0;  ///< of the last chunk
  size_t next_chunk_ = 64;
};

/// One value, outside of any batch.
struct Datum {
  bool is_null = true;
  uint8_t boolean = 0;
  int64_t integer = 0;
  double real = 0;
  Int128 wide = 0;
  std::string text;

  bool operator==(const Datum& other) const = default;
};

/// The values of one column of a batch, all of one physical kind. It may hold more values than the batch has rows (a
/// literal is repeated once and used for many batches); only the first ones count.
class ColumnVector {
 public:
  explicit ColumnVector(Physical physical) : physical_(physical) {}

  Physical physical() const { return physical_; }
  size_t size() const { return nulls_.size(); }
  bool IsNull(size_t row) const { return nulls_[row] != 0; }
  const std::vector<uint8_t>& nulls() const { return nulls_; }

  const std::vector<uint8_t>& bools() const { return bools_; }
  const std::vector<int64_t>& ints() const { return ints_; }
  const std::vector<double>& doubles() const { return doubles_; }
  const std::vector<Int128>& wides() const { return wides_; }
  const std::vector<std::string_view>& strings() const { return strings_; }

  template <typename T>
  const std::vector<T>& Values() const {
    return const_cast<ColumnVector*>(this)->MutableValues<T>();
  }
  template <typename T>
  std::vector<T>& MutableValues() {
    if constexpr (std::is_same_v<T, uint8_t>)
      return bools_;
    else if constexpr (std::is_same_v<T, int64_t>)
      return ints_;
    else if constexpr (std::is_same_v<T, double>)
      return doubles_;
    else if constexpr (std::is_same_v<T, Int128>)
      return wides_;
    else
      return strings_;
  }
  std::vector<uint8_t>& mutable_nulls() { return nulls_; }

  /// `rows` values that are not null and zero.
  void Resize(size_t rows) {
    nulls_.resize(rows);
    switch (physical_) {
      case Physical::kBool: bools_.resize(rows); break;
      case Physical::kInt64: ints_.resize(rows); break;
      case Physical::kDouble: doubles_.resize(rows); break;
      case Physical::kInt128: wides_.resize(rows); break;
      case Physical::kString: strings_.resize(rows); break;
    }
  }
  void Reserve(size_t rows);
  /// Takes out all values. Memory for rows that follow is kept, unless it is that of an unusual batch.
  void Clear();
  void AppendNull() {
    nulls_.push_back(1);
    switch (physical_) {
      case Physical::kBool: bools_.push_back(0); break;
      case Physical::kInt64: ints_.push_back(0); break;
      case Physical::kDouble: doubles_.push_back(0); break;
      case Physical::kInt128: wides_.push_back(0); break;
      case Physical::kString: strings_.emplace_back(); break;
    }
  }
  template <typename T>
  void Append(T value) {
    nulls_.push_back(0);
    MutableValues<T>().push_back(value);
  }
  /// Copies the bytes into this column's arena.
  void AppendCopy(std::string_view text) { Append(arena().Copy(text)); }

  /// Appends row `row` of `from`, strings copied.
  void AppendFrom(const ColumnVector& from, size_t row);
  /// The same, strings as views into the bytes of `from`, of which all of them are.
  void AppendView(const ColumnVector& from, size_t row);
  void AppendDatum(const Datum& value);
  Datum DatumAt(size_t row) const;
  /// Same value, or both null.
  bool SameAt(size_t row, const ColumnVector& other, size_t other_row) const;

  /// Strings of this column, which has none yet, may point into the bytes of `other`.
  void ShareArena(const ColumnVector& other) { arena_ = other.arena_; }

  StringArena& arena() {
    if (!arena_) arena_ = std::make_shared<StringArena>();
    return *arena_;
  }

 private:
  Physical physical_;
  std::vector<uint8_t> nulls_;
  std::vector<uint8_t> bools_;
  std::vector<int64_t> ints_;
  std::vector<double> doubles_;
  std::vector<Int128> wides_;
  std::vector<std::string_view> strings_;
  std::shared_ptr<StringArena> arena_;
};

using ColumnPtr = std::shared_ptr<const ColumnVector>;

/// Kinds of changes. +I and +U add a row, -U and -D take one away.
enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };

inline bool Adds(RowKind kind) {
  return kind == RowKind::kInsert || kind == RowKind::kUpdateAfter;
}
inline int64_t WeightOf(RowKind kind) {
  return Adds(kind) ? 1 : -1;
}
const char* RowKindText(RowKind kind);

/// Rows with their kinds, in order, as columns.
struct Batch {
  size_t rows = 0;
  std::vector<uint32_t> turns;       ///< of rows that are computed ahead: when each is taken, rising; else empty
  std::vector<uint32_t> partitions;  ///< of each row, up to the WATERMARK of a table that has several; else empty
  int64_t watermark = INT64_MIN;     ///< set where an expression asks for it
  std::vector<RowKind> kinds;
  std::vector<ColumnPtr> columns;
};

/// The rows of `from` at `indices`; columns for which `wanted` is false stay empty (`wanted` may be null: all).
Batch Gather(const Batch& from, const std::vector<uint32_t>& indices, const std::vector<uint8_t>* wanted);
ColumnPtr GatherColumn(const ColumnVector& from, const std::vector<uint32_t>& indices);

}  // namespace cdc::sql
