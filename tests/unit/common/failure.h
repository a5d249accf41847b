#pragma once

#include <doctest/doctest.h>

#include <string>

#include "common/error.h"

/// Runs `code`, which must fail, and gives the error that it failed with.
template <typename Code>
cdc::Error ErrorOf(Code code) {
  try {
    code();
  } catch (const cdc::Failure& failure) {
    return failure.error();
  }
  FAIL("no failure");
  return {};
}
