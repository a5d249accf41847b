#include "common/kafka_config.h"

#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "common/log.h"
#include "common/property_file.h"

namespace cdc {
namespace {

// Java clients' properties that say nothing here: their work is done by the line format or by librdkafka itself.
constexpr std::string_view kWithoutMeaning[] = {"key.serializer",
                                                "value.serializer",
                                                "key.deserializer",
                                                "value.deserializer",
                                                "partition.discovery.interval.ms",
                                                "max.poll.records",
                                                "auto.include.jmx.reporter",
                                                "interceptor.classes",
                                                "metric.reporters",
                                                "client.dns.lookup",
                                                "partition.assignment.strategy"};

struct OtherName {
  std::string_view java, here;
};
constexpr OtherName kOtherNames[] = {
    {"ssl.truststore.location", "ssl.ca.location (a PEM file)"},
    {"ssl.truststore.password", "ssl.ca.location (a PEM file)"},
    {"ssl.keystore.type", "ssl.keystore.location with a PKCS#12 file"},
    {"ssl.truststore.type", "ssl.ca.location (a PEM file)"},
    {"sasl.jaas.config", "sasl.username and sasl.password"},
    {"max.request.size", "message.max.bytes"},
};

/// The Java client counts its memory for records in bytes, librdkafka in units of 1024.
std::string KilobytesOf(const std::string& bytes, const std::string& what) {
  int64_t number = 0;
  const auto result = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  if (result.ec != std::errc() || result.ptr != bytes.data() + bytes.size() || number < 1024)
    Fail(ExitStatus::kConfig, what + " cannot be \"" + Shown(bytes) + "\"", "a number of bytes, 1024 or more");
  return std::to_string(number / 1024);
}

void OnLog(const rd_kafka_t*, int level, const char*, const char* text) {
  // Levels as syslog's: 3 is an error. What matters to the outcome comes as an event; this is for people who look.
  if (level <= 3) LogVerbose(std::string("librdkafka: ") + text);
}

void OnError(rd_kafka_t* handle, int code, const char* reason, void*) {
  auto* background = static_cast<KafkaBackgroundError*>(rd_kafka_opaque(handle));
  // "All brokers down" follows the reason and would hide it.
  if (background != nullptr && (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || background->text.empty()))
    *background = {code, reason};
  LogVerbose(std::string("librdkafka: ") + reason);
}

/// What another tool has named the file that it hands over without a path; empty if it is one that has a path.
std::string NameOfFileInMemory(const std::string& path) {
  constexpr std::string_view kBefore = "/memfd:", kBehind = " (deleted)";
  char target[512];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  const std::string_view link(target, length < 0 ? 0 : static_cast<size_t>(length));
  if (link.size() <= kBefore.size() + kBehind.size() || link.rfind(kBefore, 0) != 0) return "";
  return std::string(link.substr(kBefore.size(), link.size() - kBefore.size() - kBehind.size()));
}

}  // namespace

void KafkaDeleter::operator()(rd_kafka_s* handle) const {
  rd_kafka_destroy(handle);
}

void KafkaConfig::Set(const std::string& name, const std::string& value, const std::string& where) {
  if (name == "buffer.memory")
    return Set("queue.buffering.max.kbytes", KilobytesOf(value, where + ": \"" + name + "\""), where);
  if (std::find(std::begin(kWithoutMeaning), std::end(kWithoutMeaning), name) != std::end(kWithoutMeaning)) {
    LogVerbose(where + ": \"" + name + "\" has no meaning here");
    return;
  }
  for (const auto& [java, here] : kOtherNames)
    if (java == name)
      Fail(ExitStatus::kConfig, where + ": \"" + name + "\" is a name of the Java client", "",
           "use " + std::string(here));
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == name; });
  if (found != entries_.end())
    *found = {name, value, where};
  else
    entries_.push_back({name, value, where});
}

void KafkaConfig::SetDefault(const std::string& name, const std::string& value) {
  if (!Has(name)) Set(name, value, "default");
}

void KafkaConfig::SetAssignment(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos)
    Fail(ExitStatus::kUsage, "-X needs name=value, not \"" + Shown(assignment) + "\"");
  Set(assignment.substr(0, equals), assignment.substr(equals + 1), "-X");
}

void KafkaConfig::Load(const std::string& path) {
  const std::string maker = NameOfFileInMemory(path);
  for (const auto& entry : ParsePropertyFile(ReadFile(path), maker.empty() ? path : maker))
    Set(entry.name, entry.value, maker.empty() ? path + ":" + std::to_string(entry.line) : maker);
}

bool KafkaConfig::Has(const std::string& name) const {
  return !Get(name).empty();
}

std::string KafkaConfig::Where(const std::string& name) const {
  for (const auto& entry : entries_)
    if (entry.name == name) return entry.where;
  return {};
}

std::string KafkaConfig::Get(const std::string& name) const {
  for (const auto& entry : entries_)
    if (entry.name == name) return entry.value;
  // librdkafka's older name.
  if (name == "bootstrap.servers") return Get("metadata.broker.list");
  return {};
}

rd_kafka_conf_s* KafkaConfig::Build() const {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value, where] : entries_) {
    char text[512];
    const auto result = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text);
    if (result == RD_KAFKA_CONF_OK) continue;
    rd_kafka_conf_destroy(conf);
    Fail(ExitStatus::kConfig,
         where + (result == RD_KAFKA_CONF_UNKNOWN ? ": unknown Kafka property \"" + name + "\""
                                                  : ": Kafka property \"" + name + "\" is refused"),
         text, "librdkafka's properties are meant; it is version " + std::string(rd_kafka_version_str()));
  }
  rd_kafka_conf_set_log_cb(conf, OnLog);
  rd_kafka_conf_set_error_cb(conf, OnError);
  return conf;
}

KafkaHandle ConnectKafka(bool producer, rd_kafka_conf_s* conf, const std::string& brokers, int connect_timeout_ms,
                         KafkaBackgroundError* background) {
  if (brokers.empty()) {
    rd_kafka_conf_destroy(conf);
    Fail(ExitStatus::kUsage, "no broker is given", "",
         "say --brokers HOST:PORT, or bootstrap.servers in the --config file");
  }
  rd_kafka_conf_set_opaque(conf, background);
  char text[512];
  KafkaHandle handle(rd_kafka_new(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, text, sizeof text));
  if (!handle) {
    rd_kafka_conf_destroy(conf);
    Fail(ExitStatus::kConfig, "cannot set up the Kafka client", text);
  }
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(handle.get(), 0, nullptr, &metadata, connect_timeout_ms);
  // Errors of the background thread are handed over by polling.
  rd_kafka_poll(handle.get(), 0);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto status = background->text.empty() ? KafkaExitStatus(code) : KafkaExitStatus(background->code);
    Fail(status == ExitStatus::kNoPermission ? status : ExitStatus::kUnavailable,
         "could not reach Kafka at " + brokers + " within " + std::to_string(connect_timeout_ms / 1000) +
             " s: " + KafkaErrorText(code),
         background->text, "is the broker up, and does it advertise an address that this machine can reach?");
  }
  rd_kafka_metadata_destroy(metadata);
  return handle;
}

std::string KafkaErrorText(int code) {
  return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
}

ExitStatus KafkaExitStatus(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__SSL: return ExitStatus::kNoPermission;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return ExitStatus::kNoInput;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD: return ExitStatus::kData;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE: return ExitStatus::kUnavailable;
    default: return ExitStatus::kTempFail;
  }
}

}  // namespace cdc
