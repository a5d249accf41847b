#include "tools/kcat-produce/produce_loop.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/kcat-produce/position_topic.h"

namespace cdc::kafka {
namespace {

constexpr auto kCommitAfter = std::chrono::milliseconds(20);
constexpr auto kCommitAtLatest = std::chrono::seconds(1);
/// The next commit comes after this many times what the last one took: commits take a fifth of the time at most.
constexpr int kWorkPerCommit = 4;

StreamReader::Options ReaderOptions(bool filtered) {
  StreamReader::Options options;
  options.filtered = filtered;
  return options;
}

}  // namespace

ProduceLoop::ProduceLoop(LineInput& input, ProduceOptions& options)
    : input_(input), options_(options), reader_(input, ReaderOptions(options.filtered)) {
  input_.SetBeforeBlock([this] {
    // Nothing more to add for now: what is complete goes out, at once where commits are few.
    CommitIfRested();
    if (producer_ && !transactional_) producer_->Flush();
  });
}

int ProduceLoop::Run() {
  CheckReachable();
  try {
    return ReadToEnd();
  } catch (const Failure& failure) {
    // A line that cannot be taken does not undo the transactions before it.
    if (failure.error().status == ExitStatus::kData && transactional_ && !streaming_ && !committing_)
      Commit();
    else if (producer_)
      producer_->AbortTransaction();
    throw;
  }
}

int ProduceLoop::ReadToEnd() {
  using Event = StreamReader::Event;
  for (;;) {
    const Event event = reader_.Next(PatienceMs());
    if (TakeStatusRequest()) LogStatus(StatusLine());
    switch (event) {
      case Event::kRow: TakeRow(); break;
      case Event::kBegin: TakeBegin(); break;
      case Event::kMark: TakeMark(); break;
      case Event::kControl:
        if (reader_.control().kind() == ControlKind::kHello) TakeHello();
        if (reader_.control().kind() == ControlKind::kSchema && reader_.control().Flag("ahead"))
          ahead_topics_.push_back(reader_.control().Text("topic"));
        break;
      case Event::kTimeout: CommitIfRested(); break;
      default: return Finish(event);
    }
  }
}

/// Where the input pauses.
void ProduceLoop::CommitIfRested() {
  if (transactional_ && !streaming_ && Clock::now() >= next_commit_) Commit();
}

/// How long more input may be waited for while complete transactions are not committed.
int ProduceLoop::PatienceMs() const {
  if (!producer_ || !producer_->in_transaction() || streaming_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_commit_ - Clock::now());
  return std::max(1, static_cast<int>(left.count()));
}

/// At the start, whatever comes in and when: an idle pipe must not look healthy where its records cannot go anywhere.
void ProduceLoop::CheckReachable() {
  KafkaBackgroundError background;
  ConnectKafka(true, options_.config.Build(), options_.config.brokers(), options_.connect_timeout_ms, &background);
}

void ProduceLoop::Open() {
  if (!producer_)
    producer_ = std::make_unique<Producer>(options_.config, transactional_ ? "cdc." + options_.slot : "",
                                           options_.connect_timeout_ms);
}

void ProduceLoop::TakeHello() {
  if (options_.slot.empty()) options_.slot = reader_.control().Text("slot");
  transactional_ = options_.transactions;
  Open();
  if (!transactional_) return;
  CreatePositionTopic(producer_->handle(), options_.position_topic);
  // Only after the older copy was fenced is the last position final.
  stored_ = ReadPositionTopic(options_.config, options_.position_topic, options_.slot, options_.connect_timeout_ms);
  LogVerbose("slot \"" + options_.slot + "\" holds " + (stored_ ? stored_->ToJson() : "no position"));
}

void ProduceLoop::TakeBegin() {
  const ControlLine& control = reader_.control();
  snapshot_ = control.Flag("snapshot");
  dropping_ = false;
  if (!stored_ || snapshot_) return;
  const Position position = control.PositionOf("pos");
  switch (ComparePositions(position, *stored_)) {
    case PositionOrder::kBefore:
    case PositionOrder::kEqual:
      dropping_ = true;
      ++dropped_;
      break;
    case PositionOrder::kAfter: stored_.reset(); break;
    case PositionOrder::kUnordered:
      Fail(ExitStatus::kNoInput, reader_.Where() + ": the stream's position cannot be compared with the one in Kafka",
           "stream: " + position.ToJson() + "\nKafka: " + stored_->ToJson(),
           "the stream comes from another server, or the position from another job; use another --slot to begin anew");
  }
}

void ProduceLoop::TakeRow() {
  if (dropping_) return;
  if (!transactional_) {
    Open();
    return Send(reader_.line(), reader_.Where());
  }
  if (streaming_) {
    Send(reader_.line(), reader_.Where());
    return SplitIfDue();
  }
  if (held_.empty()) held_where_ = reader_.Where();
  held_ += reader_.line();
  held_ += '\n';
  if (held_.size() < kHeldBytes) return;
  Commit();
  BeginIfNeeded();
  SendHeld();
  streaming_ = true;
}

/// A snapshot is too long for one Kafka transaction, and is no transaction of the source's either; its position goes
/// with its last part.
void ProduceLoop::SplitIfDue() {
  const bool due = uncommitted_bytes_ >= (snapshot_ ? kHeldBytes : kSplitBytes);
  if (!due || !(snapshot_ || options_.split_transactions)) return;
  position_value_.clear();
  Commit();
  BeginIfNeeded();
}

void ProduceLoop::Send(std::string_view line, const std::string& where) {
  lines_.Parse(line, where, &record_);
  if (transactional_) BeginIfNeeded();
  Producer& producer = transactional_ && IsAhead(record_.topic) ? Ahead() : *producer_;
  producer.Produce(record_, {options_.keep_partition, options_.keep_timestamp});
  ++records_;
  uncommitted_bytes_ += line.size();
}

bool ProduceLoop::IsAhead(std::string_view topic) const {
  return std::find(ahead_topics_.begin(), ahead_topics_.end(), topic) != ahead_topics_.end();
}

Producer& ProduceLoop::Ahead() {
  if (!ahead_) ahead_ = std::make_unique<Producer>(options_.config, "", options_.connect_timeout_ms);
  return *ahead_;
}

void ProduceLoop::SendHeld() {
  std::string_view rest = held_;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    Send(rest.substr(0, end), held_where_ + " or after");
    rest.remove_prefix(end + 1);
  }
  held_.clear();
}

