# shellcheck shell=bash
# The original for comparisons: Kafka Connect (standalone) with Debezium's MySQL connector, of Maven Central; kept in the cache.
# Source common.sh before.

readonly DEBEZIUM_VERSION=3.0.8.Final
# Debezium 3.0 reads a schema history in Kafka back with clients of 3.x only (4.x made an option required that it does not set).
CONNECT_VERSION=${CONNECT_VERSION:-4.1.1}
DEBEZIUM_HOME=$CACHE/debezium-$DEBEZIUM_VERSION-connect-$CONNECT_VERSION

fetch_debezium() { [ -d "$DEBEZIUM_HOME" ] || with_cache_lock debezium unpack_debezium; }

unpack_debezium() {
  [ ! -d "$DEBEZIUM_HOME" ] || return 0
  local tmp=$DEBEZIUM_HOME.tmp scope
  command -v mvn >/dev/null || { warn "Maven, which fetches Debezium, is missing: make deps FOR=kafka"; return 1; }
  say "fetching Debezium $DEBEZIUM_VERSION and Kafka Connect $CONNECT_VERSION with Maven (once; kept in $DEBEZIUM_HOME)"
  rm -rf "$tmp" && mkdir -p "$tmp/plugins" || return 1
  # -C: a file whose checksum differs is an error.
  for scope in runtime:connect provided:plugins/debezium; do
    if ! mvn -q -B -C -f "$SCRIPTS/debezium-pom.xml" "-Dkafka.version=$CONNECT_VERSION" "-Ddebezium.version=$DEBEZIUM_VERSION" \
      dependency:copy-dependencies "-DincludeScope=${scope%%:*}" -DoutputDirectory="$tmp/${scope#*:}" >"$DEBEZIUM_HOME.log" 2>&1; then
      warn "Debezium $DEBEZIUM_VERSION cannot be fetched:"
      grep ERROR "$DEBEZIUM_HOME.log" | head -n 3 | cut -c1-300 | sed 's/^/  detail: /' >&2
      return 1
    fi
  done
  rm -f "$DEBEZIUM_HOME.log"
  mv "$tmp" "$DEBEZIUM_HOME"
}
