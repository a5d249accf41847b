#include "tools/binlog-tail/file_job.h"

#include <cstdlib>

#include "common/error.h"
#include "common/log.h"
#include "common/sink_position.h"
#include "tools/binlog-tail/binlog_file.h"
#include "tools/binlog-tail/log_stream.h"
#include "tools/binlog-tail/stream_frame.h"

namespace cdc::tail {
namespace {

/// Empty: from the beginning.
std::optional<Position> StartOf(const Options& options) {
  if (!options.resume_from.empty()) {
    std::optional<Position> stored = AskSinkPosition(options.resume_from, options.slot);
    if (stored) stored = ReadingStart(*stored);
    return stored;
  }
  if (options.from.empty() || options.from == "beginning") return std::nullopt;
  if (InstantOf("--from", options.from)) return std::nullopt;
  if (options.from == "now") Fail(ExitStatus::kUsage, "--from now needs a server: files have an end, not a present");
  return ReadingStart(Position::Parse(options.from));
}

Until UntilOf(const Options& options) {
  Until until;
  until.rows = options.count;
  until.time_us = InstantOf("--until", options.until);
  if (until.time_us) return until;
  if (options.until.empty() || options.until == "end") return until;
  if (options.until == "now") Fail(ExitStatus::kUsage, "--until now needs a server; files are read to their end");
  until.position = Position::Parse(options.until);
  until.position->end = 0;  // what comes behind it at this place is not the log's
  return until;
}

std::string ReasonOf(LogStream::Outcome outcome, bool asked_for_end) {
  switch (outcome) {
    case LogStream::Outcome::kUntil: return "until";
    case LogStream::Outcome::kStopped: return "signal";
    case LogStream::Outcome::kEof: return asked_for_end ? "until" : "eof";
  }
  return "";
}

/// The number in a name as a server gives it, NAME.000016; nothing for another name.
std::optional<uint64_t> LogNumber(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot + 1 == name.size() || name.size() - dot > 19) return std::nullopt;
  if (name.find_first_not_of("0123456789", dot + 1) != std::string::npos) return std::nullopt;
  return std::strtoull(name.c_str() + dot + 1, nullptr, 10);
}

/// Files are read as they are given; a server numbers those of one log. Errors: 64 where they go back.
void CheckOrder(const std::vector<std::string>& files) {
  for (size_t i = 1; i < files.size(); ++i) {
    const std::string before = BinlogFiles::BaseName(files[i - 1]), name = BinlogFiles::BaseName(files[i]);
    const auto last = LogNumber(before), number = LogNumber(name);
    if (!last || !number || before.substr(0, before.rfind('.')) != name.substr(0, name.rfind('.'))) continue;
    if (*number <= *last)
      Fail(ExitStatus::kUsage, "file \"" + files[i] + "\" stands behind \"" + files[i - 1] + "\"",
           "files are read in the order in which they are given, and their numbers go up",
           "each file once, oldest first");
    if (*number > *last + 1)
      LogWarning("between \"" + files[i - 1] + "\" and \"" + files[i] + "\" " +
                 (*number - *last == 2 ? "a file is" : std::to_string(*number - *last - 1) + " files are") +
                 " missing: their changes are not told");
  }
}

}  // namespace

int RunFileJob(const Options& options, ByteOutput& output) {
  CheckOrder(options.files);
  const std::optional<Position> start = StartOf(options);
  const Until until = UntilOf(options);
  const bool by_file = start && !start->gtids && !start->file.empty();
  BinlogFiles source(options.files, by_file ? start->file : "");
  source.SetBeforeBlock([&] { output.Flush(); });
  EventReader reader(source);
  Catalog catalog;
  StreamWriter writer(output);
  LogStream::Options stream_options;
  stream_options.style = options.style;
  ExpectedTables expected(options.filter);
  stream_options.expected = &expected;
  std::optional<RowCondition> condition;
  if (!options.where.empty()) stream_options.condition = &condition.emplace(options.where);
  std::optional<RowView> view = ViewOf(options, output);
  if (view) {
    stream_options.view = &*view;
    writer.LeaveOutControlLines();
  }
  LogStream stream(reader, options.filter, catalog, writer, stream_options);
  if (start) stream.SkipTo(*start);
  const std::optional<int64_t> from_us = InstantOf("--from", options.from);
  if (from_us) stream.SkipBefore(*from_us);
  stream.SetBeforeFirst([&] {
    Hello hello;
    hello.slot = options.slot;
    hello.kind = "file";
    hello.version = reader.format().server_version;
    hello.begins = start || from_us ? "position" : "beginning";
    hello.position = stream.position();
    WriteHello(writer, hello);
  });
  const auto read = [&] {
    const LogStream::Outcome outcome = stream.Run(until);
    if (outcome == LogStream::Outcome::kEof) expected.Check(start || from_us);
    return ReasonOf(outcome, !until.position && !until.time_us);
  };
  return RunFramed(writer, read, [&] { return stream.position().ToJson(); });
}

}  // namespace cdc::tail
