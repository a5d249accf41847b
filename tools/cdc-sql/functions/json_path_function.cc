// The functions that may end a JSON path.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "common/json_scan.h"
#include "tools/cdc-sql/functions/json_path.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

constexpr std::string_view kNames[] = {"length", "size", "keys", "first", "last", "min", "max", "sum", "avg", "stddev"};

std::vector<std::string_view> ElementsOf(std::string_view array) {
  std::vector<std::string_view> elements;
  JsonElements walk(array);
  while (walk.Next()) elements.push_back(walk.value());
  return elements;
}

size_t CountMembers(std::string_view object) {
  size_t members = 0;
  JsonMembers walk(object);
  while (walk.Next()) ++members;
  return members;
}

bool Reduce(const std::string& name, const std::vector<double>& numbers, double* result) {
  if (numbers.empty()) return false;
  const auto count = static_cast<double>(numbers.size());
  double sum = 0, squares = 0;
  for (const double number : numbers) {
    sum += number;
    squares += number * number;
  }
  if (name == "min") *result = *std::min_element(numbers.begin(), numbers.end());
  if (name == "max") *result = *std::max_element(numbers.begin(), numbers.end());
  if (name == "sum") *result = sum;
  if (name == "avg") *result = sum / count;
  if (name == "stddev") *result = std::sqrt(squares / count - sum * sum / count / count);
  return true;
}

}  // namespace

bool IsJsonFunction(std::string_view name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool ApplyJsonFunction(const std::string& name, std::string_view value, std::string* result) {
  const bool array = value[0] == '[';
  if (name == "keys" || name == "length" || name == "size") {
    if (value[0] == '{' && name == "keys") {
      *result = "[";
      JsonMembers walk(value);
      while (walk.Next()) result->append(result->size() > 1 ? "," : "").append(walk.raw_name());
      *result += "]";
    } else if (name != "keys" && (array || value[0] == '{')) {
      *result = std::to_string(array ? ElementsOf(value).size() : CountMembers(value));
    } else {
      *result = "null";
    }
    return true;
  }
  if (!array) return false;
  const std::vector<std::string_view> elements = ElementsOf(value);
  if (name == "first" || name == "last") {
    if (elements.empty()) return false;
    *result = name == "first" ? elements.front() : elements.back();
    return true;
  }
  std::vector<double> numbers;
  for (const std::string_view element : elements)
    if (element[0] == '-' || (element[0] >= '0' && element[0] <= '9'))
      numbers.push_back(std::strtod(std::string(element).c_str(), nullptr));
  double number = 0;
  if (!Reduce(name, numbers, &number)) return false;
  AppendJavaDouble(*result, number);
  return true;
}

}  // namespace cdc::sql
