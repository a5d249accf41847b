#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "common/error.h"
#include "stateful_runs.h"
#include "tools/cdc-sql/state/keyed_state.h"
#include "tools/cdc-sql/state/spill_folder.h"

namespace cdc::sql {

namespace {

/// A store in memory.
class MapStore : public SpillStore {
 public:
  using Map = std::map<std::string, std::string>;
  MapStore(size_t* puts, size_t* gets) : puts_(puts), gets_(gets) {}

  std::string Put(const std::vector<Entry>& entries) override {
    if (full) return "no space";
    for (const Entry& entry : entries) map_[entry.key] = entry.value;
    *puts_ += entries.size();
    return "";
  }
  std::string Remove(std::string_view key) override {
    map_.erase(std::string(key));
    return "";
  }
  std::string Get(std::string_view key, std::string* value, bool* found) override {
    ++*gets_;
    const auto at = map_.find(std::string(key));
    *found = at != map_.end();
    if (*found) *value = at->second;
    return "";
  }
  std::unique_ptr<Cursor> ReadAll() override { return std::make_unique<MapCursor>(map_); }

  bool full = false;

 private:
  class MapCursor : public Cursor {
   public:
    explicit MapCursor(Map map) : map_(std::move(map)), next_(map_.begin()) {}
    bool Next(std::string_view* key, std::string_view* value) override {
      if (next_ == map_.end()) return false;
      *key = next_->first;
      *value = next_->second;
      ++next_;
      return true;
    }
    std::string Error() const override { return ""; }

   private:
    Map map_;
    Map::const_iterator next_;
  };
  Map map_;
  size_t* puts_;
  size_t* gets_;
};

struct TestSpill {
  explicit TestSpill(size_t limit)
      : spill(limit, [this] {
          auto made = std::make_unique<MapStore>(&puts, &gets);
          store = made.get();
          return made;
        }) {}
  size_t puts = 0, gets = 0;
  MapStore* store = nullptr;
  Spill spill;
};

bool MaySpill(const PlanNode& plan) {
  return (plan.stateful() && plan.may_spill()) ||
         std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return MaySpill(*input); });
}

/// Two runs get the same rows; the one has no room in memory, and goes through checkpoints with and without disk. Their
/// changes are the same, in the same order. Returns how many groups went to disk.
size_t DiskMakesNoDifference(const std::string& query, ChangeMode mode, size_t limit, uint64_t seed) {
  INFO("seed ", seed, ", limit ", limit, mode == ChangeMode::kNet ? " in steps: " : " row by row: ", query);
  std::mt19937_64 random(seed);
  Run steady(kTables + query, mode);
  auto disk = std::make_unique<TestSpill>(limit);
  auto spilled = std::make_unique<Run>(kTables + query, mode, &disk->spill);
  std::vector<RandomRows> tables;
  for (const Dataflow::Source& source : steady.flow->sources()) tables.emplace_back(*source.scan, random);
  size_t puts = 0;
  for (int step = 0; step < 60; ++step) {
    for (size_t i = 0; i < tables.size(); ++i) {
      const Batch batch = tables[i].Next();
      if (batch.rows == 0) continue;
      steady.flow->sources()[i].entry->Push(0, batch);
      spilled->flow->sources()[i].entry->Push(0, batch);
      spilled->flow->KeepLimit();
    }
    steady.flow->EndStep();
    spilled->flow->EndStep();
    REQUIRE(spilled->changes == steady.changes);
    steady.changes.clear();
    spilled->changes.clear();
    if (random() % 8 != 0) continue;
    // From disk to a run without one, and back.
    Run whole(kTables + query, mode);
    Load(*whole.flow, Saved(*spilled->flow));
    puts += disk->puts;
    spilled.reset();
    disk = std::make_unique<TestSpill>(limit);
    spilled = std::make_unique<Run>(kTables + query, mode, &disk->spill);
    Load(*spilled->flow, Saved(*whole.flow));
    if (random() % 2 == 0) continue;
    const std::string bytes = Saved(*spilled->flow);
    spilled.reset();
    disk = std::make_unique<TestSpill>(limit);
    spilled = std::make_unique<Run>(kTables + query, mode, &disk->spill);
    Load(*spilled->flow, bytes);
  }
  steady.flow->EndTime();
  spilled->flow->EndTime();
  REQUIRE(spilled->changes == steady.changes);
  CHECK((puts + disk->puts > 0) == MaySpill(*steady.script.sinks[0].input));
  return puts + disk->puts;
}

struct Text {
  std::string text;
  void Persist(StateArchive& state) { state(text); }
  size_t HeapBytes() const { return text.size(); }
};

std::string TextOf(KeyedState<Text>& state, const std::string& key) {
  const uint32_t group = state.Find(key, SpillIndex::Access::kRead);
  return group == KeyIndex::kNone ? "none" : state[group].text;
}

void Put(KeyedState<Text>& state, const std::string& key, std::string text) {
  bool added = false;
  state[state.FindOrAdd(key, &added)].text = std::move(text);
}

StateArchive::Kept KeptOf(KeyedState<Text>& state) {
  StateArchive count = StateArchive::Counting();
  state.Persist(count);
  return count.kept();
}

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "spill-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("state on disk gives the same changes as state in memory, for every operator") {
  const uint64_t seed = std::random_device()();
  for (const char* query : kQueries)
    for (uint64_t i = 0; i < 4; ++i)
      for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet})
        DiskMakesNoDifference(query, mode, i % 2 == 0 ? 0 : 1, seed + i);
}

