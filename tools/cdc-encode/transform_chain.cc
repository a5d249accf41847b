#include <algorithm>

#include "common/text_list.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kConnect = "org.apache.kafka.connect.transforms.";
constexpr std::string_view kPredicates = "org.apache.kafka.connect.transforms.predicates.";
const char kPossible[] =
    "ExtractNewRecordState, ByLogicalTableRouter and outbox.EventRouter of io.debezium.transforms, ReadToInsertEvent "
    "of "
    "io.debezium.connector.mysql.transforms, and of "
    "org.apache.kafka.connect.transforms Cast, DropHeaders, ExtractField, Filter, Flatten, HoistField, InsertField, "
    "InsertHeader, MaskField, RegexRouter, ReplaceField, SetSchemaMetadata, TimestampConverter and ValueToKey are "
    "possible";

std::unique_ptr<Transform> MakeTransform(const std::string& type, HeaderForm headers, TransformOptions* options) {
  if (std::unique_ptr<Transform> route = MakeRouteTransform(type, options)) return route;
  if (std::unique_ptr<Transform> header = MakeHeaderTransform(type, headers.json, options)) return header;
  if (std::unique_ptr<Transform> router = MakeEventRouter(type, headers, options)) return router;
  if (type.rfind(kConnect, 0) != 0) return nullptr;
  const size_t dollar = type.find('$');
  if (dollar == std::string::npos) return nullptr;
  const std::string name = type.substr(kConnect.size(), dollar - kConnect.size()), part = type.substr(dollar + 1);
  if (part != "Key" && part != "Value") return nullptr;
  const RecordPart side = part == "Key" ? RecordPart::kKey : RecordPart::kValue;
  if (std::unique_ptr<Transform> field = MakeFieldTransform(name, side, options)) return field;
  return MakeTypeTransform(name, side, options);
}

}  // namespace

std::string TransformOptions::Get(const std::string& option, const std::string& otherwise) {
  known_.push_back(option);
  return config_.Get(prefix_ + option, otherwise);
}

std::string TransformOptions::Required(const std::string& option) {
  const std::string value = Get(option);
  if (value.empty())
    config_.Refuse(config_.Has(prefix_ + option) ? prefix_ + option : prefix_ + "type",
                   "needs the property " + prefix_ + option);
  return value;
}

bool TransformOptions::GetFlag(const std::string& option, bool otherwise) {
  known_.push_back(option);
  return config_.GetFlag(prefix_ + option, otherwise);
}

std::vector<std::string> TransformOptions::GetList(const std::string& option) {
  return SplitList(Get(option));
}

JavaRegex TransformOptions::GetExpression(const std::string& option, const std::string& otherwise) {
  const std::string text = otherwise.empty() ? Required(option) : Get(option, otherwise);
  std::string error;
  std::optional<JavaRegex> regex = JavaRegex::Compile(text, JavaRegex::Case::kExact, &error);
  if (!regex) Refuse(option, "holds \"" + text + "\", which is no regular expression: " + error);
  return *regex;
}

void TransformOptions::Refuse(const std::string& option, const std::string& why, const std::string& hint) const {
  config_.Refuse(prefix_ + option, why, hint);
}

void TransformOptions::RefuseOthers() const {
  for (const auto& [name, entry] : config_.entries()) {
    if (name.rfind(prefix_, 0) != 0) continue;
    const std::string option = name.substr(prefix_.size());
    if (option == "type" || option == "predicate" || option == "negate" || option == "plugin.version" ||
        entry.value.empty() || std::find(known_.begin(), known_.end(), option) != known_.end())
      continue;
    config_.Refuse(name, "is not supported by cdc-encode", "remove it");
  }
}

