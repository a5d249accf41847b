# shellcheck shell=bash
# MySQL and MariaDB servers of the sandbox. A provider is where the programs come from; it sets
#   FLAVOR mysql|mariadb, SERVER_VERSION, RUN (words before a program), MYSQLD, CLIENT, BINLOG_TOOL, and TREE (or empty).
# A server has a folder of its own with data, socket, log and wrappers of the client programs.

readonly SANDBOX_USER=cdc SANDBOX_PASSWORD=cdc-sandbox
readonly CDC_GRANTS='SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT'

# use_mysql_provider NAME: system, unstable or mariadb. Fetches what is missing. Status 1: cannot be had, said on stderr.
use_mysql_provider() {
  RUN=() TREE=
  case $1 in
    system)
      MYSQLD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mysqld) || return 1
      SERVER_VERSION=$("$MYSQLD" --no-defaults --version 2>/dev/null | sed -n 's/.* Ver \([0-9.]*\)\(-MariaDB\)\{0,1\}.*/\1\2/p')
      case $SERVER_VERSION in
        *MariaDB | '' | [0-7].*) say "the system's mysqld is no MySQL 8.0 or later"; return 1 ;;
      esac
      FLAVOR=mysql CLIENT=$(command -v mysql) BINLOG_TOOL=$(command -v mysqlbinlog) || return 1 ;;
    unstable)
      TREE=$CACHE/mysql-unstable
      fetch_debian_tree "$TREE" sid mysql-server-core mysql-client-core libmysqlclient-dev || return 1
      use_tree "$TREE" || return 1
      RUN=("${LOADER[@]}")
      FLAVOR=mysql MYSQLD=$TREE/usr/sbin/mysqld CLIENT=$TREE/usr/bin/mysql BINLOG_TOOL=$TREE/usr/bin/mysqlbinlog
      SERVER_VERSION=$("${RUN[@]}" "$MYSQLD" --no-defaults --version | sed -n 's/.* Ver \([0-9.]*\).*/\1/p') ;;
    mariadb)
      local codename
      codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
      TREE=$CACHE/mariadb-$codename
      fetch_debian_tree "$TREE" "$codename" mariadb-server-core mariadb-client-core mariadb-client || return 1
      use_tree "$TREE" || return 1
      RUN=("${LOADER[@]}")
      FLAVOR=mariadb MYSQLD=$TREE/usr/sbin/mariadbd CLIENT=$TREE/usr/bin/mariadb BINLOG_TOOL=$TREE/usr/bin/mariadb-binlog
      SERVER_VERSION=$("${RUN[@]}" "$MYSQLD" --no-defaults --version | sed -n 's/.* Ver \([0-9.]*\).*/\1/p') ;;
    *) die 64 "unknown provider \"$1\" in SANDBOX_MYSQL" "system, unstable or mariadb" ;;
  esac
  [ -n "$SERVER_VERSION" ]
}

# The first provider that works. SANDBOX_MYSQL names one.
choose_mysql_provider() {
  local name
  for name in ${SANDBOX_MYSQL:-system unstable mariadb}; do
    ! use_mysql_provider "$name" || return 0
  done
  die 69 "no MySQL server can be had (tried: ${SANDBOX_MYSQL:-system unstable mariadb})" \
    "install one (mysqld in PATH), or make the Debian mirror of apt's sources reachable"
}

# Where the tree has its messages, character sets and system tables: it moved with MariaDB 11.
share_folder() {
  local folder
  for folder in "$TREE/usr/share/mariadb" "$TREE/usr/share/mysql"; do
    if [ -d "$folder/charsets" ]; then echo "$folder"; fi
  done | head -n 1
}

