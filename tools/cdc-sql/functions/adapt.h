#pragma once

#include <string>
#include <tuple>
#include <utility>

#include "tools/cdc-sql/bind/bound_expr.h"

namespace cdc::sql {

/// Makes functions over columns from functions over values. NULL in any argument gives NULL.

template <typename T>
using ColumnValues = const std::vector<T>&;

inline void MergeNulls(const EvalCall& call, ColumnVector& out) {
  out.Resize(call.rows);
  std::vector<uint8_t>& nulls = out.mutable_nulls();
  for (const ColumnPtr& arg : call.args)
    for (size_t i = 0; i < call.rows; ++i) nulls[i] = static_cast<uint8_t>(nulls[i] | arg->nulls()[i]);
}

/// `f(args…) → Out` is defined for all values, also for the zeros that stand where a NULL is: a loop without branches.
template <typename Out, typename... Args, typename F>
ScalarImpl Total(F f) {
  return [f](const EvalCall& call, ColumnVector& out) {
    MergeNulls(call, out);
    std::vector<Out>& values = out.template MutableValues<Out>();
    [&]<size_t... I>(std::index_sequence<I...>) {
      const auto columns = std::tuple<ColumnValues<Args>...>(call.args[I]->template Values<Args>()...);
      for (size_t i = 0; i < call.rows; ++i) values[i] = static_cast<Out>(f(std::get<I>(columns)[i]...));
    }
    (std::index_sequence_for<Args...>());
  };
}

/// `f(args…, Out*) → bool`, called for rows without NULL only; false gives NULL.
template <typename Out, typename... Args, typename F>
ScalarImpl Partial(F f) {
  return [f](const EvalCall& call, ColumnVector& out) {
    MergeNulls(call, out);
    std::vector<Out>& values = out.template MutableValues<Out>();
    std::vector<uint8_t>& nulls = out.mutable_nulls();
    [&]<size_t... I>(std::index_sequence<I...>) {
      const auto columns = std::tuple<ColumnValues<Args>...>(call.args[I]->template Values<Args>()...);
      for (size_t i = 0; i < call.rows; ++i)
        if (nulls[i] == 0 && !f(std::get<I>(columns)[i]..., &values[i])) nulls[i] = 1;
    }
    (std::index_sequence_for<Args...>());
  };
}

/// `f(args…, std::string* text) → bool`: text built in a string that is empty at each call.
template <typename... Args, typename F>
ScalarImpl Text(F f) {
  return [f](const EvalCall& call, ColumnVector& out) {
    MergeNulls(call, out);
    std::vector<std::string_view>& values = out.MutableValues<std::string_view>();
    std::vector<uint8_t>& nulls = out.mutable_nulls();
    std::string text;
    [&]<size_t... I>(std::index_sequence<I...>) {
      const auto columns = std::tuple<ColumnValues<Args>...>(call.args[I]->template Values<Args>()...);
      for (size_t i = 0; i < call.rows; ++i) {
        if (nulls[i] != 0) continue;
        text.clear();
        if (f(std::get<I>(columns)[i]..., &text)) {
          values[i] = out.arena().Copy(text);
        } else {
          nulls[i] = 1;
        }
      }
    }
    (std::index_sequence_for<Args...>());
  };
}

}  // namespace cdc::sql
