#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connector_config.h"
#include "common/java_regex.h"
#include "tools/cdc-encode/connect_record.h"

namespace cdc::encode {

/// A single message transform of Kafka Connect, or of Debezium, behind the connector's own records.
class Transform {
 public:
  virtual ~Transform() = default;
  /// False: the record is dropped. Errors: 65, with messages that begin with ": ".
  virtual bool Apply(ConnectRecord* record) const = 0;
  /// Whether a sink can still read the rows: only topics and what stands beside the columns change.
  virtual bool keeps_rows() const { return true; }
  /// Whether it gives the same in front of ExtractNewRecordState as behind it.
  virtual bool goes_before_unwrap() const { return false; }
};

/// The properties "transforms.NAME.…" of one; what is not asked for is refused.
class TransformOptions {
 public:
  TransformOptions(const ConnectorConfig& config, std::string prefix) : config_(config), prefix_(std::move(prefix)) {}
  std::string Get(const std::string& option, const std::string& otherwise = "");
  std::string Required(const std::string& option);
  bool GetFlag(const std::string& option, bool otherwise);
  std::vector<std::string> GetList(const std::string& option);
  JavaRegex GetExpression(const std::string& option);
  bool Has(const std::string& option) const { return config_.Has(prefix_ + option); }
  [[noreturn]] void Refuse(const std::string& option, const std::string& why, const std::string& hint = "") const;
  void RefuseOthers() const;

 private:
  const ConnectorConfig& config_;
  std::string prefix_;
  std::vector<std::string> known_;
};

/// Which part of a record "$Key" or "$Value" behind a transform's name means.
enum class RecordPart { kKey, kValue };

/// Nothing for a name that is none of these transforms'.
std::unique_ptr<Transform> MakeRouteTransform(const std::string& type, TransformOptions* options);
std::unique_ptr<Transform> MakeFieldTransform(const std::string& name, RecordPart part, TransformOptions* options);
std::unique_ptr<Transform> MakeTypeTransform(const std::string& name, RecordPart part, TransformOptions* options);
std::unique_ptr<Transform> MakeHeaderTransform(const std::string& type, bool json_headers, TransformOptions* options);

/// All of a connector's transforms but ExtractNewRecordState, in order, with their predicates.
class TransformChain {
 public:
  /// The properties "transforms", "transforms.NAME.…" and "predicates.NAME.…". Nothing if there is no transform, or
  /// only `unwrap`. `unwrap`: the name of ExtractNewRecordState among them, or empty.
  static std::shared_ptr<const TransformChain> Read(const ConnectorConfig& config, const std::string& unwrap,
                                                    bool json_headers);
  /// False: the record is dropped.
  bool Apply(ConnectRecord* record) const;
  bool keeps_rows() const { return keeps_rows_; }

 private:
  struct Predicate {
    enum class Kind { kTopic, kHeader, kTombstone } kind = Kind::kTopic;
    JavaRegex topic;
    std::string header;
    bool Holds(const ConnectRecord& record) const;
  };
  struct Link {
    std::unique_ptr<Transform> transform;  ///< null: drops the record (Filter)
    std::optional<Predicate> predicate;
    bool negate = false;
  };
  static Predicate ReadPredicate(const ConnectorConfig& config, const std::string& name, const std::string& property);
  std::vector<Link> links_;
  bool keeps_rows_ = true;
};

}  // namespace cdc::encode
