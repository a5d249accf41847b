# shellcheck shell=bash
# The table that the benches capture. Source common.sh before; in a sandbox with mysql.

create_bench_table() {
  $MYSQL_CLIENT <<'SQL'
SET SESSION cte_max_recursion_depth = 10000;
CREATE DATABASE bench;
USE bench;
SET sql_log_bin = 0;
CREATE TABLE numbers (n INT PRIMARY KEY);
INSERT INTO numbers WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 999) SELECT n FROM s;
SET sql_log_bin = 1;
CREATE TABLE t (id BIGINT PRIMARY KEY, number INT, text VARCHAR(64), amount DECIMAL(12,2), at DATETIME(6), document JSON);
DELIMITER //
CREATE PROCEDURE fill(thousands INT)
BEGIN
  DECLARE i INT DEFAULT 0;
  WHILE i < thousands DO
    INSERT INTO t SELECT i * 1000 + n, n * 7919 % 100003, CONCAT('row ', i * 1000 + n, ' of the table, ', LEFT(SHA2(n, 256), 32)), (i * 1000 + n) * 0.37,
      TIMESTAMPADD(MICROSECOND, n * 1234567, '2024-01-01'), JSON_OBJECT('id', n, 'tags', JSON_ARRAY('a', 'b'), 'ok', TRUE) FROM numbers;
    SET i = i + 1;
  END WHILE;
END //
DELIMITER ;
SQL
}

fill_bench_table() { # ROWS, 1000 a transaction
  (($1 % 1000 == 0)) || die 64 "BENCH_ROWS cannot be $1" "a multiple of 1000"
  $MYSQL_CLIENT bench -e "CALL fill($(($1 / 1000)))"
}
