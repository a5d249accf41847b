# shellcheck shell=bash
# Sourced by tests that bring database app of a MySQL server to other servers, as cdc-apply's slot app.

targets=(mysql mariadb postgresql)
on_source() { $MYSQL_CLIENT -BN app -e "$1"; }
new_databases() {
  $MYSQL_CLIENT -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app'
  local target
  for target in mysql mariadb postgresql; do new_target "$target"; done
}

source_stage() { # TARGET OPTION...
  exec binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'app\..*' --slot app \
    --snapshot initial --resume-from "$(target_url "$1")" "${@:2}"
}
encode_stage() { exec cdc-encode --quiet --topic-prefix m --no-schemas --set skipped.operations=none; }
apply_stage() { exec cdc-apply --quiet "$(target_url "$1")"; }
catch_up() { # TARGET: runs the pipe up to where the server is now
  (source_stage "$1" --until now) | (encode_stage) | (apply_stage "$1")
}
catch_up_all() {
  local target
  for target in "${targets[@]}"; do catch_up "$target"; done
}
assert_rows() { # SQL: the same answer everywhere
  local target expected
  expected=$(on_source "$1")
  for target in "${targets[@]}"; do assert_equal "$target: $1" "$expected" "$(ask "$target" "$1")"; done
}

verify() { # TARGET-URL
  cdc-apply --quiet --slot app --verify "mysql://$MYSQL_USER@$MYSQL_HOST:$MYSQL_PORT" "$1"
}
# Not MySQL: there each commit of a copy is one of the source as well, so that the two are never at one position.
verify_all() {
  local target
  for target in mariadb postgresql; do catch_up "$target"; done
  for target in mariadb postgresql; do verify "$(target_url "$target")" >verified || fail "$target: $(cat verified)"; done
}