TEST_CASE("what was not used for long goes first, and comes back when it is asked for") {
  TestSpill disk(8000);
  KeyedState<Text> state;
  state.UseSpill(disk.spill);
  Put(state, "hot", "h");
  size_t misses = 0;
  for (int i = 0; i < 500; ++i) {
    Put(state, "key " + std::to_string(i), std::string(20, 'v') + std::to_string(i));
    disk.spill.KeepLimit();
    const size_t gets = disk.gets;
    CHECK(TextOf(state, "hot") == "h");
    misses += disk.gets - gets;
  }
  CHECK(misses < 3);
  const StateArchive::Kept kept = KeptOf(state);
  CHECK(kept.in_memory + kept.on_disk == 501);
  CHECK(kept.in_memory < 100);
  CHECK(kept.in_memory > 30);
  CHECK(kept.bytes_on_disk > kept.on_disk * 20);
  for (int i = 0; i < 500; ++i)
    CHECK(TextOf(state, "key " + std::to_string(i)) == std::string(20, 'v') + std::to_string(i));
  CHECK(TextOf(state, "key 500") == "none");
  CHECK(state.size() == 501);
}

TEST_CASE("a group that was only read is not written again, one that is gone is gone on disk") {
  TestSpill disk(0);
  KeyedState<Text> state;
  state.UseSpill(disk.spill);
  Put(state, "a", "1");
  Put(state, "b", "2");
  disk.spill.KeepLimit();
  CHECK(disk.puts == 2);
  CHECK(KeptOf(state).on_disk == 2);
  CHECK(TextOf(state, "a") == "1");
  CHECK(KeptOf(state).on_disk == 1);
  disk.spill.KeepLimit();
  CHECK(disk.puts == 2);
  state.Remove(state.Find("a"));
  CHECK(TextOf(state, "a") == "none");
  CHECK(TextOf(state, "b") == "2");
  CHECK(state.size() == 1);
  Put(state, "a", "3");
  disk.spill.KeepLimit();
  CHECK(TextOf(state, "a") == "3");
}

TEST_CASE("a group that takes a large part of the memory stays there") {
  TestSpill disk(1 << 20);
  KeyedState<Text> state;
  state.UseSpill(disk.spill);
  Put(state, "large", std::string(2 << 20, 'x'));
  Put(state, "small", "s");
  for (int i = 0; i < 5; ++i) disk.spill.KeepLimit();
  CHECK(KeptOf(state).in_memory == 1);
  CHECK(disk.puts == 1);
  CHECK(TextOf(state, "large").size() == 2 << 20);
}

TEST_CASE("a copy of the process saves what is on disk as it was at the fork") {
  TestSpill disk(0);
  KeyedState<Text> state;
  state.UseSpill(disk.spill);
  for (int i = 0; i < 3000; ++i) Put(state, std::to_string(i), std::string(300, 'a'));
  disk.spill.KeepLimit();
  const auto save = [&] {
    std::string bytes;
    StateArchive archive = StateArchive::Saving([&bytes](std::string_view block) { bytes += block; });
    disk.spill.BeginReading();
    state.Persist(archive);
    archive.Finish();
    return bytes;
  };
  const std::string whole = save();
  CHECK(whole.size() > 900'000);
  const Folder folder;
  disk.spill.BeginCopy();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::ofstream(folder.path + "/saved", std::ios::binary) << save();
    _exit(0);
  }
  disk.spill.SendCopy();
  for (int i = 0; i < 3000; i += 2) Put(state, std::to_string(i), "changed");
  disk.spill.KeepLimit();
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  std::ifstream file(folder.path + "/saved", std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == whole);
  CHECK(save().size() < whole.size());
}

TEST_CASE("a store that fails stops the run, and what memory has is whole") {
  TestSpill disk(0);
  KeyedState<Text> state;
  state.UseSpill(disk.spill);
  Put(state, "a", "1");
  disk.spill.KeepLimit();
  Put(state, "b", "2");
  disk.store->full = true;
  CHECK(StatusOf([&] { disk.spill.KeepLimit(); }) == ExitStatus::kIoError);
  CHECK(disk.spill.failed());
  CHECK(TextOf(state, "b") == "2");
}

TEST_CASE("folders of runs that were killed are removed, those of others are not") {
  const Folder parent;
  const std::string left = parent.path + "/cdc-sql-spill-left00", other = parent.path + "/other";
  std::filesystem::create_directories(left + "/below");
  std::filesystem::create_directory(other);
  std::string path;
  {
    const SpillFolder first(parent.path);
    path = first.path();
    CHECK(std::filesystem::is_directory(path));
    std::ofstream(path + "/file") << "x";
    SpillFolder::Prepare(parent.path);
    CHECK_FALSE(std::filesystem::exists(left));
    CHECK(std::filesystem::exists(path + "/file"));
    CHECK(std::filesystem::exists(other));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(StatusOf([&] { SpillFolder::Prepare(parent.path + "/nowhere"); }) == ExitStatus::kCannotCreate);
}

}  // namespace cdc::sql