write_mysql_config() {
  local folder=$1 port=$2
  {
    echo '[mysqld]'
    if [ -n "$TREE" ]; then
      echo "basedir=$TREE/usr"
      echo "lc-messages-dir=$(share_folder)"
      echo "character-sets-dir=$(share_folder)/charsets"
      echo "plugin-dir=$TREE/usr/lib/mysql/plugin"
    fi
    [ "$(id -u)" != 0 ] || echo 'user=root'
    cat <<CONF
datadir=$folder/data
tmpdir=$folder
socket=$folder/mysql.sock
port=$port
bind-address=127.0.0.1
skip-name-resolve
pid-file=$folder/server.pid
log-error=$folder/error.log
server-id=1
log-bin=binlog
max_connections=200
innodb_buffer_pool_size=256M
innodb_flush_log_at_trx_commit=2
innodb_doublewrite=OFF
sync_binlog=0
CONF
    if [ "$FLAVOR" = mysql ]; then
      printf '%s\n' mysqlx=OFF secure-file-priv=NULL gtid_mode=ON enforce_gtid_consistency=ON innodb_redo_log_capacity=64M
    else
      printf '%s\n' binlog-format=ROW binlog-row-metadata=FULL innodb_log_file_size=64M
    fi
  } >"$folder/my.cnf"
}

account_statements() {
  cat <<SQL
CREATE USER '$SANDBOX_USER'@'%' IDENTIFIED BY '$SANDBOX_PASSWORD';
GRANT $CDC_GRANTS ON *.* TO '$SANDBOX_USER'@'%';
SQL
}

# Initialises $1/data; the config is in place.
initialise_data() {
  local folder=$1 share file
  if [ "$FLAVOR" = mysql ]; then
    account_statements >"$folder/accounts.sql"
    "${RUN[@]}" "$MYSQLD" --defaults-file="$folder/my.cnf" --initialize-insecure --skip-log-bin \
      --init-file="$folder/accounts.sql" >>"$folder/error.log" 2>&1
  else
    mkdir -p "$folder/data/mysql"
    share=$(share_folder)
    {
      printf '%s\n' 'USE mysql;' 'SET @auth_root_socket=NULL;'
      for file in system_tables performance_tables system_tables_data add_gis_sp_bootstrap; do
        cat "$share/mariadb_$file.sql" 2>/dev/null || cat "$share/mysql_$file.sql" 2>/dev/null || cat "$share/maria_$file.sql"
      done
      echo 'FLUSH PRIVILEGES;'
      account_statements
    } >"$folder/bootstrap.sql"
    "${RUN[@]}" "$MYSQLD" --defaults-file="$folder/my.cnf" --bootstrap --skip-log-bin --innodb-log-file-size=64M \
      <"$folder/bootstrap.sql" >>"$folder/error.log" 2>&1
  fi
}

# An initialised data folder is kept in the cache: one copy of it is a new server in a second.
make_data_template() {
  local template=$1
  [ ! -d "$template" ] || return 0
  say "initialising $FLAVOR $SERVER_VERSION (once)"
  local folder
  folder=$(mktemp -d "$SCRATCH_BASE/init.XXXXXX")
  write_mysql_config "$folder" 0
  if ! initialise_data "$folder"; then
    warn "$FLAVOR $SERVER_VERSION cannot initialise its data:"
    grep ERROR "$folder/error.log" | tail -n 5 | sed 's/^/  detail: /' >&2
    rm -rf "$folder"
    return 1
  fi
  # Each server makes a server_uuid of its own.
  rm -f "$folder/data/auto.cnf"
  rm -rf "$template.tmp"
  cp -a "$folder/data" "$template.tmp" || return 1
  rm -rf "$folder"
  mv "$template.tmp" "$template"
}

