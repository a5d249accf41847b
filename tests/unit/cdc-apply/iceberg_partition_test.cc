// Hashes and transforms against the examples of Iceberg's specification (Appendix B, "Partition Transforms").
#include "tools/cdc-apply/iceberg/partition.h"

#include <doctest/doctest.h>
#include <cstring>

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

std::string LongBytes(int64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, bytes.size());
  return bytes;
}

int32_t Hash(std::string_view bytes) {
  return static_cast<int32_t>(Murmur3(bytes));
}

Cell Integer(int64_t value) {
  Cell cell;
  cell.is_null = false;
  cell.integer = value;
  return cell;
}

Cell Text(std::string_view text) {
  Cell cell;
  cell.is_null = false;
  cell.text = text;
  return cell;
}

Cell Unscaled(int64_t value) {
  Cell cell;
  cell.is_null = false;
  cell.decimal_high = value < 0 ? -1 : 0;
  cell.decimal_low = static_cast<uint64_t>(value);
  return cell;
}

/// The partition of a row whose only column is `cell`.
Partition PartitionBy(const char* transform, const FieldType& type, const Cell& cell) {
  Schema schema;
  Field field;
  field.id = 1;
  field.name = "c";
  field.type = type;
  schema.fields = {field};
  const PartitionSpec spec = MakePartitionSpec(transform, schema, "t");
  REQUIRE(spec.fields.size() == 1);
  const Partition partition = PartitionOf(spec, {cell});
  REQUIRE(partition.values.size() == 1);
  return partition;
}

Json ValueOf(const char* transform, const FieldType& type, const Cell& cell) {
  return PartitionBy(transform, type, cell).values.begin().value();
}

std::string FolderOf(const char* transform, const FieldType& type, const Cell& cell) {
  return PartitionBy(transform, type, cell).path;
}

constexpr FieldType kLong{FieldType::Kind::kLong}, kDate{FieldType::Kind::kDate},
    kTimestamp{FieldType::Kind::kTimestamp}, kString{FieldType::Kind::kString};
constexpr FieldType kDecimal{FieldType::Kind::kDecimal, 9, 2};

TEST_CASE("hashes are those of the specification") {
  CHECK(Hash(LongBytes(34)) == 2017239379);
  CHECK(Hash(DecimalBytes(Unscaled(1420))) == -500754589);
  CHECK(Hash(LongBytes(17486)) == -653330422);              // 2017-11-16
  CHECK(Hash(LongBytes(1510871468000000)) == -2047944441);  // 2017-11-16T22:31:08
  CHECK(Hash("iceberg") == 1210000089);
  CHECK(Hash(std::string("\0\1\2\3", 4)) == -188683207);
  CHECK(Hash("") == 0);
}

TEST_CASE("a bucket is the hash without its sign") {
  CHECK(ValueOf("bucket(16,c)", kLong, Integer(34)) == (2017239379 % 16));
  CHECK(ValueOf("bucket(7,c)", kTimestamp, Integer(1510871468000000)) == ((-2047944441 & 0x7fffffff) % 7));
  CHECK(ValueOf("bucket(16,c)", kLong, Cell()).is_null());
}

TEST_CASE("truncation goes down, also below zero") {
  CHECK(ValueOf("truncate(10,c)", kLong, Integer(1)) == 0);
  CHECK(ValueOf("truncate(10,c)", kLong, Integer(-1)) == -10);
  CHECK(ValueOf("truncate(3,c)", kString, Text("iceberg")) == "ice");
  CHECK(ValueOf("truncate(2,c)", kString, Text("é€x")) == "é€");
  CHECK(ValueOf("truncate(9,c)", kString, Text("abc")) == "abc");
}

TEST_CASE("parts of times count from 1970, also before") {
  const int64_t before = -1;  // the last microsecond of 1969
  CHECK(ValueOf("year(c)", kTimestamp, Integer(1510871468000000)) == 47);
  CHECK(ValueOf("month(c)", kTimestamp, Integer(1510871468000000)) == 574);
  CHECK(ValueOf("day(c)", kTimestamp, Integer(1510871468000000)) == 17486);
  CHECK(ValueOf("hour(c)", kTimestamp, Integer(1510871468000000)) == 419686);
  CHECK(ValueOf("year(c)", kTimestamp, Integer(before)) == -1);
  CHECK(ValueOf("month(c)", kTimestamp, Integer(before)) == -1);
  CHECK(ValueOf("day(c)", kTimestamp, Integer(before)) == -1);
  CHECK(ValueOf("hour(c)", kTimestamp, Integer(before)) == -1);
  CHECK(ValueOf("month(c)", kDate, Integer(17486)) == 574);
}

