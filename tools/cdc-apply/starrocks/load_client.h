#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/http_client.h"
#include "tools/cdc-apply/starrocks/place.h"

namespace cdc::apply::starrocks {

/// What a front end or back end answered: HTTP status 200 and a document, whatever came of the load.
struct LoadAnswer {
  std::string status;  ///< in lower case, "_" for blanks: "success", "ok", "label_already_exists", …
  std::string message;
  std::string existing_status;  ///< of the load that has the label already: "FINISHED", "RUNNING"
  std::string error_url;
  std::optional<uint64_t> filtered_rows, loaded_rows;
  std::string text;  ///< the whole document
};

/// The body of a load: rows of one table.
struct LoadRows {
  std::string table;
  std::vector<std::string> columns;  ///< names of the members of each row
  std::string json;                  ///< an array of objects
  uint64_t rows = 0;                 ///< how many
};

/// The Stream Load interface: plain loads, and its transactions (StarRocks' documentation, "Load data using Stream Load
/// transaction interface"). A redirect is followed with the same method, headers, body and credentials, provided that
/// its host is one that the user allows. Errors of all calls: 69 for a server that is lost, 77 for credentials that are
/// refused, 78 for a redirect to a host that is not allowed, 76 for an answer that is none.
class LoadClient {
 public:
  explicit LoadClient(const Place& place);

  /// `table` empty: a transaction over several tables of the database, as StarRocks 4.0 and later have.
  LoadAnswer Begin(const std::string& label, const std::string& table);
  LoadAnswer Load(const std::string& label, const LoadRows& rows, bool multi);
  LoadAnswer Prepare(const std::string& label, const std::string& table);
  LoadAnswer Commit(const std::string& label, const std::string& table);
  LoadAnswer Rollback(const std::string& label, const std::string& table);
  /// A load that is a transaction of its own.
  LoadAnswer StreamLoad(const std::string& label, const LoadRows& rows);
  /// "UNKNOWN", "PREPARE", "PREPARED", "COMMITTED", "VISIBLE" or "ABORTED".
  std::string LabelState(const std::string& label);

  /// Why rows were refused, as the back end wrote it down; empty where that cannot be had.
  std::string ErrorLog(const LoadAnswer& answer);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Headers OfTransaction(const std::string& label, const std::string& table) const;
  Headers OfRows(const LoadRows& rows) const;
  LoadAnswer Call(const std::string& operation, const Headers& headers);
  LoadAnswer Send(HttpRequest request);
  bool IsAllowed(const std::string& url) const;
  const Place& place_;
  HttpClient http_;
};

}  // namespace cdc::apply::starrocks
