#include "common/error.h"
#include "tools/cdc-apply/slot_table.h"
#include "tools/cdc-apply/verify/sides.h"

namespace cdc::apply {
namespace {

class ServerSide : public TargetSide {
 public:
  explicit ServerSide(std::unique_ptr<SqlServer> server) : server_(std::move(server)) {}

  std::optional<Position> TakeSnapshot(const std::string& slot) override {
    server_->BeginSnapshot();
    return SlotTable(*server_).Read(slot);
  }

  std::vector<DeliveredTable> Tables(const std::string& slot) override {
    std::vector<DeliveredTable> tables;
    for (const auto& row : server_->Query("SELECT name, COALESCE(source_db, ''), COALESCE(source_table, ''), "
                                          "dropped FROM cdc_table WHERE slot = " +
                                          server_->Quoted(slot) + " ORDER BY name"))
      tables.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3] == "1"});
    return tables;
  }

  std::vector<std::pair<std::string, std::string>> Columns(const std::string& table) override {
    return types_ = server_->Columns(table);
  }

  void Visit(const std::string& table, const std::vector<SourceColumn>& columns, const RowVisitor& visitor) override {
    std::string list;
    for (const auto& column : columns) {
      std::string type;
      for (const auto& [name, its] : types_)
        if (server_->SameColumn(name, column.at_target())) type = its;
      list += (list.empty() ? "" : ", ") + server_->ComparableSql(column.at_target(), type, column.form_at_target());
    }
    server_->Stream("SELECT " + list + " FROM " + server_->Name(table), columns.size(), visitor);
  }

 private:
  std::unique_ptr<SqlServer> server_;
  std::vector<std::pair<std::string, std::string>> types_;  // of the table whose columns were asked for last
};

}  // namespace

std::unique_ptr<TargetSide> MakeServerSide(std::unique_ptr<SqlServer> server) {
  return std::make_unique<ServerSide>(std::move(server));
}

}  // namespace cdc::apply
