#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/iceberg/schema.h"

namespace cdc::apply::iceberg {

/// One field of a partition spec (specification, "Partition Transforms").
struct PartitionField {
  enum class Transform { kIdentity, kBucket, kTruncate, kYear, kMonth, kDay, kHour };
  int field_id = 0;
  std::string name;
  Transform transform = Transform::kIdentity;
  int parameter = 0;  ///< buckets, or width
  Field source;
  FieldType result;
};

struct PartitionSpec {
  int id = 0;
  std::vector<PartitionField> fields;

  Json ToJson() const;      ///< {"spec-id":…,"fields":[…]}
  Json FieldsJson() const;  ///< the array alone
  Json AvroRecord() const;  ///< schema of the partition's record in a manifest
};

/// "day(at),bucket(16,id),region". Errors: 64 for text that is none; 78 for columns that the table lacks, or that the
/// transform does not take.
PartitionSpec MakePartitionSpec(std::string_view text, const Schema& schema, const std::string& table);

/// Spec `spec_id` of a table's metadata. Errors: 78 for a transform that is not known.
PartitionSpec ReadPartitionSpec(const Json& metadata, int spec_id, const Schema& schema);

/// A row's partition.
struct Partition {
  Json values = Json::object();  ///< the manifest's record
  std::string path;              ///< "at_day=2024-01-31/", for people; "" without fields
};

/// `cells`: the values of the spec's source columns, in its order.
Partition PartitionOf(const PartitionSpec& spec, const std::vector<Cell>& cells);

/// MurmurHash3, 32 bits, as buckets use it.
uint32_t Murmur3(std::string_view bytes);

}  // namespace cdc::apply::iceberg
