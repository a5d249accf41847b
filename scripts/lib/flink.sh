# shellcheck shell=bash
# Flink for sql-on-flink: its libraries out of a wheel of the Python package index, its SQL client and Kafka connector of Maven
# Central; kept in the cache. Source common.sh before.

readonly FLINK_VERSION=2.3.0
FLINK_LIBS=$CACHE/flink-$FLINK_VERSION

fetch_flink() { [ -d "$FLINK_LIBS" ] || with_cache_lock flink unpack_flink; }

unpack_flink() {
  [ ! -d "$FLINK_LIBS" ] || return 0
  local tmp=$FLINK_LIBS.tmp
  command -v mvn >/dev/null || { warn "Maven, which fetches a part of Flink, is missing: make deps FOR=kafka"; return 1; }
  say "fetching Flink $FLINK_VERSION (400 MB, once; kept in $FLINK_LIBS)"
  rm -rf "$tmp" && mkdir -p "$tmp/wheel" || return 1
  if ! {
    python3 -m pip -q download --disable-pip-version-check --no-deps --only-binary :all: -d "$tmp/wheel" "apache-flink-libraries==$FLINK_VERSION" &&
      python3 -m zipfile -e "$tmp"/wheel/*.whl "$tmp/wheel" &&
      mvn -q -B -C -f "$SCRIPTS/flink-pom.xml" "-Dflink.version=$FLINK_VERSION" dependency:copy-dependencies -DexcludeTransitive=true \
        -DoutputDirectory="$tmp/lib"
  } >"$FLINK_LIBS.log" 2>&1; then
    warn "Flink $FLINK_VERSION cannot be fetched:"
    tail -n 3 "$FLINK_LIBS.log" | cut -c1-300 | sed 's/^/  detail: /' >&2
    return 1
  fi
  # The client asks for the part that runs Python, whether there is any or not.
  mv "$tmp"/wheel/pyflink/lib/*.jar "$tmp"/wheel/pyflink/opt/flink-python-*.jar "$tmp/lib/"
  rm -rf "$tmp/wheel" "$FLINK_LIBS.log"
  mv "$tmp" "$FLINK_LIBS"
}

# flink_sql_client FOLDER ARGUMENT...: the SQL client, with the whole of Flink in its own process; FOLDER holds its configuration.
flink_sql_client() {
  local folder=$1 package opens=()
  shift
  for package in java.lang java.net java.io java.nio java.text java.time java.util java.util.concurrent java.util.concurrent.atomic \
    java.util.concurrent.locks java.lang.reflect sun.nio.ch sun.net.util; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
  done
  FLINK_CONF_DIR=$folder java -Xmx"${FLINK_HEAP:-1g}" -XX:+UseSerialGC "${opens[@]}" -Duser.timezone=UTC \
    -Dlog4j.configurationFile="$folder/log4j2.properties" -Djava.io.tmpdir="$folder" -cp "$FLINK_LIBS/lib/*" \
    org.apache.flink.table.client.SqlClient "$@"
}
