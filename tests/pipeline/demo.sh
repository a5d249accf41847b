#!/usr/bin/env bash
# The demos end well, and end badly when what they show is wrong.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
need_tools binlog-tail cdc-encode cdc-sql cdc-apply kcat-produce kcat-consume
export BUILD=$CDC_BUILD

test_demo() {
  "$CDC_SOURCE/scripts/demo" 2 >out
  assert_contains "the comparison" equal "$(cat out)"
}

test_demo_tells_a_difference() {
  # A cdc-apply that gets other figures than the view has.
  mkdir -p build/tools/fake
  # shellcheck disable=SC2016 # for the shell of the script
  printf '#!/bin/sh\nsed -u '"'/\"op\":\"u\"/s/\"revenue\":[0-9]/\"revenue\":9/g'"' | %q "$@"\n' "$(command -v cdc-apply)" >build/tools/fake/cdc-apply
  chmod +x build/tools/fake/cdc-apply
  ln -s "$CDC_BUILD"/tools/{binlog-tail,cdc-encode,cdc-sql} build/tools/
  BUILD=$PWD/build expect_status 1 timeout 100 "$CDC_SOURCE/scripts/demo" 1 >out
  assert_contains "the comparison" DIFFERENT "$(cat out)"
}

test_demo_kafka() {
  "$CDC_SOURCE/scripts/demo-kafka" >out
  assert_contains "the comparison" equal "$(cat out)"
}

run_tests