TransformChain::Predicate TransformChain::ReadPredicate(const ConnectorConfig& config, const std::string& name,
                                                        const std::string& property) {
  const std::vector<std::string> names = SplitList(config.Get("predicates"));
  if (std::find(names.begin(), names.end(), name) == names.end())
    config.Refuse(property, "names a predicate that \"predicates\" does not name: " + name);
  TransformOptions options(config, "predicates." + name + ".");
  const std::string type = options.Required("type");
  Predicate predicate;
  if (type == std::string(kPredicates) + "TopicNameMatches") {
    predicate.topic = options.GetExpression("pattern");
  } else if (type == std::string(kPredicates) + "HasHeaderKey") {
    predicate.kind = Predicate::Kind::kHeader;
    predicate.header = options.Required("name");
  } else if (type == std::string(kPredicates) + "RecordIsTombstone") {
    predicate.kind = Predicate::Kind::kTombstone;
  } else {
    options.Refuse("type", "names a predicate that cdc-encode does not support: " + type,
                   "TopicNameMatches, HasHeaderKey and RecordIsTombstone of "
                   "org.apache.kafka.connect.transforms.predicates are possible");
  }
  options.RefuseOthers();
  return predicate;
}

TransformChain::Link TransformChain::ReadLink(const ConnectorConfig& config, const std::string& name,
                                              const Unwraps& unwraps, HeaderForm headers) {
  const std::string prefix = "transforms." + name + ".";
  TransformOptions options(config, prefix);
  const std::string type = options.Get("type");
  Link link;
  if (const auto unwrap = unwraps.find(name); unwrap != unwraps.end()) {
    link.unwraps = true;  // its other options are read already
  } else {
    const bool filter = type == std::string(kConnect) + "Filter";
    if (!filter) link.transform = MakeTransform(type, headers, &options);
    if (!filter && !link.transform)
      config.Refuse(config.Has(prefix + "type") ? prefix + "type" : "transforms",
                    "names a transform that cdc-encode does not support: " + type, kPossible);
    options.RefuseOthers();
  }
  if (const std::string predicate = options.Get("predicate"); !predicate.empty())
    link.predicate = ReadPredicate(config, predicate, prefix + "predicate");
  link.negate = options.GetFlag("negate", false);
  if (link.negate && !link.predicate) options.Refuse("negate", "has no predicate to negate");
  return link;
}

std::shared_ptr<const TransformChain> TransformChain::Read(const ConnectorConfig& config, const Unwraps& unwraps,
                                                           HeaderForm headers, std::string* of_rows) {
  auto chain = std::make_shared<TransformChain>();
  of_rows->clear();
  // A single one that takes all records, with nothing in front that sees their fields, is done with the rows.
  bool simple = unwraps.size() == 1, unwrapped = false;
  for (const std::string& name : SplitList(config.Get("transforms"))) {
    Link link = ReadLink(config, name, unwraps, headers);
    const std::string prefix = "transforms." + name + ".";
    if (link.unwraps && !link.predicate) {
      unwrapped = true;
      // What stands in front is to see the topic that route.by.field replaces.
      if (simple && (chain->links_.empty() || unwraps.at(name).route_field.empty())) {
        *of_rows = name;
        continue;
      }
    }
    TransformOptions options(config, prefix);
    if (link.unwraps) link.transform = MakeUnwrap(unwraps.at(name), headers, &options);
    if (unwrapped && config.Get(prefix + "type").find("ByLogicalTableRouter") != std::string::npos)
      config.Refuse(prefix + "type", "finds no envelope behind ExtractNewRecordState",
                    "name it in front of that in transforms");
    if (link.transform) chain->keeps_rows_ = chain->keeps_rows_ && link.transform->keeps_rows();
    simple = simple && !link.unwraps && link.goes_before_unwrap();
    chain->links_.push_back(std::move(link));
  }
  if (chain->links_.empty()) return nullptr;
  return chain;
}

bool TransformChain::Predicate::Holds(const ConnectRecord& record) const {
  switch (kind) {
    case Kind::kTopic: return topic.Matches(record.topic);
    case Kind::kHeader:
      return std::any_of(record.headers.begin(), record.headers.end(),
                         [&](const auto& entry) { return entry.first == header; });
    case Kind::kTombstone: return record.value.is_null();
  }
  return false;
}

bool TransformChain::Apply(ConnectRecord* record) const {
  for (const Link& link : links_) {
    if (link.predicate && link.predicate->Holds(*record) == link.negate) continue;
    const std::string topic = record->topic;
    if (!link.transform || !link.transform->Apply(record)) return false;
    // Those that only route give the same record back where they do not; the others always make a new one.
    if (!link.transform->goes_before_unwrap() || record->topic != topic) record->copied = true;
  }
  return true;
}

}  // namespace cdc::encode
