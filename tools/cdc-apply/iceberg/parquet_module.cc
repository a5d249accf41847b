// The only file that knows Arrow; built into libcdcparquet.so.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fcntl.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <cstring>

#include "common/error.h"
#include "tools/cdc-apply/iceberg/parquet.h"

namespace cdc::apply::iceberg {
namespace {

using Kind = FieldType::Kind;

// Rows are turned into columns so many bytes or rows at a time.
constexpr int64_t kBatchRows = 64 * 1024;
constexpr int64_t kBatchBytes = 8 << 20;
constexpr int64_t kRowGroupRows = 1 << 20;
constexpr int64_t kReadRows = 16 * 1024;

void Check(const arrow::Status& status, const std::string& path) {
  if (status.ok()) return;
  // The system's own words are in the detail.
  const std::string detail = status.detail() ? ": " + status.detail()->ToString() : "";
  Fail(ExitStatus::kIoError, "Parquet file \"" + path + "\": " + status.message() + detail);
}

template <typename T>
T Got(arrow::Result<T> result, const std::string& path) {
  Check(result.status(), path);
  return std::move(result).ValueUnsafe();
}

std::shared_ptr<arrow::DataType> ArrowType(const FieldType& type) {
  switch (type.kind) {
    case Kind::kBoolean: return arrow::boolean();
    case Kind::kInt: return arrow::int32();
    case Kind::kLong: return arrow::int64();
    case Kind::kFloat: return arrow::float32();
    case Kind::kDouble: return arrow::float64();
    case Kind::kDecimal: return arrow::decimal128(type.precision, type.scale);
    case Kind::kDate: return arrow::date32();
    case Kind::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Kind::kTimestampTz: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case Kind::kString: return arrow::utf8();
    case Kind::kBinary: return arrow::binary();
  }
  return nullptr;
}

std::shared_ptr<arrow::Schema> ArrowSchema(const std::vector<ParquetColumn>& columns) {
  arrow::FieldVector fields;
  for (const auto& column : columns)
    fields.push_back(arrow::field(column.name, ArrowType(column.type), !column.required,
                                  arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(column.field_id)})));
  return arrow::schema(fields);
}

class Writer : public ParquetWriter {
 public:
  Writer(const std::string& path, const std::vector<ParquetColumn>& columns)
      : path_(path), columns_(columns), schema_(ArrowSchema(columns)) {
    for (const auto& field : schema_->fields()) {
      std::unique_ptr<arrow::ArrayBuilder> builder;
      Check(arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder), path_);
      builders_.push_back(std::move(builder));
    }
    output_ = Got(arrow::io::FileOutputStream::Open(path), path_);
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::ZSTD)
                                ->max_row_group_length(kRowGroupRows)
                                ->created_by("cdcutils")
                                ->build();
    writer_ = Got(parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), output_, properties), path_);
  }

  ~Writer() override {
    if (finished_) return;
    // What was not finished is no file.
    if (output_) (void)output_->Abort();
    unlink(path_.c_str());
  }

  void Add(const Cell* row) override {
    for (size_t i = 0; i < columns_.size(); ++i) AddCell(row[i], columns_[i], *builders_[i]);
    ++rows_;
    if (++batch_rows_ >= kBatchRows || batch_bytes_ >= kBatchBytes) WriteBatch();
  }

  int64_t rows() const override { return rows_; }
  int64_t bytes() const override { return written_bytes_ + batch_bytes_; }

  void Finish() override {
    WriteBatch();
    Check(writer_->Close(), path_);
    Check(output_->Close(), path_);
    const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) Fail(ExitStatus::kIoError, "could not write \"" + path_ + "\": " + ErrnoText(errno));
    close(fd);
    finished_ = true;
  }

 private:
  template <typename Builder, typename T>
  void Append(arrow::ArrayBuilder& builder, T value) {
    Check(static_cast<Builder&>(builder).Append(value), path_);
  }

  void AddCell(const Cell& cell, const ParquetColumn& column, arrow::ArrayBuilder& builder) {
    batch_bytes_ += 8;
    if (cell.is_null) {
      if (column.required) Fail(ExitStatus::kData, "column \"" + column.name + "\" is NULL, and is part of the key");
      return Check(builder.AppendNull(), path_);
    }
    switch (column.type.kind) {
      case Kind::kBoolean: return Append<arrow::BooleanBuilder>(builder, cell.integer != 0);
      case Kind::kInt: return Append<arrow::Int32Builder>(builder, static_cast<int32_t>(cell.integer));
      case Kind::kLong: return Append<arrow::Int64Builder>(builder, cell.integer);
      case Kind::kFloat: return Append<arrow::FloatBuilder>(builder, static_cast<float>(cell.real));
      case Kind::kDouble: return Append<arrow::DoubleBuilder>(builder, cell.real);
      case Kind::kDecimal:
        return Append<arrow::Decimal128Builder>(builder, arrow::Decimal128(cell.decimal_high, cell.decimal_low));
      case Kind::kDate: return Append<arrow::Date32Builder>(builder, static_cast<int32_t>(cell.integer));
      case Kind::kTimestamp:
      case Kind::kTimestampTz: return Append<arrow::TimestampBuilder>(builder, cell.integer);
      case Kind::kString:
      case Kind::kBinary:
        batch_bytes_ += static_cast<int64_t>(cell.text.size());
        if (column.type.kind == Kind::kString) return Append<arrow::StringBuilder>(builder, cell.text);
        return Append<arrow::BinaryBuilder>(builder, cell.text);
    }
  }

  void WriteBatch() {
    if (batch_rows_ == 0) return;
    arrow::ArrayVector arrays;
    for (const auto& builder : builders_) {
      std::shared_ptr<arrow::Array> array;
      Check(builder->Finish(&array), path_);
      arrays.push_back(std::move(array));
    }
    Check(writer_->WriteRecordBatch(*arrow::RecordBatch::Make(schema_, batch_rows_, std::move(arrays))), path_);
    written_bytes_ += batch_bytes_;
    batch_rows_ = batch_bytes_ = 0;
  }

  std::string path_;
  std::vector<ParquetColumn> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::shared_ptr<arrow::io::FileOutputStream> output_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int64_t rows_ = 0, batch_rows_ = 0, batch_bytes_ = 0, written_bytes_ = 0;
  bool finished_ = false;
};

