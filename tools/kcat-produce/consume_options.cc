#include "tools/kcat-produce/consume_options.h"

#include <algorithm>
#include <charconv>

#include "common/calendar.h"
#include "common/text_list.h"
#include "tools/kcat-produce/produce_options.h"

namespace cdc::kafka {
namespace {

[[noreturn]] void BadSpec(const std::string& option, const std::string& text) {
  Fail(ExitStatus::kUsage, "option " + option + " cannot be \"" + Shown(text) + "\"",
       "beginning, end, an offset, -N (N before the end), @MILLISECONDS or @2026-11-24T10:00:00Z");
}

}  // namespace

OffsetSpec ParseOffsetSpec(const std::string& option, const std::string& text) {
  if (text == "beginning") return {OffsetSpec::Kind::kBeginning, 0};
  if (text == "end") return {OffsetSpec::Kind::kEnd, 0};
  if (text.empty()) BadSpec(option, text);
  const bool time = text[0] == '@';
  int64_t number = 0;
  const char* first = text.data() + (time ? 1 : 0);
  const auto result = std::from_chars(first, text.data() + text.size(), number);
  if (result.ec == std::errc() && result.ptr == text.data() + text.size()) {
    if (time) return {OffsetSpec::Kind::kTime, number};
    if (number < 0) return {OffsetSpec::Kind::kTail, -number};
    return {OffsetSpec::Kind::kOffset, number};
  }
  const auto instant = time ? ParseInstant(std::string_view(text).substr(1)) : std::nullopt;
  if (!instant) BadSpec(option, text);
  return {OffsetSpec::Kind::kTime, *instant / 1000};
}

bool PartitionChoice::Has(int32_t partition) const {
  if (shares > 0) return partition % shares == share - 1;
  return listed.empty() || std::find(listed.begin(), listed.end(), partition) != listed.end();
}

PartitionChoice ParsePartitions(const std::string& text) {
  const auto number = [](const std::string& digits, int32_t least) {
    return static_cast<int32_t>(ParseOptionInteger("--partitions", digits, least, INT32_MAX));
  };
  PartitionChoice choice;
  if (const size_t slash = text.find('/'); slash != std::string::npos) {
    choice.share = number(text.substr(0, slash), 1);
    choice.shares = number(text.substr(slash + 1), choice.share);
    return choice;
  }
  for (const std::string& part : SplitList(text)) {
    const size_t dash = part.find('-');
    const int32_t first = number(part.substr(0, dash), 0);
    const int32_t last = dash == std::string::npos ? first : number(part.substr(dash + 1), first);
    for (int32_t partition = first; partition <= last; ++partition) choice.listed.push_back(partition);
  }
  return choice;
}

CommandLine MakeConsumeCommandLine(ConsumeOptions* options) {
  const auto text = [](std::string* target) { return [target](const std::string& value) { *target = value; }; };
  std::vector<OptionSpec> specs = ConnectionOptions(&options->config, &options->connect_timeout_ms);
  const std::vector<OptionSpec> rest = {
      {"--from", "-o", "WHERE", "Range", "beginning (default), end, an offset, -N, @TIME, or a POSITION",
       [options](const std::string& value) {
         options->from_given = true;
         options->from_position.reset();  // of several the last one counts
         if (!value.empty() && value[0] == '{')
           options->from_position = Position::Parse(value);
         else
           options->from = ParseOffsetSpec("--from", value);
       }},
      {"--resume-from", "", "SINK", "Range",
       "start where SINK has got to for --slot; the beginning if it has nothing yet", text(&options->resume_from)},
      {"--until", "", "WHERE", "Range",
       "stop at the end as it is at the start, an offset, @TIME or a POSITION (not read any more)",
       [options](const std::string& value) {
         options->until.reset();
         options->until_position.reset();
         if (!value.empty() && value[0] == '{')
           options->until_position = Position::Parse(value);
         else
           options->until = ParseOffsetSpec("--until", value);
       }},
      {"--count", "-c", "N", "Range", "stop after N records, 1 or more",
       [options](const std::string& value) {
         options->count = static_cast<uint64_t>(ParseOptionInteger("--count", value, 1, INT64_MAX));
       }},
      {"--partitions", "-p", "LIST", "Range",
       "only these partitions of each topic: 0,2-4; or the 2nd of 3 shares of them: 2/3",
       [options](const std::string& value) { options->partitions = ParsePartitions(value); }},
      {"--group", "-G", "NAME", "Range", "share the topics with the members of a consumer group, from its offsets",
       text(&options->group)},
      {"--slot", "", "NAME", "Stream",
       "name under which a sink stores the position (default: the group, or kcat-consume)", text(&options->slot)},
      {"--schema", "", "FILE", "Stream", "schema lines to write first, as cdc-encode makes them",
       text(&options->schema_file)},
      {"--list", "-L", "", "Look", "list topics, partitions and their offsets, and leave",
       [options](const std::string&) { options->list = true; }},
      {"--lag", "", "GROUP", "Look", "list how far GROUP is behind, partition by partition, and leave",
       text(&options->lag_group)},
  };
  specs.insert(specs.end(), rest.begin(), rest.end());
  return CommandLine("kcat-consume", "Reads Kafka topics and writes record lines.", specs,
                     {{"TOPIC", "a topic; ^... is a regular expression", false, true,
                       [options](const std::string& value) { options->topics.push_back(value); }}});
}

}  // namespace cdc::kafka
