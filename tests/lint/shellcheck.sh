#!/usr/bin/env bash
# Each shell script passes shellcheck.
set -euo pipefail
cd "$CDC_SOURCE"
command -v shellcheck >/dev/null || { echo "shellcheck is missing"; exit 77; }
# Scripts are known by their first line, whatever their name.
mapfile -t scripts < <(grep -rlIE -m1 '^#!.*/(env )?(ba|da)?sh|^# shellcheck shell=' scripts tests .ci)
# SC2317: functions of tests are called by name.
shellcheck --exclude=SC2317 --external-sources --source-path=SCRIPTDIR --source-path="$CDC_SOURCE" "${scripts[@]}"
echo "${#scripts[@]} scripts"
