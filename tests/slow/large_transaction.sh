#!/usr/bin/env bash
# Transactions of 10 GB, as they are and compressed, through binlog-tail and cdc-encode.
set -euo pipefail
CDC_LARGE_MB=10240 "$CDC_SOURCE/tests/pipeline/large_transaction.sh"
