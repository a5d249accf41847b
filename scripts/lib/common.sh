# shellcheck shell=bash
# Sourced by the scripts here: messages, waiting, processes, the cache of downloads.

PROGRAM=${PROGRAM:-$(basename "$0")}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/cdcutils

say() { [ -n "${SANDBOX_QUIET:-}" ] || printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
warn() { printf '%s: warning: %s\n' "$PROGRAM" "$*" >&2; }
# die STATUS MESSAGE [HINT]
die() {
  printf '%s: error: %s\n' "$PROGRAM" "$2" >&2
  [ -z "${3:-}" ] || printf '  hint: %s\n' "$3" >&2
  exit "$1"
}

# The time in milliseconds since some start, without a process.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

# wait_for SECONDS COMMAND...: runs a condition until it holds; status 1 when the deadline passes first.
wait_for() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.05
  done
}

# A process is known by its number and its time of start, so that a number used again is not taken for it.
process_start_time() {
  local stat fields
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # The name in brackets may hold blanks; what follows the last bracket is fields 3 and later.
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] || return 1
  echo "${fields[19]}"
}
# write_pid_file FILE PID
write_pid_file() { printf '%s %s\n' "$2" "$(process_start_time "$2")" >"$1.tmp" && mv "$1.tmp" "$1"; }
# is_running FILE: does the process of this pid file live?
is_running() {
  local pid start
  read -r pid start 2>/dev/null <"$1" || return 1
  [ "$(process_start_time "$pid")" = "$start" ]
}
pid_of() {
  local pid
  read -r pid _ <"$1" && echo "$pid"
}
# stop_process FILE [SIGNAL [SECONDS]]: signal, wait, KILL after the deadline; the pid file goes.
stop_process() {
  if is_running "$1"; then
    local pid
    pid=$(pid_of "$1")
    kill "-${2:-TERM}" "$pid" 2>/dev/null || true
    wait_for "${3:-30}" is_stopped "$1" || kill -KILL "$pid" 2>/dev/null || true
    wait_for 10 is_stopped "$1" || true
  fi
  rm -f "$1"
}
is_stopped() { ! is_running "$1"; }

# A TCP port of the loopback address that is free now, as the kernel gives it.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' ||
    die 69 "cannot ask the kernel for a free port: python3 is missing" "make deps"
}

# with_cache_lock NAME COMMAND...: one process at a time fills an entry of the cache.
with_cache_lock() {
  local name=$1
  shift
  mkdir -p "$CACHE"
  (
    flock 9
    "$@"
  ) 9>"$CACHE/.$name.lock"
}
