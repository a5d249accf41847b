#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

struct Batch {
  std::string slot;
  std::string key;       ///< the same for the same batch, whenever it is given again
  std::string position;  ///< JSON of where it ends; empty: unmarked
  std::string path;      ///< the file that holds its lines
};

/// What a batch of lines is given to: it takes the batch whole, or fails.
class BatchTaker {
 public:
  virtual ~BatchTaker() = default;
  virtual void Take(const Batch& batch) = 0;
};

/// http:// and https://: a POST a batch. Errors: 64 for the URL.
std::unique_ptr<BatchTaker> MakeHttpTaker(const std::string& url);

/// exec: a shell command a batch, with its file as standard input: a command that outlives this process has it whole.
std::unique_ptr<BatchTaker> MakeCommandTaker(const std::string& command);

/// A history in lines of JSON, given away in batches. Position and the batch that is under way stand in a file of the
/// state folder: after a kill the same batch is given again, under the same key, before anything else.
std::unique_ptr<Sink> MakeBatchSink(const std::string& target, std::unique_ptr<BatchTaker> taker);

}  // namespace cdc::apply
