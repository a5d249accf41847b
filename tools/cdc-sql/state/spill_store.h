#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::sql {

/// Bytes by key, in a folder of its own: where state lies that memory has no room for. It serves one run and is gone
/// with it. Errors are texts, empty where there is none: they cross the border of a module.
class SpillStore {
 public:
  struct Entry {
    std::string key, value;
  };
  /// What is in the store at one moment, in the order of the keys' bytes, whatever is written meanwhile. May be read by
  /// another thread.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    /// False at the end and after an error. The bytes are valid until the next call.
    virtual bool Next(std::string_view* key, std::string_view* value) = 0;
    virtual std::string Error() const = 0;
  };

  virtual ~SpillStore() = default;
  virtual std::string Put(const std::vector<Entry>& entries) = 0;
  virtual std::string Remove(std::string_view key) = 0;
  virtual std::string Get(std::string_view key, std::string* value, bool* found) = 0;
  virtual std::unique_ptr<Cursor> ReadAll() = 0;
};

/// A store in an empty folder that exists. It takes about `memory` bytes for itself. It is made by a module of its own,
/// libcdcspill.so, which is linked with RocksDB and is loaded when it is needed first: most runs have no use for it.
/// Errors: 78 if the module is not there, 74.
std::unique_ptr<SpillStore> OpenSpillStore(const std::string& folder, size_t memory);
/// Errors: 78.
void CheckSpillModule();

/// What the module exports, under the name "cdc_spill_module".
struct SpillModule {
  int version;  ///< kSpillModuleVersion
  SpillStore* (*open)(const std::string& folder, size_t memory, std::string* error);
};
constexpr int kSpillModuleVersion = 1;

}  // namespace cdc::sql
