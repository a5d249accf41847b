#pragma once

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/key_index.h"

namespace cdc::sql {

/// Which of two sessions that one row joins takes in the other: Flink goes through them as through a HashSet of
/// windows, and the first one that it meets stays. True: the later one.
bool LaterSessionStays(int64_t early_start, int64_t early_end, int64_t late_start, int64_t late_end);

/// The sessions of all partitions whose end has not come yet: each with what it holds, a Content.
template <typename Content>
class OpenSessions {
 public:
  struct Session {
    int64_t start = 0, end = 0;
    Content content{};
    uint64_t grown = 0;  ///< number of the change that gave it its bounds
    void Persist(StateArchive& state) { state(start, end, content, grown); }
  };

  OpenSessions(int64_t gap, TimeZone zone) : gap_(gap), zone_(std::move(zone)) {}

  /// The session that a row belongs to, grown to its time; null if it would be over at `watermark`. Two sessions that
  /// become one: `merge(stays, goes)`. The place is good until the next call.
  template <typename Merge>
  Session* Find(std::string_view partition, int64_t time, int64_t watermark, Merge merge) {
    bool added = false;
    const uint32_t id = index_.FindOrAdd(partition, &added);
    if (index_.capacity() > sessions_.size()) sessions_.resize(std::max<size_t>(64, sessions_.size() * 2));
    std::vector<Session>& sessions = sessions_[id];
    const int64_t end = time + gap_;
    // A session is as long as the gap at least, so that a row touches two at most: those before and behind its time.
    auto first = sessions.end();
    while (first != sessions.begin() && std::prev(first)->end >= time) --first;
    auto last = first;
    while (last != sessions.end() && last->start <= end) ++last;
    if (first == last) {  // alone
      if (LastMillis(end, zone_) <= watermark) {
        if (sessions.empty()) index_.Remove(id);
        return nullptr;
      }
      first = sessions.insert(first, Session{time, end, Content{}, 0});
      Due(id, *first);
      return &*first;
    }
    const int64_t least = std::min(time, first->start), most = std::max(end, std::prev(last)->end);
    if (last - first == 1 && least == first->start && most == first->end) return &*first;
    for (auto at = first; at != last; ++at) due_.erase(PlaceOf(id, *at));
    if (last - first == 2) {
      Session& late = *std::next(first);
      if (LaterSessionStays(first->start, first->end, late.start, late.end)) std::swap(first->content, late.content);
      merge(first->content, late.content);
      first = std::prev(sessions.erase(std::next(first)));
    }
    first->start = least;
    first->end = most;
    Due(id, *first);
    return &*first;
  }

  /// Takes the sessions out that are over at `millis`: `send(partition's key, session)`.
  template <typename Send>
  void Fire(int64_t millis, Send send) {
    while (!due_.empty() && std::get<0>(*due_.begin()) <= millis) {
      const auto [last, grown, id] = *due_.begin();
      due_.erase(due_.begin());
      std::vector<Session>& sessions = sessions_[id];
      const auto found = std::find_if(sessions.begin(), sessions.end(),
                                      [grown = grown](const Session& session) { return session.grown == grown; });
      send(index_.KeyOf(id), *found);
      sessions.erase(found);
      if (!sessions.empty()) continue;
      sessions.shrink_to_fit();
      index_.Remove(id);
    }
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const uint32_t id : index_.Ids())
      for (const Session& session : sessions_[id]) visit(session);
  }

  void Persist(StateArchive& state) {
    index_.Persist(state);
    state(changes_);
    if (state.loading()) {
      sessions_ = std::vector<std::vector<Session>>(index_.capacity());
      due_.clear();
    }
    for (const uint32_t id : index_.Ids()) {
      state(sessions_[id]);
      if (state.loading())
        for (const Session& session : sessions_[id]) due_.insert(PlaceOf(id, session));
    }
  }

 private:
  /// Last moment, the change that gave it, partition: sessions that end at once are sent as they came to their ends.
  using Place = std::tuple<int64_t, uint64_t, uint32_t>;
  Place PlaceOf(uint32_t id, const Session& session) const {
    return {LastMillis(session.end, zone_), session.grown, id};
  }
  void Due(uint32_t id, Session& session) {
    session.grown = ++changes_;
    due_.insert(PlaceOf(id, session));
  }

  int64_t gap_;
  TimeZone zone_;
  KeyIndex index_;
  std::vector<std::vector<Session>> sessions_;  ///< of each partition, by start
  std::set<Place> due_;
  uint64_t changes_ = 0;
};

}  // namespace cdc::sql
