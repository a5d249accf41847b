#!/usr/bin/env bash
# The manual pages have no fault that mandoc finds, and meson installs each.
set -euo pipefail
cd "$CDC_SOURCE"
command -v mandoc >/dev/null || { echo "mandoc is missing"; exit 77; }
status=0
for page in man/*.[1-8]; do
  mandoc -Tlint -Wwarning "$page" || status=1
  grep -q "'$(basename "$page")'" man/meson.build || { echo "$page is not in man/meson.build"; status=1; }
done
exit "$status"
