#include "tools/cdc-sql/run/script_test.h"

#include <set>

#include "common/error.h"
#include "common/nearest.h"
#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/result_sink.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

namespace {

constexpr size_t kShownRows = 20;  // of each side of a difference

[[noreturn]] void FailLine(const std::string& where, const std::string& why) {
  Fail(ExitStatus::kData, where + ": " + why, "",
       R"(a line is {"table":T,"op":"+I","row":{…}}, {"step":true}, {"end":true} or {"expect":RESULT,"rows":[{…},…]})");
}

std::string RowText(const Batch& batch, size_t row, const std::vector<PlanColumn>& columns) {
  std::string text = "{";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += ',';
    text += '"' + columns[i].name + "\":";
    AppendValueJson(text, *batch.columns[i], row, columns[i].type, {});
  }
  return text + "}";
}

/// Reads rows as JSON objects by the names of the columns, each of which has to be one.
class RowParser {
 public:
  explicit RowParser(const std::vector<PlanColumn>& columns)
      : columns_(columns), reader_(columns, std::vector<uint8_t>(columns.size(), 1), false, false), batch_(columns) {}

  Batch Parse(std::string_view text, RowKind kind, const std::string& name, const std::string& where) {
    try {
      sj::document document = parser_.iterate(padded_.Of(text, {}));
      for (auto field : document.get_object()) CheckName(std::string(std::string_view(field.unescaped_key())), where);
      document.rewind();
      reader_.Read(document.get_object(), kind, false, false, batch_);
    } catch (const simdjson::simdjson_error&) {
      FailLine(where, "the row is no JSON object");
    } catch (const BadField& bad) {
      TableDef table;
      table.name = name;
      FailField(bad, where, table, false);
    }
    return batch_.Take();
  }

 private:
  void CheckName(const std::string& name, const std::string& where) const {
    std::vector<std::string> names;
    for (const PlanColumn& column : columns_) {
      if (column.name == name) return;
      names.push_back(column.name);
    }
    const std::string nearest = NearestName(name, names, 2);
    Fail(ExitStatus::kData, where + ": there is no column '" + name + "'", "",
         nearest.empty() ? "names are case-sensitive" : "did you mean '" + nearest + "'?");
  }

  std::vector<PlanColumn> columns_;
  JsonRowReader reader_;
  BatchBuilder batch_;
  sj::parser parser_;
  PaddedText padded_;
};

RowKind KindOf(const std::string& op, const std::string& where) {
  for (const RowKind kind : {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete})
    if (op == RowKindText(kind)) return kind;
  FailLine(where, "the op '" + op + "' is none of +I, -U, +U and -D");
}

}  // namespace

struct ScriptTest::Source {
  explicit Source(const std::vector<PlanColumn>& columns) : parser(columns) {}
  RowParser parser;
  std::vector<Operator*> entries;
};

class ScriptTest::Sink : public ResultSink {
 public:
  Sink(const PlanSink& sink, Result* result) : ResultSink(sink), result_(*result) {}

 private:
  void Write(const Batch& batch, size_t row) override {
    const std::string text = RowText(batch, row, columns_);
    if (!result_.rows.Apply(batch.kinds[row], text) && result_.absent.empty()) result_.absent = text;
  }
  Result& result_;
};

ScriptTest::ScriptTest(const BoundScript& script, const Options& options, ByteOutput& output)
    : script_(script), options_(options), output_(output) {
  const StepBy step = options.step.value_or(StepBy::kRecord);
  step_each_row_ = step == StepBy::kRecord;
  dataflow_ = std::make_unique<Dataflow>(ChangeModeOf(script.sinks, step_each_row_));
  Link();
}

ScriptTest::~ScriptTest() = default;

void ScriptTest::Link() {
  for (const PlanSink& sink : script_.sinks) {
    std::unique_ptr<Result>& result =
        results_[sink.table == nullptr ? options_.SelectName(sink.query_number) : sink.table->name];
    if (!result) result = std::make_unique<Result>();
    result->columns = sink.input->columns;
    dataflow_->Add(sink, std::make_unique<Sink>(sink, result.get()));
  }
  for (const Dataflow::Source& source : dataflow_->sources()) {
    std::unique_ptr<Source>& known = sources_[source.scan->table->name];
    if (!known) known = std::make_unique<Source>(source.scan->columns);
    known->entries.push_back(source.entry);
  }
}

int ScriptTest::Run(LineInput& lines) {
  dataflow_->Start();
  std::string_view line;
  while (lines.Next(&line) == LineInput::Status::kLine)
    if (!line.empty() && line[0] != '#') TakeLine(line, lines.Where());
  if (passed_ + failed_ == 0)
    Fail(ExitStatus::kData, lines.name() + ": the test expects nothing", "",
         R"({"expect":"result","rows":[{"a":1}]} is a line that does)");
  output_.Append(std::to_string(passed_) + " passed, " + std::to_string(failed_) + " failed\n");
  output_.Close();
  return failed_ == 0 ? 0 : static_cast<int>(ExitStatus::kData);
}

