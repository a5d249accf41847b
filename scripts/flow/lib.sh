# shellcheck shell=bash
# Sourced by each step: where its servers, its files and the tools are.
set -euo pipefail
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib/common.sh
. "$SCRIPTS/lib/common.sh"
# shellcheck source=scripts/lib/tools.sh
. "$SCRIPTS/lib/tools.sh"
EXAMPLES=$SCRIPTS/examples

# The servers of the set "flow", or those of the sandbox that this runs in.
if [ -z "${SANDBOX_DIR:-}" ]; then SANDBOX_SET=(--name flow); else SANDBOX_SET=(); fi
use_servers() {
  local text
  text=$("$SCRIPTS/sandbox" "${SANDBOX_SET[@]}" env) || exit
  eval "$text"
  FLOW_DIR=$SANDBOX_DIR/flow
  mkdir -p "$FLOW_DIR"
  export CDC_RUN_STATE=$FLOW_DIR/run
  # The documented files name the hosts "mysql" and "kafka"; here they are elsewhere.
  # shellcheck disable=SC2034 # for the steps
  CONNECTOR=(--connector "$EXAMPLES/mysql-connector.json" --set "database.hostname=$MYSQL_HOST"
    --set "database.port=$MYSQL_PORT" --set "database.history.kafka.bootstrap.servers=$KAFKA_BOOTSTRAP")
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >"$FLOW_DIR/kafka.conf"
}

# Shows a command as it can be typed, and runs it.
show() {
  printf '%s$ %s%s\n' "$BOLD" "$(printf '%q ' "$@")" "$PLAIN"
  "$@"
}
