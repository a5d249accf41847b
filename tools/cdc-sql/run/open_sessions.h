#pragma once

#include <algorithm>
#include <iterator>
#include <map>
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
    Sessions& sessions = sessions_[id];
    const int64_t end = time + gap_;
    // A session is as long as the gap at least, so that a row touches two at most: those before and behind its time.
    const auto last = sessions.upper_bound(end);
    auto first = last;
    while (first != sessions.begin() && std::prev(first)->second.end >= time) --first;
    if (first == last) {  // alone
      if (LastMillis(end, zone_) <= watermark) {
        if (sessions.empty()) index_.Remove(id);
        return nullptr;
      }
      Session& session = sessions.emplace_hint(last, time, Session{time, end, Content{}, 0})->second;
      Due(id, session);
      return &session;
    }
    Session& session = first->second;
    const int64_t least = std::min(time, session.start), most = std::max(end, std::prev(last)->second.end);
    const auto behind = std::next(first);
    if (behind == last && least == session.start && most == session.end) return &session;
    for (auto at = first; at != last; ++at) due_.erase(PlaceOf(id, at->second));
    if (behind != last) {
      Session& late = behind->second;
      if (LaterSessionStays(session.start, session.end, late.start, late.end)) std::swap(session.content, late.content);
      merge(session.content, late.content);
      sessions.erase(behind);
    }
    if (least < session.start) {
      auto node = sessions.extract(first);
      node.key() = least;
      sessions.insert(std::move(node));
    }
    session.start = least;
    session.end = most;
    Due(id, session);
    return &session;
  }

  /// Takes the sessions out that are over at `millis`: `send(partition's key, session)`.
  template <typename Send>
  void Fire(int64_t millis, Send send) {
    while (!due_.empty() && std::get<0>(*due_.begin()) <= millis) {
      const auto [last, grown, id, start] = *due_.begin();
      due_.erase(due_.begin());
      Sessions& sessions = sessions_[id];
      const auto found = sessions.find(start);
      send(index_.KeyOf(id), found->second);
      sessions.erase(found);
      if (sessions.empty()) index_.Remove(id);
    }
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const uint32_t id : index_.Ids())
      for (const auto& [start, session] : sessions_[id]) visit(session);
  }

  void Persist(StateArchive& state) {
    index_.Persist(state);
    state(changes_);
    if (state.loading()) {
      sessions_ = std::vector<Sessions>(index_.capacity());
      due_.clear();
    }
    for (const uint32_t id : index_.Ids()) {
      if (state.loading()) {
        Load(state, id);
      } else {
        Save(state, sessions_[id]);
      }
    }
  }

 private:
  using Sessions = std::map<int64_t, Session>;  ///< by start
  /// Last moment, the change that gave it, partition, start: sessions that end at once are sent as they came to their
  /// ends.
  using Place = std::tuple<int64_t, uint64_t, uint32_t, int64_t>;
  Place PlaceOf(uint32_t id, const Session& session) const {
    return {LastMillis(session.end, zone_), session.grown, id, session.start};
  }
  void Due(uint32_t id, Session& session) {
    session.grown = ++changes_;
    due_.insert(PlaceOf(id, session));
  }

  void Save(StateArchive& state, Sessions& sessions) {
    uint64_t count = sessions.size();
    state(count);
    for (auto& [start, session] : sessions) state(session);
  }
  void Load(StateArchive& state, uint32_t id) {
    uint64_t count = 0;
    for (state(count); count > 0; --count) {
      Session session;
      state(session);
      due_.insert(PlaceOf(id, session));
      sessions_[id].emplace_hint(sessions_[id].end(), session.start, std::move(session));
    }
  }

  int64_t gap_;
  TimeZone zone_;
  KeyIndex index_;
  std::vector<Sessions> sessions_;  ///< of each partition
  std::set<Place> due_;
  uint64_t changes_ = 0;
};

}  // namespace cdc::sql