void ScriptTest::TakeLine(std::string_view line, const std::string& where) {
  std::string table, op = "+I", row, expect;
  std::vector<std::string> rows;
  bool step = false, end = false, has_rows = false;
  try {
    sj::parser parser;
    const simdjson::padded_string text(line);
    sj::document document = parser.iterate(text);
    for (auto field : document.get_object()) {
      const std::string name(std::string_view(field.unescaped_key()));
      sj::value value = field.value();
      if (name == "table")
        table = std::string_view(value.get_string());
      else if (name == "op")
        op = std::string_view(value.get_string());
      else if (name == "row")
        row = RawObject(value);
      else if (name == "expect")
        expect = std::string_view(value.get_string());
      else if (name == "step")
        step = value.get_bool();
      else if (name == "end")
        end = value.get_bool();
      else if (name == "rows") {
        has_rows = true;
        for (auto element : value.get_array()) {
          sj::value object = element.value();
          rows.emplace_back(RawObject(object));
        }
      } else {
        FailLine(where, "the field '" + name + "' is not known");
      }
    }
    CheckAtEnd(document);
  } catch (const simdjson::simdjson_error&) {
    FailLine(where, "the line is no line of a test: no JSON object, or a member of another type");
  }
  if (!table.empty() && !row.empty()) return TakeRow(table, op, row, where);
  if (!expect.empty() && has_rows) return Expect(expect, rows, where);
  if (!step && !end) FailLine(where, "the line says nothing");
  EndStep();
  if (!end) return;
  ended_ = true;
  dataflow_->EndTime();
  dataflow_->Finish();
}

void ScriptTest::TakeRow(const std::string& table, const std::string& op, std::string_view row,
                         const std::string& where) {
  if (ended_) FailLine(where, "a row comes after the end");
  const auto found = sources_.find(table);
  if (found == sources_.end()) {
    std::string names;
    for (const auto& [name, source] : sources_) names += (names.empty() ? "" : ", ") + name;
    Fail(ExitStatus::kData, where + ": no query reads a table '" + table + "'", "",
         names.empty() ? "the script reads no table" : "the tables that are read: " + names);
  }
  const Batch batch = found->second->parser.Parse(row, KindOf(op, where), table, where);
  try {
    for (Operator* entry : found->second->entries) entry->Push(0, batch);
    if (step_each_row_ && dataflow_->mode() == ChangeMode::kNet) dataflow_->EndStep();
  } catch (Failure& failure) {
    failure.error().what.insert(0, where + ": table '" + table + "': ");  // which operators do not know
    throw;
  }
}

void ScriptTest::EndStep() {
  if (!ended_) dataflow_->EndStep();
}

void ScriptTest::Expect(const std::string& name, const std::vector<std::string>& rows, const std::string& where) {
  const auto found = results_.find(name);
  if (found == results_.end()) {
    std::string names;
    for (const auto& [known, result] : results_) names += (names.empty() ? "" : ", ") + known;
    Fail(ExitStatus::kData, where + ": the script has no result '" + name + "'", "", "the results: " + names);
  }
  EndStep();
  Result& result = *found->second;
  std::multiset<std::string> missing, extra;
  RowParser parser(result.columns);
  for (const std::string& row : rows)
    missing.insert(RowText(parser.Parse(row, RowKind::kInsert, name, where), 0, result.columns));
  for (const auto& [place, row] : result.rows.rows()) {
    const auto same = missing.find(row);
    if (same != missing.end()) {
      missing.erase(same);
    } else {
      extra.insert(row);
    }
  }
  const bool holds = missing.empty() && extra.empty() && result.absent.empty();
  ++(holds ? passed_ : failed_);
  output_.Append((holds ? "ok - " : "not ok - ") + where + ": " + name + " has " + std::to_string(result.rows.size()) +
                 (result.rows.size() == 1 ? " row\n" : " rows\n"));
  const auto print = [this](const char* what, const std::multiset<std::string>& side) {
    size_t left = kShownRows;
    for (const std::string& row : side) {
      if (left-- == 0) {
        output_.Append("  and " + std::to_string(side.size() - kShownRows) + " more\n");
        return;
      }
      output_.Append("  " + std::string(what) + ": " + row + "\n");
    }
  };
  print("missing", missing);
  print("not expected", extra);
  if (!result.absent.empty()) output_.Append("  taken away, but not there: " + result.absent + "\n");
  result.absent.clear();
}

}  // namespace cdc::sql