class Reader : public ParquetReader {
 public:
  Reader(const std::string& path, const std::vector<ParquetColumn>& columns) : path_(path), columns_(columns) {
    auto input = Got(arrow::io::ReadableFile::Open(path), path_);
    parquet::arrow::FileReaderBuilder builder;
    Check(builder.Open(std::move(input)), path_);
    reader_ = Got(builder.Build(), path_);
    reader_->set_batch_size(kReadRows);
    std::shared_ptr<arrow::Schema> schema;
    Check(reader_->GetSchema(&schema), path_);
    for (const auto& column : columns_) {
      size_t index = schema->fields().size();
      for (size_t i = 0; i < schema->fields().size(); ++i)
        if (FieldId(*schema->field(static_cast<int>(i))) == column.field_id) index = i;
      places_.push_back(index < schema->fields().size() ? static_cast<int>(index) : -1);
    }
    batches_ = Got(reader_->GetRecordBatchReader(), path_);
    cells_.resize(columns_.size());
  }

  const Cell* Next() override {
    while (!batch_ || row_ == batch_->num_rows()) {
      Check(batches_->ReadNext(&batch_), path_);
      if (!batch_) return nullptr;
      row_ = 0;
    }
    for (size_t i = 0; i < columns_.size(); ++i)
      cells_[i] = places_[i] < 0 ? Cell() : CellAt(*batch_->column(places_[i]), columns_[i]);
    ++row_;
    return cells_.data();
  }

 private:
  static int FieldId(const arrow::Field& field) {
    if (!field.metadata()) return -1;
    const auto id = field.metadata()->Get("PARQUET:field_id");
    return id.ok() ? std::atoi(id->c_str()) : -1;
  }

  /// Of the file's own type, which may be narrower than the column's.
  Cell CellAt(const arrow::Array& array, const ParquetColumn& column) const {
    Cell cell;
    if (array.IsNull(row_)) return cell;
    cell.is_null = false;
    switch (array.type_id()) {
      case arrow::Type::BOOL: cell.integer = static_cast<const arrow::BooleanArray&>(array).Value(row_); break;
      case arrow::Type::INT32: cell.integer = static_cast<const arrow::Int32Array&>(array).Value(row_); break;
      case arrow::Type::INT64: cell.integer = static_cast<const arrow::Int64Array&>(array).Value(row_); break;
      case arrow::Type::DATE32: cell.integer = static_cast<const arrow::Date32Array&>(array).Value(row_); break;
      case arrow::Type::TIMESTAMP: cell.integer = static_cast<const arrow::TimestampArray&>(array).Value(row_); break;
      case arrow::Type::FLOAT:
        cell.real = static_cast<double>(static_cast<const arrow::FloatArray&>(array).Value(row_));
        break;
      case arrow::Type::DOUBLE: cell.real = static_cast<const arrow::DoubleArray&>(array).Value(row_); break;
      case arrow::Type::DECIMAL128: {
        const arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).Value(row_));
        cell.decimal_high = value.high_bits();
        cell.decimal_low = value.low_bits();
        break;
      }
      case arrow::Type::STRING:
      case arrow::Type::BINARY: cell.text = static_cast<const arrow::BinaryArray&>(array).GetView(row_); break;
      default:
        Fail(ExitStatus::kData, "Parquet file \"" + path_ + "\": column \"" + column.name + "\" has type " +
                                    array.type()->ToString() + ", which cdc-apply does not write");
    }
    return cell;
  }

  std::string path_;
  std::vector<ParquetColumn> columns_;
  std::vector<int> places_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t row_ = 0;
  std::vector<Cell> cells_;
};

}  // namespace
}  // namespace cdc::apply::iceberg

extern "C" __attribute__((visibility("default"))) const cdc::apply::iceberg::ParquetModule cdc_parquet_module = {
    cdc::apply::iceberg::kParquetModuleVersion,
    [](const std::string& path, const std::vector<cdc::apply::iceberg::ParquetColumn>& columns)
        -> cdc::apply::iceberg::ParquetWriter* { return new cdc::apply::iceberg::Writer(path, columns); },
    [](const std::string& path, const std::vector<cdc::apply::iceberg::ParquetColumn>& columns)
        -> cdc::apply::iceberg::ParquetReader* { return new cdc::apply::iceberg::Reader(path, columns); }};
