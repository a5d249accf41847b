#!/usr/bin/env bash
# make install: programs, manual pages and completions, under any prefix.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
need_tools meson binlog-tail

test_install() {
  DESTDIR=$PWD/stage meson install -C "$CDC_BUILD" --no-rebuild >log 2>&1 || fail "$(tail log)"
  local prefix tool
  prefix=stage$(meson introspect --buildoptions "$CDC_BUILD" | python3 -c 'import json, sys; print(*[o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"])')
  for tool in binlog-tail cdc-encode kcat-produce kcat-consume cdc-sql cdc-apply; do
    [ -x "$prefix/bin/$tool" ] || fail "$tool is not installed"
    assert_contains "version of $tool" "$tool (cdcutils)" "$("$prefix/bin/$tool" --version)"
    bash -n "$prefix/share/bash-completion/completions/$tool"
    grep -q "#compdef $tool" "$prefix/share/zsh/site-functions/_$tool"
    grep -q "complete -c $tool" "$prefix/share/fish/vendor_completions.d/$tool.fish"
  done
  "$prefix/bin/cdc-run" --version >/dev/null
  for page in "$CDC_SOURCE"/man/*.[1-8]; do
    page=$(basename "$page")
    find "$prefix" -path "*/man${page##*.}/$page*" | grep -q . || fail "$page is not installed"
  done
}

run_tests
