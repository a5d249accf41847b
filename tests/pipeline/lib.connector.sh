# shellcheck shell=bash
# Sourced by tests that run a pipe from the sandbox's MySQL with a connector file.

# write_connector NAME PROPERTY=VALUE...: connector.properties here, with plain JSON and decimals as text.
write_connector() {
  cat >connector.properties <<CONF
name=$1
connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=$MYSQL_HOST
database.port=$MYSQL_PORT
database.user=$MYSQL_USER
database.password=\${MYSQL_PASSWORD}
database.server.id=$((RANDOM + 10000))
decimal.handling.mode=string
key.converter.schemas.enable=false
value.converter.schemas.enable=false
CONF
  printf '%s\n' "${@:2}" >>connector.properties
}
