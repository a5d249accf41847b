#!/usr/bin/env bash
# The C++ files stand as clang-format leaves them. Versions of it differ, so that of Debian 12 is the judge.
set -euo pipefail
cd "$CDC_SOURCE"
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p') || true
[ "$version" = 14 ] || { echo "clang-format 14 is the judge; here is ${version:-none}"; exit 77; }
find common tools tests '(' -name '*.h' -o -name '*.cc' ')' -print0 | xargs -0 -r clang-format --dry-run -Werror
