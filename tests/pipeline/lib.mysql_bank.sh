# shellcheck shell=bash
# Sourced by tests that kill stages of a pipe while a bank on MySQL is written to. The test has write_for_ever, which does
# that in the database "bank", and ACCOUNTS.

sql() { $MYSQL_CLIENT -N -B "$@"; }

# One row for each account, made of the number `i`.
add_accounts() { # COLUMNS EXPRESSIONS
  sql bank -e "INSERT INTO account ($1) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $ACCOUNTS) SELECT $2 FROM n"
}

start_writer() {
  set -m
  write_for_ever &
  writer=$!
  set +m
}

# The server ends what the client had sent; then nobody writes.
stop_writer() {
  kill -KILL -- "-$writer"
  wait "$writer" || true
  await 60 "the writer's connection ends" nobody_writes
}
nobody_writes() { [ "$(sql -e "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'bank'")" = 0 ]; }