# start_mysql NAME FOLDER OPTION...: NAME is mysql or mariadb; exports go to FOLDER/env.
start_mysql() {
  local name=$1 folder=$2 provider template port attempt
  shift 2
  if [ -f "$folder/provider" ]; then
    use_mysql_provider "$(cat "$folder/provider")" || die 69 "the programs of the $name server are gone"
  elif [ "$name" = mariadb ]; then
    use_mysql_provider mariadb || die 69 "MariaDB cannot be fetched from Debian's mirror" "see the message above"
  else
    choose_mysql_provider
  fi
  if [ -z "$TREE" ]; then provider=system; elif [ "$FLAVOR" = mysql ]; then provider=unstable; else provider=mariadb; fi
  mkdir -p "$folder/bin"
  chmod 700 "$folder"
  if [ ! -d "$folder/data" ]; then
    template=$CACHE/data-$provider-$SERVER_VERSION-$(id -u)-3
    with_cache_lock "data-$provider" make_data_template "$template" || die 69 "$FLAVOR $SERVER_VERSION does not start here"
    cp -a --reflink=auto "$template" "$folder/data"
    printf '%s\n' "$provider" >"$folder/provider"
  fi
  printf '%s\n' "$@" >"$folder/options"
  for attempt in 1 2 3; do
    port=$(cat "$folder/port" 2>/dev/null || free_port)
    write_mysql_config "$folder" "$port"
    # Left by a server that was killed; the next would ask whether that process number lives.
    rm -f "$folder/mysql.sock.lock"
    setsid "${RUN[@]}" "$MYSQLD" --defaults-file="$folder/my.cnf" "${@/#/--}" >>"$folder/error.log" 2>&1 </dev/null 9>&- &
    write_pid_file "$folder/pid" $! || true
    disown
    write_mysql_client "$folder/bin/mysql" "$CLIENT" "$folder"
    write_wrapper "$folder/bin/mysqlbinlog" "${RUN[@]}" "$BINLOG_TOOL" --no-defaults
    if wait_for 60 mysql_answers_or_died "$folder" && is_running "$folder/pid"; then
      echo "$port" >"$folder/port"
      write_mysql_env "$name" "$folder" "$port"
      say "$FLAVOR $SERVER_VERSION on 127.0.0.1:$port"
      return 0
    fi
    stop_process "$folder/pid" KILL
    # The port may have been taken between the question and the start.
    if [ "$attempt" = 3 ] || [ -f "$folder/port" ] || ! grep -q 'port.*in use\|Address already in use' "$folder/error.log"; then break; fi
    mv "$folder/error.log" "$folder/error.log.$attempt"
  done
  warn "$FLAVOR $SERVER_VERSION did not start:"
  grep -E 'ERROR|unknown' "$folder/error.log" | tail -n 5 | sed 's/^/  detail: /' >&2
  die 69 "the $name server does not start" "its log: $folder/error.log (kept with --keep)"
}

mysql_answers_or_died() { ! is_running "$1/pid" || "$1/bin/mysql" -e 'DO 1'; }

write_wrapper() {
  local file=$1
  shift
  printf '#!/bin/sh\nexec %s "$@"\n' "$(printf '%q ' "$@")" >"$file"
  chmod +x "$file"
}
# root over the socket, whatever MYSQL_* and MARIADB_* the environment holds (MariaDB 11 takes its host from there).
write_mysql_client() {
  write_wrapper "$1" env -u MYSQL_HOST -u MARIADB_HOST -u MYSQL_TCP_PORT -u MYSQL_PWD "${RUN[@]}" "$2" --no-defaults --user=root \
    --protocol=socket --socket="$3/mysql.sock" --default-character-set=utf8mb4
}

write_mysql_env() {
  local name=$1 folder=$2 prefix=MYSQL
  [ "$name" = mysql ] || prefix=MARIADB
  {
    printf 'export %s=%q\n' "${prefix}_HOST" 127.0.0.1 "${prefix}_PORT" "$3" "${prefix}_USER" "$SANDBOX_USER" \
      "${prefix}_PASSWORD" "$SANDBOX_PASSWORD" "${prefix}_SOCKET" "$folder/mysql.sock" "${prefix}_CLIENT" "$folder/bin/mysql" \
      "${prefix}_BINLOG" "$folder/bin/mysqlbinlog" "${prefix}_DATA" "$folder/data" "${prefix}_FLAVOR" "$FLAVOR" \
      "${prefix}_VERSION" "$SERVER_VERSION"
  } >"$folder/env"
}
