#include "tools/cdc-sql/connect/source_kafka.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <filesystem>
#include <map>

#include "common/error.h"
#include "common/position.h"
#include "tools/cdc-sql/bind/option_values.h"
#include "tools/cdc-sql/bind/table_options.h"

extern char** environ;

namespace cdc::sql {

namespace {

/// The value that all tables agree on.
std::string Shared(const std::vector<const TableDef*>& tables, const std::string& key, const std::string& fallback) {
  const std::string value = tables[0]->Get(key).value_or(fallback);
  for (const TableDef* table : tables)
    if (table->Get(key).value_or(fallback) != value)
      FailAt(table->SpanOf(key),
             "with --kafka all tables are read by one reader, and '" + key + "' differs between '" + tables[0]->name +
                 "' and '" + table->name + "'",
             "give them the same value (--set " + key + "=…), or run kcat-consume and pipe its lines into cdc-sql");
  return value;
}

std::string PropertyText(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\') text += '\\';
    text += c;
  }
  return text;
}

/// The offsets that each table names for its topic.
Position PositionOf(const std::vector<const TableDef*>& tables, const std::string& key) {
  Position position;
  for (const TableDef* table : tables) {
    const std::map<int32_t, int64_t> offsets = SpecificOffsets(*table, key);
    const auto [known, fresh] = position.kafka.emplace(TopicsOf(*table)[0], offsets);
    if (!fresh && known->second != offsets)
      FailAt(table->SpanOf(key), "with --kafka a topic is read once, and another table names other offsets for it");
  }
  return position;
}

std::vector<std::string> StartOf(const std::vector<const TableDef*>& tables) {
  const bool upsert = tables[0]->connector() == "upsert-kafka";  // reads its topic from the beginning
  const std::string mode = Shared(tables, "scan.startup.mode", upsert ? "earliest-offset" : "group-offsets");
  if (mode == "earliest-offset") return {"--from", "beginning"};
  if (mode == "latest-offset") return {"--from", "end"};
  if (mode == "timestamp") return {"--from", "@" + Shared(tables, "scan.startup.timestamp-millis", "0")};
  if (mode == "group-offsets") {
    const std::string group = Shared(tables, "properties.group.id", "");
    if (group.empty())
      FailAt(tables[0]->span, "the table '" + tables[0]->name + "' starts at its group's offsets and names no group",
             "'scan.startup.mode' = 'earliest-offset', or 'properties.group.id' = '…'");
    return {"--group", group};
  }
  // Partitions that are not named begin at their beginning.
  return {"--from", PositionOf(tables, "scan.startup.specific-offsets").ToJson()};
}

std::vector<std::string> EndOf(const std::vector<const TableDef*>& tables) {
  const std::string mode = Shared(tables, "scan.bounded.mode", "unbounded");
  if (mode == "unbounded") return {};
  if (mode == "latest-offset") return {"--until", "end"};
  if (mode == "timestamp") return {"--until", "@" + Shared(tables, "scan.bounded.timestamp-millis", "0")};
  // Of partitions that are not named nothing is read.
  if (mode == "specific-offsets") return {"--until", PositionOf(tables, "scan.bounded.specific-offsets").ToJson()};
  FailAt(tables[0]->SpanOf("scan.bounded.mode"), "'scan.bounded.mode' = '" + mode + "' is not available with --kafka",
         "unbounded, latest-offset, timestamp and specific-offsets are");
}

std::string FindTool(const std::string& tool, const std::string& folder_in_build_tree) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof self)) return tool;
  const auto here = std::filesystem::path(std::string(self, static_cast<size_t>(length))).parent_path();
  for (const auto& path : {here / tool, here.parent_path() / folder_in_build_tree / tool})
    if (access(path.c_str(), X_OK) == 0) return path.string();
  return tool;
}

/// A file without a name that holds `text`; it is inherited by the child.
int HiddenFile(const std::string& text) {
  const int fd = memfd_create("properties.* of the kafka tables", 0);
  if (fd < 0) Fail(ExitStatus::kOsError, "could not create a file in memory: " + ErrnoText(errno));
  for (size_t at = 0; at < text.size();) {
    const ssize_t count = write(fd, text.data() + at, text.size() - at);
    if (count < 0 && errno != EINTR)
      Fail(ExitStatus::kOsError, "could not write to a file in memory: " + ErrnoText(errno));
    if (count > 0) at += static_cast<size_t>(count);
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

KafkaRequest RequestFor(const std::vector<const TableDef*>& tables, const KafkaStart& start) {
  KafkaRequest request;
  request.arguments = start.position               ? std::vector<std::string>{"--from", start.position->ToJson()}
                      : !start.resume_from.empty() ? std::vector<std::string>{"--resume-from", start.resume_from}
                                                   : StartOf(tables);
  if (!start.slot.empty()) request.arguments.insert(request.arguments.end(), {"--slot", start.slot});
  if (!start.partitions.empty()) request.arguments.insert(request.arguments.end(), {"--partitions", start.partitions});
  for (const std::string& word : EndOf(tables)) request.arguments.push_back(word);
  if (Shared(tables, "properties.bootstrap.servers", "").empty())
    FailAt(tables[0]->span, "the table '" + tables[0]->name + "' names no server",
           "'properties.bootstrap.servers' = 'host:9092', or --set properties.bootstrap.servers=host:9092");
  std::map<std::string, std::string> properties;
  for (const TableDef* table : tables)
    for (const Option& option : table->options) {
      if (option.key.rfind("properties.", 0) != 0) continue;
      const std::string name = option.key.substr(11);
      // The group is an argument where it counts; an assignment has none.
      if (name != "group.id") properties[name] = Shared(tables, option.key, "");
    }
  for (const auto& [name, value] : properties) request.properties += name + "=" + PropertyText(value) + "\n";
  std::vector<std::string> topics;
  for (const TableDef* table : tables) {
    std::vector<std::string> names = TopicsOf(*table);
    if (const auto pattern = table->Get("topic-pattern")) names = {"^" + *pattern + "$"};
    for (const std::string& name : names)
      if (std::find(topics.begin(), topics.end(), name) == topics.end()) topics.push_back(name);
  }
  request.arguments.insert(request.arguments.end(), topics.begin(), topics.end());
  return request;
}

KafkaSource::KafkaSource(const std::vector<const TableDef*>& tables, const KafkaStart& start) {
  const KafkaRequest request = RequestFor(tables, start);
  const std::string program = FindTool("kcat-consume", "kcat-produce");
  const int properties = HiddenFile(request.properties);
  std::vector<std::string> words = {program, "--quiet", "--config", "/proc/self/fd/" + std::to_string(properties)};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Fail(ExitStatus::kOsError, "could not create a pipe: " + ErrnoText(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int spawned = posix_spawnp(&child_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  close(properties);
  fd_ = ends[0];
  if (spawned != 0)
    Fail(ExitStatus::kOsError, "could not run kcat-consume: " + ErrnoText(spawned), "",
         "--kafka needs it; put it beside this tool or into PATH");
}

KafkaSource::~KafkaSource() {
  if (fd_ >= 0) close(fd_);
  if (child_ > 0) {
    Stop();
    Wait();
  }
}

void KafkaSource::Stop() {
  if (child_ > 0) kill(child_, SIGTERM);
}

int KafkaSource::Wait() {
  int status = 0;
  while (child_ > 0 && waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace cdc::sql
