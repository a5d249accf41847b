#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/mysql/connection.h"
#include "common/position.h"
#include "tools/cdc-apply/verify/bytes_text.h"
#include "tools/cdc-apply/verify/canonical.h"

namespace cdc::apply {

/// A column of a table of the source.
struct SourceColumn {
  std::string name;
  MysqlType type;
  bool in_key = false;
  std::string target_name = {};                 ///< at the target; empty: the same
  BytesText text_at_target = BytesText::kNone;  ///< of bytes that the target holds as text
  const std::string& at_target() const { return target_name.empty() ? name : target_name; }
  CanonicalForm form_at_target() const {
    return text_at_target == BytesText::kNone ? CanonicalFormOf(type) : CanonicalForm::kText;
  }
};

using RowVisitor = std::function<void(const std::vector<std::optional<std::string_view>>& row)>;

/// A MySQL or MariaDB server that is read at one position.
class SourceSide {
 public:
  /// `url`: as of a target mysql:. Errors: 64, 69, 77.
  explicit SourceSide(const std::string& url);
  /// A new snapshot, and where it stands.
  Position TakeSnapshot();
  std::vector<SourceColumn> Columns(const std::string& db, const std::string& table);
  std::vector<std::string> Tables(const std::string& db);
  bool HasRows(const std::string& db, const std::string& table);
  void Visit(const std::string& db, const std::string& table, const std::vector<SourceColumn>& columns,
             const RowVisitor& visitor);

 private:
  Position CurrentPosition();
  MysqlConnection sql_;
};

/// A table that the slot has delivered.
struct DeliveredTable {
  std::string name, source_db, source_table;
  bool is_dropped = false;  ///< at the source
};

/// An SQL target that is read at one position.
class TargetSide {
 public:
  virtual ~TargetSide() = default;
  /// A new snapshot, and the position that it holds.
  virtual std::optional<Position> TakeSnapshot(const std::string& slot) = 0;
  virtual std::vector<DeliveredTable> Tables(const std::string& slot) = 0;
  /// Names and types.
  virtual std::vector<std::pair<std::string, std::string>> Columns(const std::string& table) = 0;
  virtual void Visit(const std::string& table, const std::vector<SourceColumn>& columns, const RowVisitor& visitor) = 0;
};

/// Errors: 64 for a target that is no SQL database.
std::unique_ptr<TargetSide> OpenTargetSide(const std::string& target);

}  // namespace cdc::apply
