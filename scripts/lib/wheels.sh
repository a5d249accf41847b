# shellcheck shell=bash
# Libraries that Debian does not package, out of wheels of the Python package index: fetched by pip into the cache, never
# installed. Source common.sh before.

ARROW_VERSION=26.0.1
ARROW_SONAME=2600
ARROW_FOLDER=$CACHE/arrow-$ARROW_VERSION
# Of the wheels of CPython 3.11: what is taken out of them has nothing to do with Python.
ARROW_HASHES=(
  sha256:39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c # x86_64
  sha256:22a96a225de107eb9acd1ad9a818198ca832df2a4c0952412f754a7ed2105a98 # aarch64
)

DUCKDB_VERSION=1.5.5
DUCKDB_FOLDER=$CACHE/duckdb-$DUCKDB_VERSION

# fetch_arrow: Arrow's and Parquet's C++ libraries with their headers, in ARROW_FOLDER/lib and /include.
fetch_arrow() { [ -d "$ARROW_FOLDER" ] || with_cache_lock arrow unpack_arrow; }

unpack_arrow() {
  [ ! -d "$ARROW_FOLDER" ] || return 0
  local tmp=$ARROW_FOLDER.tmp hash
  say "fetching Arrow and Parquet $ARROW_VERSION (55 MB, once; kept in $ARROW_FOLDER)"
  rm -rf "$tmp" && mkdir -p "$tmp/lib" "$tmp/wheel" || return 1
  {
    printf 'pyarrow==%s' "$ARROW_VERSION"
    for hash in "${ARROW_HASHES[@]}"; do printf ' --hash=%s' "$hash"; done
  } >"$tmp/wanted"
  if ! {
    python3 -m pip -q download --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --implementation cp \
      --python-version 3.11 --abi cp311 --platform "manylinux_2_28_$(uname -m)" -d "$tmp/wheel" -r "$tmp/wanted" &&
      python3 -m zipfile -e "$tmp"/wheel/pyarrow-*.whl "$tmp/wheel"
  } >"$tmp/log" 2>&1; then
    warn "cannot fetch pyarrow $ARROW_VERSION:"
    tail -n 3 "$tmp/log" | sed 's/^/  detail: /' >&2
    return 1
  fi
  mv "$tmp/wheel/pyarrow/include" "$tmp/"
  mv "$tmp/wheel/pyarrow/libarrow.so.$ARROW_SONAME" "$tmp/wheel/pyarrow/libparquet.so.$ARROW_SONAME" "$tmp/lib/"
  rm -rf "$tmp/wheel" "$tmp/wanted" "$tmp/log"
  mv "$tmp" "$ARROW_FOLDER"
}

# fetch_duckdb: DuckDB for Python with what reads Iceberg, in DUCKDB_FOLDER.
fetch_duckdb() { [ -d "$DUCKDB_FOLDER" ] || with_cache_lock duckdb unpack_duckdb; }

unpack_duckdb() {
  [ ! -d "$DUCKDB_FOLDER" ] || return 0
  local tmp=$DUCKDB_FOLDER.tmp extension
  say "fetching DuckDB $DUCKDB_VERSION (50 MB, once; kept in $DUCKDB_FOLDER)"
  rm -rf "$tmp" && mkdir -p "$tmp" || return 1
  local wanted=("duckdb==$DUCKDB_VERSION" pytz)
  for extension in avro httpfs iceberg; do wanted+=("duckdb-extension-$extension==$DUCKDB_VERSION"); done
  python3 -m pip -q install --disable-pip-version-check --only-binary :all: --target "$tmp" "${wanted[@]}" >"$tmp.log" 2>&1 ||
    { warn "cannot fetch DuckDB $DUCKDB_VERSION:"; tail -n 3 "$tmp.log" | sed 's/^/  detail: /' >&2; return 1; }
  rm -f "$tmp.log"
  mv "$tmp" "$DUCKDB_FOLDER"
}
