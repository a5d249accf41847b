"""The measuring part of scripts/bench-debezium: who brings the same rows from the binary log to Kafka, and for how many CPU seconds."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

ROWS = int(sys.argv[1])
WANTED = sys.argv[2:]
ENV = dict(os.environ, MYSQL_PWD=os.environ["MYSQL_PASSWORD"])
BROKERS = ENV["KAFKA_BOOTSTRAP"]
FOLDER = ENV["SANDBOX_DIR"] + "/connect"
TOPIC = "bench.bench.t"
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST_S = 1800

CONNECTOR = {
    "name": "bench",
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "tasks.max": "1",
    "database.hostname": ENV["MYSQL_HOST"],
    "database.port": ENV["MYSQL_PORT"],
    "database.user": ENV["MYSQL_USER"],
    "database.password": ENV["MYSQL_PASSWORD"],
    "database.server.id": "777",
    "topic.prefix": "bench",
    "table.include.list": "bench.t",
    "snapshot.mode": "no_data",
    "schema.history.internal": "io.debezium.storage.file.history.FileSchemaHistory",
    "schema.history.internal.file.filename": FOLDER + "/history",
    "driver.allowPublicKeyRetrieval": "true",
}
TUNED_CONNECTOR = {"max.batch.size": "8192", "max.queue.size": "65536", "poll.interval.ms": "50"}
TUNED_WORKER = {"producer.linger.ms": "20", "producer.batch.size": "1000000", "producer.buffer.memory": "67108864"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_properties(path, properties):
    with open(path, "w") as file:
        file.writelines("%s=%s\n" % entry for entry in properties.items())


def start_connect(schemas, tuned):
    """Kafka Connect with the connector, in the state that prepare() left."""
    worker = {
        "bootstrap.servers": BROKERS,
        "listeners": "http://127.0.0.1:%d" % free_port(),
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": schemas,
        "value.converter.schemas.enable": schemas,
        "offset.storage.file.filename": FOLDER + "/offsets",
        "offset.flush.interval.ms": "1000",
        "plugin.path": ENV["DEBEZIUM_HOME"] + "/plugins",
    }
    write_properties(FOLDER + "/worker.properties", worker | (TUNED_WORKER if tuned else {}))
    write_properties(FOLDER + "/connector.properties", CONNECTOR | (TUNED_CONNECTOR if tuned else {}))
    command = ["java", "-Xmx3g" if tuned else "-Xmx1g", "-XX:+UseG1GC", "-cp", ENV["DEBEZIUM_HOME"] + "/connect/*",
               "org.apache.kafka.connect.cli.ConnectStandalone", FOLDER + "/worker.properties", FOLDER + "/connector.properties"]
    with open(FOLDER + "/log", "wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def give_up(why):
    print("bench-debezium: error: " + why, file=sys.stderr)
    with open(FOLDER + "/log", errors="replace") as log:
        sys.stderr.writelines("  detail: " + line[:300] for line in log.readlines()[-10:])
    sys.exit(75)


def prepare():
    """The connector's offset and schema history at the place before the rows."""
    os.makedirs(FOLDER)
    connect = start_connect("false", False)
    deadline = time.monotonic() + 120
    while not (os.path.exists(FOLDER + "/offsets") and os.path.getsize(FOLDER + "/offsets") > 100):
        if connect.poll() is not None or time.monotonic() > deadline:
            connect.kill()
            give_up("Debezium did not reach the state before the rows")
        time.sleep(0.1)
    connect.terminate()
    connect.wait()
    for name in ("offsets", "history"):
        shutil.copy(FOLDER + "/" + name, FOLDER + "/" + name + ".before")


def records():
    """How many records the topic has."""
    listed = subprocess.run(["kcat-consume", "--quiet", "--brokers", BROKERS, "--list"], stdout=subprocess.PIPE, text=True, env=ENV, check=True)
    for line in listed.stdout.splitlines():
        fields = line.split()
        if fields and fields[0] == TOPIC:
            return int(fields[3]) - int(fields[2])
    return 0


def clear_topic():
    if records():
        subprocess.run([ENV["KAFKA_TOOLS"] + "/kafka-topics.sh", "--bootstrap-server", BROKERS, "--delete", "--topic", TOPIC],
                       stdout=subprocess.DEVNULL, check=True)
    while records():
        time.sleep(0.05)


