#pragma once

#include <chrono>
#include <random>
#include <vector>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/connect/local_rows.h"

namespace cdc::sql {

/// The rows of a table with 'connector' = 'datagen': random values, or numbers in sequence, at most so many a second.
/// Options as Flink's connector of that name has them. They end with number-of-rows, or with the first sequence that
/// has come to its end. Each row is a JSON object, as the format json reads it.
class DatagenRows : public LocalRows {
 public:
  /// Errors: 78 at the option.
  explicit DatagenRows(const TableDef& table);

  bool Next(std::string_view* line) override;
  int64_t WaitMillis() override;
  std::string Where() const override;

  /// How the values of a column, or of a part of one, are made.
  struct Field {
    std::string json_name;  ///< "name": with quotes
    SqlType type;
    bool sequence = false;
    int64_t next = 0, end = 0;     ///< of the sequence
    double low = 0, high = 0;      ///< of DOUBLE, FLOAT and DECIMAL
    int64_t least = 0, most = 0;   ///< of integers
    int64_t max_past_ms = 0;       ///< of TIMESTAMP
    size_t length = 0;             ///< of text, bytes and collections
    bool variable_length = false;  ///< the length is random, from 1 to `length`
    double null_rate = 0;
    std::vector<Field> parts = {};  ///< element; key and value; fields
  };

 private:
  void AppendObject(std::string& out, const std::vector<Field>& fields);
  void AppendValue(std::string& out, const Field& field);
  void AppendCollection(std::string& out, const Field& field);

  std::string table_;
  std::vector<Field> fields_;
  std::mt19937_64 random_;
  int64_t rows_per_second_ = 10'000;
  int64_t number_of_rows_ = -1;  ///< negative: without end
  int64_t made_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::string line_;
};

}  // namespace cdc::sql