// Found with PartitionSpec.partitionToPath of Iceberg 1.11.0.
TEST_CASE("folders have the names that Iceberg's Java gives them") {
  constexpr FieldType kSmall{FieldType::Kind::kDecimal, 20, 7}, kWhole{FieldType::Kind::kDecimal, 20, 0};
  constexpr FieldType kTimestampTz{FieldType::Kind::kTimestampTz}, kBoolean{FieldType::Kind::kBoolean};
  constexpr FieldType kBinary{FieldType::Kind::kBinary};
  CHECK(FolderOf("c", kDecimal, Unscaled(1065)) == "c=10.65/");
  CHECK(FolderOf("c", kDecimal, Unscaled(-1)) == "c=-0.01/");
  CHECK(FolderOf("c", kDecimal, Unscaled(0)) == "c=0.00/");
  CHECK(FolderOf("c", kSmall, Unscaled(1)) == "c=1E-7/");
  CHECK(FolderOf("c", kSmall, Unscaled(10)) == "c=0.0000010/");
  CHECK(FolderOf("c", kSmall, Unscaled(0)) == "c=0E-7/");
  CHECK(FolderOf("c", kSmall, Unscaled(-123)) == "c=-0.0000123/");
  CHECK(FolderOf("c", kWhole, Unscaled(1844674407370955161)) == "c=1844674407370955161/");
  CHECK(FolderOf("bucket(16,c)", kDecimal, Unscaled(1065)) == "c_bucket=12/");
  CHECK(FolderOf("truncate(50,c)", kDecimal, Unscaled(1065)) == "c_trunc=10.50/");
  CHECK(FolderOf("truncate(50,c)", kDecimal, Unscaled(-1)) == "c_trunc=-0.50/");
  CHECK(FolderOf("c", kDecimal, Cell()) == "c=null/");
  CHECK(FolderOf("c", kBoolean, Integer(1)) == "c=true/");
  CHECK(FolderOf("c", kTimestamp, Integer(1510871468000000)) == "c=2017-11-16T22%3A31%3A08/");
  CHECK(FolderOf("c", kTimestamp, Integer(1510871400000000)) == "c=2017-11-16T22%3A30%3A00/");
  CHECK(FolderOf("c", kTimestampTz, Integer(1510871468123000)) == "c=2017-11-16T22%3A31%3A08.123%2B00%3A00/");
  CHECK(FolderOf("year(c)", kTimestamp, Integer(-1)) == "c_year=1969/");
  CHECK(FolderOf("month(c)", kDate, Integer(17486)) == "c_month=2017-11/");
  CHECK(FolderOf("month(c)", kTimestamp, Integer(-1)) == "c_month=1969-12/");
  CHECK(FolderOf("day(c)", kTimestamp, Integer(-1)) == "c_day=1969-12-31/");
  CHECK(FolderOf("hour(c)", kTimestamp, Integer(1510871468000000)) == "c_hour=2017-11-16-22/");
  CHECK(FolderOf("hour(c)", kTimestamp, Integer(-1)) == "c_hour=1969-12-31-23/");
  CHECK(FolderOf("c", kBinary, Text(std::string_view("\0\1\2\377", 4))) == "c=AAEC%2Fw%3D%3D/");
}

TEST_CASE("decimals are serialised in as few bytes as hold them") {
  CHECK(DecimalBytes(Unscaled(0)) == std::string(1, '\0'));
  CHECK(DecimalBytes(Unscaled(127)) == "\x7f");
  CHECK(DecimalBytes(Unscaled(128)) == std::string("\0\x80", 2));
  CHECK(DecimalBytes(Unscaled(-1)) == "\xff");
  CHECK(DecimalBytes(Unscaled(-129)) == "\xff\x7f");
}

TEST_CASE("what is no spec is refused") {
  Schema schema;
  Field field;
  field.id = 1;
  field.name = "c";
  field.type = kString;
  schema.fields = {field};
  CHECK_THROWS_AS(MakePartitionSpec("bucket(c)", schema, "t"), Failure);
  CHECK_THROWS_AS(MakePartitionSpec("hour(c)", schema, "t"), Failure);
  CHECK_THROWS_AS(MakePartitionSpec("day(d)", schema, "t"), Failure);
  CHECK_THROWS_AS(MakePartitionSpec("sometimes(c)", schema, "t"), Failure);
  CHECK(ValueOf("truncate(50,c)", kDecimal, Unscaled(1065)).is_null() == false);
}

}  // namespace
}  // namespace cdc::apply::iceberg
