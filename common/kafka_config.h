#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;

namespace cdc {

/// Properties for a Kafka client, gathered from files and options in the order given; a later one overrides.
/// Names are librdkafka's; Java's names for serialisers and the like, which have no meaning here, are accepted and
/// passed over; Java's names for what librdkafka calls otherwise are refused with the right name.
class KafkaConfig {
 public:
  /// A property file (name=value, Java's escapes). Errors: 66, 78 with file:line.
  void Load(const std::string& path);

  /// "name=value" of -X. Errors: 64.
  void SetAssignment(const std::string& assignment);
  void Set(const std::string& name, const std::string& value, const std::string& where);
  /// Only where nothing was given.
  void SetDefault(const std::string& name, const std::string& value);

  bool Has(const std::string& name) const;
  std::string Get(const std::string& name) const;
  std::string Where(const std::string& name) const;  ///< file:line, -X, …
  std::string brokers() const { return Get("bootstrap.servers"); }

  /// A librdkafka configuration; ownership goes to the caller (rd_kafka_new takes it). Errors: 78 with the place of
  /// the property that the library refuses.
  rd_kafka_conf_s* Build() const;

 private:
  struct Entry {
    std::string name, value, where;
  };
  std::vector<Entry> entries_;
};

struct KafkaDeleter {
  void operator()(rd_kafka_s* handle) const;
};
using KafkaHandle = std::unique_ptr<rd_kafka_s, KafkaDeleter>;

/// What the client reported last in the background (a broker that cannot be reached, a refused login).
struct KafkaBackgroundError {
  int code = 0;
  std::string text;
};

/// Creates a client and makes sure that the cluster answers within `connect_timeout_ms`, so that a wrong address or
/// password is an error and not a wait. `background` must outlive the handle; `opaque` callbacks may be set on `conf`
/// before. Errors: 69 unreachable, 77 refused, 78.
KafkaHandle ConnectKafka(bool producer, rd_kafka_conf_s* conf, const std::string& brokers, int connect_timeout_ms,
                         KafkaBackgroundError* background);

/// The exit status that suits an error of librdkafka (rd_kafka_resp_err_t).
ExitStatus KafkaExitStatus(int code);
std::string KafkaErrorText(int code);

}  // namespace cdc