void ProduceLoop::BeginIfNeeded() {
  if (producer_->in_transaction()) return;
  producer_->BeginTransaction();
  oldest_uncommitted_ = Clock::now();
}

void ProduceLoop::TakeMark() {
  if (dropping_) {
    dropping_ = false;
    return;
  }
  if (!transactional_) return;
  SendHeld();
  streaming_ = false;
  const ControlLine& mark = reader_.control();
  if (mark.Has("offset")) {
    ControlLine offset;
    const std::string text = "{\"@cdc\":\"offset\"," + std::string(mark.Raw("offset").substr(1));
    offset.Parse(text, reader_.Where());
    position_key_ = offset.Text("key");
    position_value_ = offset.Text("value");
  } else {
    position_key_ = PositionKey(options_.slot);
    position_value_ = mark.PositionOf("pos").ToJson();
  }
  BeginIfNeeded();
  CommitIfDue();
}

void ProduceLoop::CommitIfDue() {
  const Clock::time_point now = Clock::now();
  if (now >= next_commit_ && now - oldest_uncommitted_ >= kCommitAfter) Commit();
}

void ProduceLoop::WritePosition() {
  RecordLine record;
  record.topic = options_.position_topic;
  record.key = {false, position_key_};
  record.payload = {false, position_value_};
  producer_->Produce(record, {});
  position_value_.clear();
}

void ProduceLoop::Commit() {
  if (!producer_ || !producer_->in_transaction()) return;
  committing_ = true;
  if (ahead_) ahead_->Flush();
  if (!position_value_.empty()) WritePosition();
  const Clock::time_point begun = Clock::now();
  producer_->CommitTransaction();
  const Clock::time_point done = Clock::now();
  next_commit_ = done + std::min<Clock::duration>(kWorkPerCommit * (done - begun), kCommitAtLatest);
  committing_ = false;
  ++commits_;
  uncommitted_bytes_ = 0;
}

int ProduceLoop::Finish(StreamReader::Event event) {
  if (streaming_) {
    producer_->AbortTransaction();
    streaming_ = false;
    LogNote("a source transaction had not ended: its records are aborted, and will be read again");
  }
  if (transactional_)
    Commit();
  else if (producer_)
    producer_->Flush();
  if (producer_) producer_->AwaitVisible();
  LogVerbose(StatusLine());
  return StreamEndStatus(reader_, event, "all up to the last mark is in Kafka");
}

std::string ProduceLoop::StatusLine() const {
  return std::to_string(records_) + " records produced, " + std::to_string(producer_ ? producer_->delivered() : 0) +
         " acknowledged, " + std::to_string(commits_) + " commits, " + std::to_string(dropped_) +
         " transactions dropped as already there";
}

}  // namespace cdc::kafka
