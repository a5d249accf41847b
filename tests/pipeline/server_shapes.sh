#!/usr/bin/env bash
# MySQL into other servers and SQLite: what --verify makes of records, and tables that a target has in another form.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.lines.sh
. "$(dirname "$0")/lib.lines.sh"
# shellcheck source=tests/pipeline/lib.targets.sh
. "$(dirname "$0")/lib.targets.sh"
# shellcheck source=tests/pipeline/lib.servers.sh
. "$(dirname "$0")/lib.servers.sh"
need_tools binlog-tail cdc-encode cdc-apply
with_servers mysql mariadb postgresql --mysql-option binlog_row_metadata=FULL
export MYSQL_PWD=$MYSQL_PASSWORD

# Records hold some values in a form that the target does not tell, and names as statements write them.
test_verify_of_records() {
  new_databases
  new_target sqlite
  $MYSQL_CLIENT app -e "CREATE TABLE \`b\`\`t\` (\`i\`\`d\` INT PRIMARY KEY, v VARBINARY(9), t VARCHAR(9), d DOUBLE);
    INSERT INTO \`b\`\`t\` VALUES (1, X'00FF', 'a', -1.7976931348623157e308), (2, NULL, 'b', 1e-300)"
  local target mode
  for mode in bytes hex; do
    encode_stage() { exec cdc-encode --quiet --topic-prefix m --no-schemas --set "binary.handling.mode=$mode"; }
    for target in sqlite mariadb postgresql; do
      new_target "$target"
      catch_up "$target"
      verify "$(target_url "$target")" >verified || fail "$target, $mode: $(cat verified)"
      assert_contains "$target, $mode" 'equal app.b`t: 2 rows' "$(cat verified)"
      assert_equal "$target, $mode: told" "$([ "$mode" = bytes ] || echo 'skip app.b`t column v: the target holds its bytes as text (binary.handling.mode)')" \
        "$(grep ' column v' verified || true)"
    done
  done
  ask sqlite "UPDATE \"b\`t\" SET d = 1 WHERE \"i\`\`d\" = 2"
  expect_status 1 verify sqlite:copy.db >verified
  assert_contains "a difference" '(2) has other values: column "d" is "1e-300" at the source, "1" at the target' "$(cat verified)"
}

run_tests
