#pragma once

#include <functional>

#include "tools/binlog-tail/catalog_loader.h"
#include "tools/binlog-tail/server_info.h"

namespace cdc::tail {

/// What the statements between two places of the server's log change.
using ReadChanges = std::function<TableChanges(const Position& from, const Position& to)>;

// What a server says of its tables is not of one moment: each query sees what is there when it runs. So the log that
// was written meanwhile is looked through, and what it changes is read again, until nothing changed: what is known then
// is what holds at `as_of`, and a stream that begins there tells all later statements, and each of them once.
// Errors of all: 75 where tables change faster than they can be read; those of the connection.

[[noreturn]] void FailRestless(MysqlConnection& connection);

/// As LoadTables, with their place.
ServerTables LoadDefinitions(MysqlConnection& connection, const ServerInfo& info, const LoadPlan& plan,
                             const ReadChanges& read_changes);

/// Brings `said` to where the log ends now.
void FollowDefinitions(MysqlConnection& connection, const ServerInfo& info, const LoadPlan& plan,
                       const ReadChanges& read_changes, ServerTables* said);

/// One table; none if it is not there. Errors: also 77, as LoadTable.
ServerTables LoadDefinition(MysqlConnection& connection, const ServerInfo& info, const TableKey& key,
                            const ReadChanges& read_changes);

/// Whether nothing that the plan is about changed from where `said` holds to `later`.
bool StillHolds(const ServerTables& said, const LoadPlan& plan, const ReadChanges& read_changes, const Position& later);

}  // namespace cdc::tail
