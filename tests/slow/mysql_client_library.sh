#!/usr/bin/env bash
# binlog-tail over MySQL's own libmysqlclient (the other tests use MariaDB Connector/C where that is the system's): built
# against an unpacked library, and put through the live tests.
set -euo pipefail
. "$CDC_SOURCE/scripts/lib/common.sh"
. "$CDC_SOURCE/scripts/lib/debian_tree.sh"
tree=$CACHE/libmysqlclient
fetch_debian_tree "$tree" sid libmysqlclient-dev libmysqlclient24 || { echo "libmysqlclient cannot be fetched here"; exit 77; }
library=$(compgen -G "$tree/usr/lib/*/libmysqlclient.so" | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Only MySQL's own headers: the tree's others belong to another C library.
mkdir -p "$work/prefix/include"
ln -s "$tree/usr/include/mysql" "$work/prefix/include/mysql"
for header in "$tree"/usr/include/mysql/*; do ln -sf "$header" "$work/prefix/include/"; done
meson setup "$work/build" "$CDC_SOURCE" -Dtests=disabled "-Dmysql_prefix=$work/prefix" "-Dmysql_library=$library" >"$work/log"
ninja -C "$work/build" tools/binlog-tail/binlog-tail >>"$work/log" || { tail -n 20 "$work/log"; exit 1; }
use_tree "$tree"
# Under the tree's loader, which the newer library needs; the other tools stay as they are.
mkdir "$work/bin"
printf '#!/bin/sh\nexec %s %s "$@"\n' "${LOADER[*]}" "$work/build/tools/binlog-tail/binlog-tail" >"$work/bin/binlog-tail"
chmod +x "$work/bin/binlog-tail"
export PATH=$work/bin:$PATH
binlog-tail --version
# The newest library has no longer the password plugin of MariaDB's accounts.
tests=$CDC_SOURCE/tests/pipeline/binlog_tail.sh
TESTS=$(grep -oE '^test_[a-z0-9_]+' "$tests" | grep -v mariadb | xargs) "$tests"
