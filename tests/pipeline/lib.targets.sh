# shellcheck shell=bash
# Sourced by tests that bring the same rows to several databases: their names are sqlite, mysql, mariadb and postgresql.

target_url() { # TARGET
  case $1 in
    sqlite) echo sqlite:copy.db ;;
    mysql) echo "mysql://root:@localhost/copy?socket=$MYSQL_SOCKET" ;;
    mariadb) echo "mysql://root:@localhost/copy?socket=$MARIADB_SOCKET" ;;
    postgresql) echo "$POSTGRESQL_URL" ;;
  esac
}

# Rows with tabs between the columns, and NULL as NULL.
ask() { # TARGET SQL
  case $1 in
    sqlite) sqlite3 -separator $'\t' -nullvalue NULL copy.db "$2" ;;
    mysql) $MYSQL_CLIENT -BN copy -e "$2" ;;
    mariadb) $MARIADB_CLIENT -BN copy -e "$2" ;;
    postgresql) $POSTGRESQL_CLIENT -At -F $'\t' -P null=NULL -c "$2" ;;
  esac
}

new_target() { # TARGET: without any table
  case $1 in
    sqlite) rm -f copy.db* ;;
    mysql) $MYSQL_CLIENT -e 'DROP DATABASE IF EXISTS copy; CREATE DATABASE copy' ;;
    mariadb) $MARIADB_CLIENT -e 'DROP DATABASE IF EXISTS copy; CREATE DATABASE copy' ;;
    postgresql) $POSTGRESQL_CLIENT -c 'SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public' ;;
  esac
}

# The tables account and transfer hold what one run alone has put into those called …_once.
assert_as_once() { # TARGET WHAT
  local table
  for table in account transfer; do
    assert_equal "$2: rows of $table" "$(ask "$1" "SELECT COUNT(*) FROM ${table}_once")" "$(ask "$1" "SELECT COUNT(*) FROM $table")"
    assert_equal "$2: rows of $table that differ" 0 "$(ask "$1" "SELECT COUNT(*) FROM (SELECT * FROM $table EXCEPT SELECT * FROM ${table}_once) d")"
  done
}
