#!/usr/bin/env bash
# Kafka → cdc-sql with a join and an aggregate → Kafka while any stage is killed at any moment: each result is there once.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
need_tools cdc-sql kcat-produce kcat-consume
with_servers kafka
KILLS=${KILLS:-30}

write_job() {
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf
  cat >job.sql <<SQL
CREATE TABLE orders (id INT, customer INT, amount INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'k.orders',
  'format' = 'debezium-json', 'scan.startup.mode' = 'earliest-offset', 'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP');
CREATE TABLE customers (id INT, city STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'k.customers',
  'format' = 'debezium-json', 'scan.startup.mode' = 'earliest-offset', 'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP');
SELECT city, COUNT(*) AS n, SUM(amount) AS total FROM orders JOIN customers ON customer = customers.id GROUP BY city;
SQL
}

# Changes of orders and customers, until SIGTERM: lines for kcat-produce, also kept in a file.
keep_changing() { # SEED FILE
  python3 -u - "$1" "$2" <<'PYTHON'
import json, random, signal, sys, time
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))  # a batch is whole here and in the file
rng, kept = random.Random(int(sys.argv[1])), open(sys.argv[2], "w")
rows, ids = {"orders": {}, "customers": {}}, 0
def change(table, key, new):
    old = rows[table].pop(key, None)
    if new is not None:
        rows[table][key] = new
    op = "d" if new is None else "u" if old else "c"
    line = json.dumps({"topic": "k." + table, "key": {"id": key}, "payload": {"before": old, "after": new, "op": op}}) + "\n"
    sys.stdout.write(line)
    kept.write(line)
def customer(key):
    return {"id": key, "city": rng.choice(["Oslo", "Rome", "Bonn", "Lima"])}
for key in range(1, 21):
    change("customers", key, customer(key))
while not stopped:
    for _ in range(20):
        ids += 1
        change("orders", ids, {"id": ids, "customer": rng.randint(1, 22), "amount": rng.randint(1, 100)})
        if rng.random() < 0.5 and len(rows["orders"]) > 50:
            change("orders", rng.choice(list(rows["orders"])), None)
    change("customers", (key := rng.randint(1, 22)), customer(key))
    sys.stdout.flush()
    kept.flush()
    time.sleep(0.01)  # the rate
PYTHON
}

keep_feeding() { keep_changing "$@" | kcat-produce --quiet --config kafka.conf; }

pipeline() {
  cdc-sql --kafka --quiet --checkpoint state --checkpoint-interval "${INTERVAL:-1}" --slot view --resume-from kafka:kafka.conf \
    --as k.result -f job.sql "$@" | kcat-produce --quiet --config kafka.conf
}

# Each record of the result says what was before it: a result that is missing or there twice does not fit.
check_result() { # INPUT-LINES RESULT-LINES
  python3 - "$1" "$2" <<'PYTHON'
import json, sys
rows, result, records = {"k.orders": {}, "k.customers": {}}, {}, 0
for line in open(sys.argv[1]):
    line = json.loads(line)
    rows[line["topic"]].pop(line["key"]["id"], None)
    if line["payload"]["after"]:
        rows[line["topic"]][line["key"]["id"]] = line["payload"]["after"]
for line in open(sys.argv[2]):
    line = json.loads(line)
    if "@cdc" in line:
        continue
    records += 1
    city, payload = line["key"]["city"], line["payload"]
    if payload["before"] != result.get(city):
        sys.exit("record %d: before is %s, and the one before it left %s" % (records, payload["before"], result.get(city)))
    result.pop(city, None)
    if payload["after"]:
        result[city] = payload["after"]
wanted = {}
for order in rows["k.orders"].values():
    customer = rows["k.customers"].get(order["customer"])
    if customer:
        group = wanted.setdefault(customer["city"], {"city": customer["city"], "n": 0, "total": 0})
        group["n"] += 1
        group["total"] += order["amount"]
if result != wanted:
    sys.exit("result %s\nwanted %s" % (result, wanted))
print("%d records, each once; in the end %s" % (records, list(result.values())))
PYTHON
}

test_killed_at_random_moments_each_result_is_there_once() {
  local seed=${SEED:-$RANDOM} round group feed complaints
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  write_job
  set -m
  keep_feeding "$seed" input &
  feed=$!
  set +m
  await 60 "the topics" sh -c "kcat-consume --quiet -F kafka.conf --list | grep -q k.customers"
  for round in $(seq "$KILLS"); do
    set -m
    INTERVAL=$((RANDOM % 2)) pipeline 2>>errors &
    group=$!
    set +m
    # The moment is the test's input, not a wait for a condition.
    read -rt "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))" <> <(:) || true
    kill_one_of "$group" kcat-consume cdc-sql kcat-produce
  done
  # The generator ends; what it wrote goes into Kafka.
  pkill -TERM -g "$feed" -x python3 || true
  wait "$feed" || true
  echo "$round kills; $(find state -name 'checkpoint-*' | wc -l) checkpoints are there; said: $(sort errors | uniq -c | sort -rn | head -n 6)"
  complaints=$(grep -E 'has no checkpoint|no whole checkpoint|another query|damaged|at or before|cannot be compared' errors || true)
  assert_equal "complaints about checkpoints" "" "$complaints"
  pipeline --set scan.bounded.mode=latest-offset
  kcat-consume --quiet -F kafka.conf --until end k.result >result
  check_result input result || fail "the results are wrong"
}

run_tests
