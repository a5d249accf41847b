#include "tools/cdc-encode/encoder.h"

#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/exit_status.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/cdc-encode/offset_record.h"

namespace cdc::encode {
namespace {

std::string RawName(const std::string& name) {
  std::string raw;
  AppendJsonEscaped(raw, name);
  return raw;
}

/// The connector's own parser skips versioned comments, so they do not show in its picture of a table.
ddl::LexerMode PictureMode(const ControlLine& control) {
  uint64_t sql_mode = 0;
  ParseJsonUnsigned(control.Raw("sql_mode"), &sql_mode);
  ddl::LexerMode mode = ddl::LexerMode::FromSqlMode(sql_mode);
  mode.versioned_comments = false;
  return mode;
}

}  // namespace

Encoder::Encoder(EncodeSettings settings, StreamReader& reader, StreamWriter& writer)
    : settings_(std::move(settings)),
      reader_(reader),
      writer_(writer),
      chain_writer_(settings_, writer),
      other_records_(settings_, writer, chain_writer_),
      heartbeats_(settings_, other_records_),
      schema_changes_(settings_, other_records_),
      transactions_(settings_, other_records_),
      row_encoder_(settings_, writer, chain_writer_, settings_.transactions ? &transactions_ : nullptr) {}

int Encoder::Run() {
  for (;;) {
    const StreamReader::Event event = reader_.Next();
    if (TakeStatusRequest()) LogStatus(StatusLine());
    switch (event) {
      case StreamReader::Event::kRow: TakeRow(); break;
      case StreamReader::Event::kBegin:
        if (settings_.transactions) transactions_.TakeBegin(reader_.control());
        writer_.Pass(reader_.control());
        break;
      case StreamReader::Event::kMark: TakeMark(reader_.control()); break;
      case StreamReader::Event::kControl: {
        const ControlLine& control = reader_.control();
        if (control.kind() == ControlKind::kHello) TakeHello(control);
        if (control.kind() == ControlKind::kTable) TakeTable(control);
        if (control.kind() == ControlKind::kDdl) {
          transactions_.TakeDdl();
          writer_.Pass(control);
          TakeDdl(control);
          break;
        }
        if (control.kind() == ControlKind::kHeartbeat) TakeHeartbeat(control);
        writer_.Pass(control);
        break;
      }
      case StreamReader::Event::kTimeout: break;
      default: return EndStage(reader_, event, writer_);
    }
  }
}

std::string Encoder::StatusLine() const {
  return std::to_string(rows_) + " rows of " + std::to_string(transactions_done_) + " transactions encoded, at " +
         (reader_.position().empty() ? "no position" : reader_.position());
}

void Encoder::TakeHello(const ControlLine& control) {
  transactions_.TakeHello(control);
  if (settings_.connector_name.empty() && control.Has("slot")) settings_.connector_name = control.Text("slot");
}

void Encoder::Forget(const std::string& db, const std::string& table) {
  const auto found = tables_.find(RawName(db) + '\0' + RawName(table));
  if (found == tables_.end()) return;
  found->second.planned = false;
}

void Encoder::TakeTable(const ControlLine& control) {
  TableSchema schema = ParseTableLine(control, reader_.Where());
  Table& table = FindTable(RawName(schema.db), RawName(schema.table));
  // What a statement of the stream made stays as the statement was typed; at the start the server's text is all there
  // is.
  const TablePicture* picture = picture_.Find(schema.db, schema.table);
  const bool keep =
      control.Text("at") != "start" && picture != nullptr && PictureFits(schema, *picture, settings_.modes);
  if (!keep) {
    bool made = false;
    ddl::LexerMode mode;
    mode.versioned_comments = false;
    try {
      const ddl::Statement statement = ddl::ParseStatement(schema.create, mode);
      if (statement.kind == ddl::StatementKind::kCreateTable && !statement.create_table.columns.empty()) {
        ddl::CreateTable create = statement.create_table;
        create.name = {schema.db, schema.table};
        picture_.Create(create, schema.db);
        made = PictureFits(schema, *picture_.Find(schema.db, schema.table), settings_.modes);
      }
    } catch (const Failure& failure) {
      LogVerbose(std::string("table ") + schema.db + "." + schema.table + ": " + failure.what());
    }
    if (!made) picture_.CreateFromSchema(schema);
  }
  table.schema = std::move(schema);
  table.known = true;
  table.planned = false;
}

void Encoder::TakeDdl(const ControlLine& control) {
  std::string query;
  // A statement that is no valid text in the client's character set comes as bytes; the table line that follows has
  // what it made.
  if (!AppendUnescaped(query, control.Raw("query"))) return;
  const std::string db = control.Has("db") ? control.Text("db") : std::string();
  try {
    const ddl::Statement statement = ddl::ParseStatement(query, PictureMode(control));
    const SchemaChanges::Before before{picture_.Has(statement, db), picture_.IsKeyWanted(statement, db)};
    for (const auto& [changed_db, changed_table] : picture_.Apply(statement, db)) Forget(changed_db, changed_table);
    schema_changes_.Write(control, query, &statement, before, picture_);
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kData) throw;
    LogWarning(reader_.Where() + ": " + failure.what() +
               "; what it made of a table is taken from the server's definition");
    schema_changes_.Write(control, query, nullptr, {}, picture_);
  }
}

