#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connector_config.h"
#include "common/java_regex.h"
#include "tools/cdc-encode/connect_header.h"
#include "tools/cdc-encode/connect_record.h"
#include "tools/cdc-encode/unwrap_settings.h"

namespace cdc::encode {

/// A single message transform of Kafka Connect, or of Debezium, behind the connector's own records.
class Transform {
 public:
  virtual ~Transform() = default;
  /// False: the record is dropped. Errors: 65, with messages that begin with ": ".
  virtual bool Apply(ConnectRecord* record) const = 0;
  /// Whether a sink can still read the rows: only topics and what stands beside the columns change.
  virtual bool keeps_rows() const { return true; }
  /// Whether it gives the same in front of ExtractNewRecordState as behind it, when that is done with the rows.
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
  JavaRegex GetExpression(const std::string& option, const std::string& otherwise = "");
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
std::unique_ptr<Transform> MakeEventRouter(const std::string& type, HeaderForm headers, TransformOptions* options);
/// ExtractNewRecordState of records, not of rows.
std::unique_ptr<Transform> MakeUnwrap(const UnwrapSettings& settings, HeaderForm headers, TransformOptions* options);

/// What Debezium's transforms take for one of its records of rows: the schema's name tells.
bool IsEnvelope(const ConnectSchema& schema);

/// All of a connector's transforms in order, with their predicates, but an ExtractNewRecordState that is done with the
/// rows.
class TransformChain {
 public:
  /// Each ExtractNewRecordState by its name in "transforms".
  using Unwraps = std::map<std::string, UnwrapSettings>;
  /// The properties "transforms", "transforms.NAME.…" and "predicates.NAME.…". Nothing if there is no transform for it.
  /// `of_rows`: becomes the name of the one of `unwraps` that is left to the rows' encoder, which is faster, or empty.
  static std::shared_ptr<const TransformChain> Read(const ConnectorConfig& config, const Unwraps& unwraps,
                                                    HeaderForm headers, std::string* of_rows);
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
    bool unwraps = false;
    /// Gives the same in front of an ExtractNewRecordState that is done with the rows as behind it.
    bool goes_before_unwrap() const {
      return (!predicate || predicate->kind == Predicate::Kind::kTopic) &&
             (!transform || transform->goes_before_unwrap());
    }
  };
  static Link ReadLink(const ConnectorConfig& config, const std::string& name, const Unwraps& unwraps,
                       HeaderForm headers);
  static Predicate ReadPredicate(const ConnectorConfig& config, const std::string& name, const std::string& property);
  std::vector<Link> links_;
  bool keeps_rows_ = true;
};

}  // namespace cdc::encode
