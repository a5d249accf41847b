# shellcheck shell=bash
# The PostgreSQL server of the sandbox: the system's programs, data of our own. It does not run as root, so root lends it to
# the user postgres of the package, with its data in a folder that this user can reach.

# Sets POSTGRESQL_BIN to the folder of the newest version's programs, AS_POSTGRES to the words before a server program.
use_postgresql() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
    [ ! -x "$folder/initdb" ] || POSTGRESQL_BIN=$folder
  done
  [ -n "${POSTGRESQL_BIN:-}" ] || die 69 "PostgreSQL is missing" "make deps FOR=test, or apt-get install postgresql"
  AS_POSTGRES=()
  [ "$(id -u)" != 0 ] || AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
}

# start_postgresql FOLDER: exports go to FOLDER/env; FOLDER/home names the folder of the data and the socket.
start_postgresql() {
  local folder=$1 home port attempt
  use_postgresql
  if [ ! -f "$folder/home" ]; then
    home=$(mktemp -d /tmp/cdc-postgresql.XXXXXX)
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    printf '%s\n' "$home" >"$folder/home"
    (cd / && "${AS_POSTGRES[@]}" "$POSTGRESQL_BIN/initdb" --pgdata "$home/data" --username cdc --auth trust --encoding UTF8 \
      --no-locale --no-sync >"$folder/initdb.log" 2>&1) || {
      tail -n 5 "$folder/initdb.log" | sed 's/^/  detail: /' >&2
      die 69 "PostgreSQL cannot make its data folder"
    }
  fi
  home=$(cat "$folder/home")
  : >"$folder/options"
  mkdir -p "$folder/bin"
  for attempt in 1 2 3; do
    port=$(cat "$folder/port" 2>/dev/null || free_port)
    # After KILL both are there, and tell of a process that may still wait to be taken notice of.
    rm -f "$home/data/postmaster.pid" "$home/.s.PGSQL.$port" "$home/.s.PGSQL.$port.lock"
    (cd / && exec setsid "${AS_POSTGRES[@]}" "$POSTGRESQL_BIN/postgres" -D "$home/data" -p "$port" -k "$home" -c listen_addresses=127.0.0.1 -c fsync=off \
      >>"$folder/error.log" 2>&1 </dev/null 9>&-) &
    write_pid_file "$folder/pid" $! || true
    disown
    write_wrapper "$folder/bin/psql" env -u PGPASSWORD "$POSTGRESQL_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$home" -p "$port" -U cdc -d cdc
    if wait_for 60 postgresql_answers_or_died "$folder" "$home" "$port" && is_running "$folder/pid"; then
      echo "$port" >"$folder/port"
      "$POSTGRESQL_BIN/psql" -X -q -h "$home" -p "$port" -U cdc -d postgres -tAc "SELECT 1 FROM pg_database WHERE datname = 'cdc'" |
        grep -q 1 || "$POSTGRESQL_BIN/createdb" -h "$home" -p "$port" -U cdc cdc
      printf 'export %s=%q\n' POSTGRESQL_URL "postgresql://cdc@127.0.0.1:$port/cdc" POSTGRESQL_CLIENT "$folder/bin/psql" >"$folder/env"
      say "PostgreSQL $(basename "$(dirname "$POSTGRESQL_BIN")") on 127.0.0.1:$port"
      return 0
    fi
    stop_process "$folder/pid" KILL
    if [ "$attempt" = 3 ] || [ -f "$folder/port" ] || ! grep -q 'Address already in use' "$folder/error.log"; then break; fi
  done
  tail -n 5 "$folder/error.log" | sed 's/^/  detail: /' >&2
  die 69 "the postgresql server does not start" "its log: $folder/error.log (kept with --keep)"
}

postgresql_answers_or_died() { ! is_running "$1/pid" || "$POSTGRESQL_BIN/pg_isready" -q -h "$2" -p "$3"; }

remove_postgresql_data() {
  [ ! -f "$1/home" ] || rm -rf "$(cat "$1/home")"
}
