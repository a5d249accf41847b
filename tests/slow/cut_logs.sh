#!/usr/bin/env bash
# The recorded logs, cut after each byte of their first kilobytes and around the end of each event.
set -euo pipefail
CDC_CUT_BYTES=4096 "$CDC_BUILD/tests/unit/binlog-tail/binlog_tail_test" -tc='logs cut*'
