#pragma once

#include <memory>

#include "tools/cdc-apply/iceberg/catalog.h"
#include "tools/cdc-apply/iceberg/rest_client.h"

namespace cdc::apply::iceberg {

enum class MultiTable { kByServer, kAlways, kNever };

/// The catalog behind Iceberg's REST protocol. A slot is a branch of its table cdc_position: the summary of the
/// branch's snapshot holds position and epoch, and a commit asserts which one it replaces. Where the server takes
/// several tables in one transaction, tables and slot are one; else tables come first, each with the position in its
/// properties, so that one that is ahead of the slot after a kill drops what it has. `read_only`: nothing is created.
std::unique_ptr<Catalog> OpenRestCatalog(const RestPlace& place, const S3Settings& s3, MultiTable multi_table,
                                         bool read_only);

}  // namespace cdc::apply::iceberg
