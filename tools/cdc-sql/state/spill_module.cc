#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <signal.h>

#include <algorithm>

#include "tools/cdc-sql/state/spill_store.h"

/// The store of state that memory has no room for, in RocksDB: its own log is off, as a run that dies leaves nothing
/// that anyone reads.

namespace cdc::sql {

namespace {

/// RocksDB starts threads as it needs them: they are to leave signals to those who wait for them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

rocksdb::Slice SliceOf(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string TextOf(const rocksdb::Status& status) {
  return status.ok() ? std::string() : status.ToString();
}

class RocksCursor : public SpillStore::Cursor {
 public:
  explicit RocksCursor(rocksdb::DB& db) : rows_(db.NewIterator(Options())) {}
  bool Next(std::string_view* key, std::string_view* value) override {
    if (begun_) {
      rows_->Next();
    } else {
      rows_->SeekToFirst();
    }
    begun_ = true;
    if (!rows_->Valid()) return false;
    *key = {rows_->key().data(), rows_->key().size()};
    *value = {rows_->value().data(), rows_->value().size()};
    return true;
  }
  std::string Error() const override { return TextOf(rows_->status()); }

 private:
  static rocksdb::ReadOptions Options() {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = size_t{2} << 20;
    return options;
  }
  std::unique_ptr<rocksdb::Iterator> rows_;
  bool begun_ = false;
};

class RocksStore : public SpillStore {
 public:
  explicit RocksStore(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) { unlogged_.disableWAL = true; }
  ~RocksStore() override {
    const SignalsBlocked blocked;
    db_.reset();
  }

  std::string Put(const std::vector<Entry>& entries) override {
    const SignalsBlocked blocked;
    rocksdb::WriteBatch batch;
    for (const Entry& entry : entries)
      if (const rocksdb::Status status = batch.Put(entry.key, entry.value); !status.ok()) return TextOf(status);
    return TextOf(db_->Write(unlogged_, &batch));
  }
  std::string Remove(std::string_view key) override {
    const SignalsBlocked blocked;
    return TextOf(db_->Delete(unlogged_, SliceOf(key)));
  }
  std::string Get(std::string_view key, std::string* value, bool* found) override {
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), SliceOf(key), value);
    *found = status.ok();
    return status.IsNotFound() ? std::string() : TextOf(status);
  }
  std::unique_ptr<Cursor> ReadAll() override { return std::make_unique<RocksCursor>(*db_); }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions unlogged_;
};

/// `memory`: a half for blocks that were read, with indexes and filters, the other for what is not written yet.
rocksdb::Options OptionsFor(size_t memory) {
  constexpr size_t kLeast = size_t{1} << 18;
  rocksdb::BlockBasedTableOptions table;
  // Few shards, and indexes and filters in parts: whole ones of a large file would throw all else out at each look.
  table.block_cache = rocksdb::NewLRUCache(std::max(kLeast, memory / 2), 2);
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.create_if_missing = true;
  options.write_buffer_size = std::max(kLeast, memory / 6);
  options.max_write_buffer_number = 3;
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 1;
  // A disk that is full is told, not waited for.
  options.max_bgerror_resume_count = 0;
  options.paranoid_checks = true;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  options.keep_log_file_num = 1;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

SpillStore* Open(const std::string& folder, size_t memory, std::string* error) {
  const SignalsBlocked blocked;
  rocksdb::DB* db = nullptr;
  *error = TextOf(rocksdb::DB::Open(OptionsFor(memory), folder, &db));
  return db == nullptr ? nullptr : new RocksStore(std::unique_ptr<rocksdb::DB>(db));
}

}  // namespace

}  // namespace cdc::sql

extern "C" __attribute__((visibility("default")))
const cdc::sql::SpillModule cdc_spill_module = {cdc::sql::kSpillModuleVersion, cdc::sql::Open};