/// Nothing happens in the source; a record of its own needs a transaction of its own.
void Encoder::TakeHeartbeat(const ControlLine& control) {
  if (!heartbeats_.IsDue()) return;
  const Position position = control.PositionOf("pos");
  if (!writer_.BeginInserted(position)) return;
  heartbeats_.Write();
  std::string offset;
  AppendOffsetMember(offset, control, settings_.connector_name, settings_.topic_prefix);
  writer_.MarkInserted(static_cast<int64_t>(control.Number("ts_us")), position, offset);
}

void Encoder::TakeMark(const ControlLine& control) {
  ++transactions_done_;
  if (settings_.transactions) transactions_.TakeMark(control);
  heartbeats_.TakeMark();
  std::string offset;
  AppendOffsetMember(offset, control, settings_.connector_name, settings_.topic_prefix);
  writer_.PassMark(control, offset);
}

Encoder::Table& Encoder::FindTable(std::string_view raw_db, std::string_view raw_table) {
  lookup_.assign(raw_db);
  lookup_ += '\0';
  lookup_ += raw_table;
  return tables_[lookup_];
}

void Encoder::WarnOfSharedTopic(const TablePlan& plan) {
  const std::string name = plan.raw_db + "." + plan.raw_table;
  const auto [owner, fresh] = topic_owners_.emplace(plan.topic, name);
  if (fresh || owner->second == name || !told_.insert(owner->second + '\0' + name).second) return;
  LogWarning("tables " + owner->second + " and " + name + " share the topic " + plan.topic +
             (settings_.topics.routes ? ", as topic.regex has it"
                                      : ": their names differ only in characters that a topic cannot have"));
}

void Encoder::WarnOfMissingKeyColumns(const TablePicture& picture) {
  const std::string name = picture.db + "." + picture.table;
  for (const std::string& column : MissingKeyColumns(picture, settings_))
    if (told_.insert(name + '\0' + column).second)
      LogWarning("message.key.columns: table " + name + " has no column \"" + Shown(column) +
                 "\"; the columns that it has are the key, or without any its own key is");
}

void Encoder::Plan(Table& table) {
  const std::string db = UnescapeJsonString("\"" + std::string(change_.db) + "\"", {});
  const std::string name = UnescapeJsonString("\"" + std::string(change_.table) + "\"", {});
  if (!table.known)
    Fail(ExitStatus::kData, ": a row of " + db + "." + name + ", whose definition is not known", "",
         "the table line that describes the table must come before its rows");
  const TablePicture* picture = picture_.Find(db, name);
  if (picture == nullptr || !PictureFits(table.schema, *picture, settings_.modes)) {
    picture_.CreateFromSchema(table.schema);
    picture = picture_.Find(db, name);
  }
  const std::string before = table.plan.schema_line;
  table.plan = MakePlan(table.schema, *picture, settings_);
  table.planned = true;
  if (before != table.plan.schema_line) table.announced = false;
  WarnOfSharedTopic(table.plan);
  WarnOfMissingKeyColumns(*picture);
}

void Encoder::TakeRow() {
  ++rows_;
  try {
    change_reader_.Parse(reader_.line(), {}, &change_);
    // Before anything is asked of the table: of one that is only truncated a source may not know the definition.
    if (settings_.skipped_operations.count(change_.op) > 0) return;
    if (last_ == nullptr || !last_->planned || last_->plan.raw_db != change_.db ||
        last_->plan.raw_table != change_.table) {
      last_ = &FindTable(change_.db, change_.table);
      if (!last_->planned) Plan(*last_);
    }
    if (!last_->announced && !settings_.chain) {
      writer_.Control(last_->plan.schema_line);
      last_->announced = true;
    }
    if (change_.op != 'r' && change_.op != 't' && settings_.skipped_operations.count(change_.op) == 0)
      schema_changes_.TakeRow(change_.row, change_.file);
    // A truncated table's record is made of its statement.
    if (change_.op == 't') change_.row = schema_changes_.LastRow(change_.file);
    row_encoder_.Encode(change_, last_->plan);
  } catch (Failure& failure) {
    // Messages about a row begin with ": ", so that the place is only spelled out for a row that needs it.
    if (failure.error().what.rfind(": ", 0) == 0) failure.error().what = reader_.Where() + failure.error().what;
    throw;
  }
}

}  // namespace cdc::encode
