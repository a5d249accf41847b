#!/usr/bin/env bash
# Each tool's page has the options that the tool has, no more and no less, and a section EXIT STATUS.
set -euo pipefail
cd "$CDC_SOURCE"
found=0
for tool in "$CDC_BUILD"/tools/*/*; do
  if [[ $tool == *.so ]] || [ ! -f "$tool" ] || [ ! -x "$tool" ] || ! "$tool" --print-options >"$TMPDIR/options" 2>/dev/null </dev/null; then continue; fi
  found=1 name=$(basename "$tool") page=man/$(basename "$tool").1
  if [ ! -f "$page" ]; then
    echo "not ok - $name has no page"
    continue
  fi
  cut -f1 "$TMPDIR/options" | grep -v -x -e --print-options | sort -u >"$TMPDIR/have"
  # .It Fl v , Fl Fl verbose   and   .It Fl Fl until Ar POSITION | Ns = ...
  sed -n 's/^\.It //p' "$page" | grep -oE 'Fl Fl [a-z0-9-]+' | sed 's/Fl Fl /--/' | grep -v -x -e --print-options |
    sort -u >"$TMPDIR/said"
  if ! diff "$TMPDIR/have" "$TMPDIR/said" >"$TMPDIR/differences"; then
    sed -n "s/^< /  not in $name.1: /p; s/^> /  not in $name: /p" "$TMPDIR/differences"
    echo "not ok - options of $name"
  elif ! grep -qx '\.Sh EXIT STATUS' "$page"; then
    echo "not ok - $name.1 has no section EXIT STATUS"
  else
    echo "ok - options of $name"
  fi
done
[ "$found" = 1 ] || { echo "no tool is built"; exit 77; }