def usage(pid):
    """CPU seconds so far and peak MB of a process."""
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rpartition(")")[2].split()
    with open("/proc/%d/status" % pid) as file:
        peak = next((int(line.split()[1]) for line in file if line.startswith("VmHWM:")), 0)
    return (int(fields[11]) + int(fields[12])) / TICKS, peak / 1024


def measure(children):
    """Until all rows are in Kafka: (seconds to the first record, to the last, CPU seconds to the first, to the last, sum of the
    peaks in MB)."""
    begin, first, cpu_first, spent = time.monotonic(), None, 0, {}
    while True:
        there = records()
        now = time.monotonic() - begin
        for child in children:
            if child.poll() is None:
                spent[child.pid] = usage(child.pid)
        if first is None and there:
            first, cpu_first = now, sum(cpu for cpu, _ in spent.values())
        if there >= ROWS:
            break
        if all(child.poll() is not None for child in children) or now > LONGEST_S:
            give_up("%d of %d rows reached Kafka" % (there, ROWS))
        time.sleep(0.05 if first is None else 0.2)
    for child in children:
        child.send_signal(signal.SIGTERM)
    for child in children:
        child.wait()
    return first, now, cpu_first, sum(cpu for cpu, _ in spent.values()), sum(peak for _, peak in spent.values())


def debezium(schemas, tuned):
    for name in ("offsets", "history"):
        shutil.copy(FOLDER + "/" + name + ".before", FOLDER + "/" + name)
    return measure([start_connect(schemas, tuned)])


def ours(schemas, position):
    stages = [["binlog-tail", "--quiet", "--host", ENV["MYSQL_HOST"], "--port", ENV["MYSQL_PORT"], "--user", ENV["MYSQL_USER"], "--tables",
               "bench.t", "--from", position],
              ["cdc-encode", "--quiet", "--topic-prefix", "bench"] + (["--no-schemas"] if schemas == "false" else []),
              ["kcat-produce", "--quiet", "--brokers", BROKERS, "--slot", "bench-" + schemas]]
    children, source = [], subprocess.DEVNULL
    for stage in stages:
        last = stage is stages[-1]
        child = subprocess.Popen(stage, stdin=source, stdout=subprocess.DEVNULL if last else subprocess.PIPE, env=ENV)
        if source is not subprocess.DEVNULL:
            source.close()
        source = child.stdout
        children.append(child)
    return measure(children)


def position_now():
    answer = subprocess.run(ENV["MYSQL_CLIENT"].split() + ["-N", "-B", "-e", "SHOW BINARY LOG STATUS"], stdout=subprocess.PIPE, text=True, check=True)
    return ":".join(answer.stdout.split("\t")[:2])


prepare()
before = position_now()
subprocess.run(ENV["FILL_BENCH"].split(), check=True)
print("%d rows from the binary log of MySQL %s into one topic of Kafka; the ratio is of rows a CPU second, to Debezium tuned" %
      (ROWS, ENV["MYSQL_VERSION"]))
for schemas in ("false", "true"):
    tuned_rate = None
    for name, run in (("Debezium, tuned", lambda: debezium(schemas, True)), ("Debezium, default", lambda: debezium(schemas, False)),
                      ("binlog-tail | cdc-encode | kcat-produce", lambda: ours(schemas, before))):
        label = name + (", with schemas" if schemas == "true" else "")
        if WANTED and not any(wanted in label or (wanted == "ours" and "binlog-tail" in label) for wanted in WANTED):
            continue
        clear_topic()
        first, seconds, cpu_first, cpu, peak = run()
        rate = ROWS / cpu
        tuned_rate = rate if "tuned" in name else tuned_rate
        print("%-54s %7.1f s %8.0f rows/s  %6.1f s CPU %8.0f rows/CPU s %6s  %6.0f MB  first record after %.2f s and %.1f s CPU" %
              (label, seconds, ROWS / seconds, cpu, rate, "%.1f x" % (rate / tuned_rate) if tuned_rate else "", peak, first, cpu_first))
        sys.stdout.flush()
