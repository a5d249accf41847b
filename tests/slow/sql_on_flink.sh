#!/usr/bin/env bash
# The same files on a real Flink and on cdc-sql, over the same Kafka topics: the documented job, and a join of two tables
# whose rows change. Both give the same rows in the end.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
# shellcheck source=tests/pipeline/lib.connector.sh
. "$CDC_SOURCE/tests/pipeline/lib.connector.sh"
need_tools binlog-tail cdc-encode kcat-produce kcat-consume cdc-sql
command -v java >/dev/null || { echo "Java is missing"; exit 77; }
with_servers mysql kafka

SERVERS=(--set "properties.bootstrap.servers=$KAFKA_BOOTSTRAP" --set scan.bounded.mode=latest-offset)

capture() { # DATABASE
  write_connector "$1" topic.prefix=mysql "database.include.list=$1" time.precision.mode=connect
  binlog-tail --quiet --connector connector.properties --until now "${@:2}" | cdc-encode --quiet --connector connector.properties |
    kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
}
# The rows that are left of a table of changes, as the SQL client prints it.
left_of() {
  python3 -c '
import collections, sys
rows = collections.Counter()
for line in sys.stdin:
    kind, _, row = line.partition(" | ")
    if line.startswith("| ") and kind[2:] in ("+I", "+U", "-U", "-D"):
        rows[row.strip()] += 1 if kind[2] == "+" else -1
assert all(count >= 0 for count in rows.values()), rows
for row in sorted(rows.elements()):
    print(row)'
}
on_both() { # FILE [ARGUMENT OF CDC-SQL...]
  "$CDC_SOURCE/scripts/sql-on-flink" "${SERVERS[@]}" "$1" >flink.out 2>flink.err || { tail -n 20 flink.err; fail "Flink, $1"; }
  cdc-sql --quiet --kafka --output tableau "${SERVERS[@]}" -f "$1" "${@:2}" >ours.out
  left_of <flink.out >flink.rows
  left_of <ours.out >ours.rows
  assert_same_file "rows of $1" flink.rows ours.rows
}

test_a_join_of_changing_tables() {
  $MYSQL_CLIENT -e "CREATE DATABASE shop; USE shop; CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40), city VARCHAR(40));
    CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT, amount DECIMAL(10,2), placed_at DATETIME(3));
    INSERT INTO customers VALUES (1, 'Ann', 'Oslo'), (2, 'Bo', 'Rome'), (3, 'Cy', NULL)"
  for i in {1..200}; do
    echo "INSERT INTO orders VALUES ($i, $((i % 5)), $i.25, '2024-05-01 10:00:00' + INTERVAL $i MINUTE);"
    ((i % 7)) || echo "UPDATE orders SET amount = amount * 2, customer_id = $((i % 3)) WHERE id = $((i - 3)); DELETE FROM orders WHERE id = $((i - 5));"
    ((i % 50)) || echo "UPDATE customers SET city = 'City $i' WHERE id = 2; BEGIN; DELETE FROM customers WHERE id = 3; INSERT INTO customers VALUES (3, 'Cy $i', 'Bern'); COMMIT;"
  done | $MYSQL_CLIENT shop
  capture shop
  cat >join.sql <<'SQL'
CREATE TABLE customers (id INT, name STRING, city STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'kafka', 'topic' = 'mysql.shop.customers', 'properties.group.id' = 'join',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'debezium-json'
);
CREATE TABLE orders (id INT, customer_id INT, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'kafka', 'topic' = 'mysql.shop.orders', 'properties.group.id' = 'join',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'debezium-json'
);
SELECT c.name, c.city, COUNT(o.id) AS orders, SUM(o.amount) AS total, MAX(o.amount) AS highest
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
GROUP BY c.name, c.city;
SQL
  on_both join.sql
  assert_equal "rows" 3 "$(wc -l <ours.rows)"
}

test_the_documented_job() {
  $MYSQL_CLIENT -e "CREATE DATABASE mydatabase; USE mydatabase; CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(100), email VARCHAR(100), created_at DATETIME(3));
    INSERT INTO users VALUES (1, 'Ann', 'ann@example.org', '2024-01-01 00:00:01.5'), (2, 'Bo', NULL, '2024-01-01 00:00:02'), (3, 'Cy', 'cy@example.org', NOW(3))"
  $MYSQL_CLIENT mydatabase -e "UPDATE users SET email = 'bo@example.org' WHERE id = 2; DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (4, 'Dé', 'de@example.org', '2024-02-29 12:00:00')"
  capture mydatabase
  # Timestamps leave the connector as numbers, and Flink reads text only: what the document leaves out.
  sed -e 's/created_at TIMESTAMP(3),/created_at BIGINT/' -e '/WATERMARK/d' "$CDC_SOURCE/scripts/examples/cdc-to-console.sql" >job.sql
  on_both job.sql
  assert_equal "rows" 3 "$(wc -l <ours.rows)"
}

run_tests
