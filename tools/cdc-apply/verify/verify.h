#pragma once

#include <string>

#include "common/byte_output.h"

namespace cdc::apply {

struct VerifyRequest {
  std::string source;  ///< mysql://…
  std::string target;  ///< sqlite:, mysql: or postgresql:
  std::string slot;
};

/// Compares the tables of a slot with those of the source, both read at the same position: counts, and sums of hashes
/// of rows; where these differ, the first keys. Prints a line a table. True if all are equal.
/// Errors: 66 for a slot that has no position; 75 where source and target are not at one position within 30 s.
bool Verify(const VerifyRequest& request, ByteOutput& output);

}  // namespace cdc::apply
