"""The measuring part of scripts/bench: runs pipes and takes the resources of each process from the kernel."""

import glob
import os
import subprocess
import sys
import time

ROWS = int(sys.argv[1])
ENV = dict(os.environ, MYSQL_PWD=os.environ["MYSQL_PASSWORD"])
SERVER = ["--host", ENV["MYSQL_HOST"], "--port", ENV["MYSQL_PORT"], "--user", ENV["MYSQL_USER"], "--tables", "bench.t"]
LOGS = sorted(glob.glob(ENV["MYSQL_DATA"] + "/binlog.[0-9]*"))
LOG_BYTES = sum(os.path.getsize(name) for name in LOGS)


def run(stages, source=subprocess.DEVNULL):
    """Runs a pipe to its end, its output to /dev/null; returns (seconds, [(name, CPU seconds, peak MB)])."""
    start = time.monotonic()
    children = []
    for index, stage in enumerate(stages):
        last = index == len(stages) - 1
        child = subprocess.Popen(stage, stdin=source, stdout=subprocess.DEVNULL if last else subprocess.PIPE, env=ENV)
        if index:
            source.close()
        source = child.stdout
        children.append((stage[0], child))
    return reap(children, start)


def peak_kb(pid):
    """High-water mark of a process's memory. The kernel's own figure at its end also counts what ran before its exec."""
    try:
        with open("/proc/%d/status" % pid) as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def reap(children, start):
    """Waits for all; returns (seconds until the last ended, [(name, CPU seconds, peak MB)])."""
    peaks, ended = {}, {}
    while len(ended) < len(children):
        for name, child in children:
            if child.pid in ended:
                continue
            peaks[child.pid] = max(peaks.get(child.pid, 0), peak_kb(child.pid))
            pid, status, resources = os.wait4(child.pid, os.WNOHANG)
            if pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                ended[pid] = resources.ru_utime + resources.ru_stime
                if child.returncode != 0:
                    sys.exit("bench: error: %s ended with status %d" % (name, child.returncode))
        time.sleep(0.002)
    seconds = time.monotonic() - start
    return seconds, [(os.path.basename(name), ended[child.pid], peaks[child.pid] / 1024) for name, child in children]


def first_row_ms(command):
    """Milliseconds from the start of a program to its first row."""
    best = None
    for _ in range(5):
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENV)
        for line in child.stdout:
            if line.startswith(b'{"op"'):
                break
        taken = (time.monotonic() - start) * 1000
        child.kill()
        child.wait()
        best = taken if best is None else min(best, taken)
    return best


def encode_alone(name, command, lines):
    """One stage from a file of change lines: rows and output by its own CPU seconds, which other work does not change."""
    with open(lines, "rb") as source:
        written = subprocess.run(["sh", "-c", '"$@" | wc -c', "sh"] + command, stdin=source, stdout=subprocess.PIPE, env=ENV)
    with open(lines, "rb") as source:
        seconds, usage = run([command], source)
    cpu = usage[0][1]
    print("%-34s %7.2f s %10.0f rows/s %7.0f MB/s of output, %.2f s CPU: %.0f rows and %.0f MB a CPU second, %.1f MB" %
          (name, seconds, ROWS / seconds, int(written.stdout) / 1e6 / seconds, cpu, ROWS / cpu, int(written.stdout) / 1e6 / cpu,
           usage[0][2]))
    sys.stdout.flush()


def idle_mb():
    """Memory of a reader to which nothing comes."""
    child = subprocess.Popen(["binlog-tail", "--quiet", "--heartbeat-ms", "100"] + SERVER, stdout=subprocess.PIPE, env=ENV)
    heartbeats = 0
    for line in child.stdout:
        heartbeats += line.startswith(b'{"@cdc":"heartbeat"')
        if heartbeats == 10:
            break
    peak = peak_kb(child.pid) / 1024
    child.terminate()
    child.stdout.read()
    child.wait()
    return peak


def latencies(rows_a_second, seconds):
    """Milliseconds from a commit, by the server's clock in the log, to the mark behind its rows: sorted."""
    mysql = ENV["MYSQL_CLIENT"].split()
    subprocess.run(mysql + ["bench", "-e", "CREATE TABLE IF NOT EXISTS late (id BIGINT PRIMARY KEY AUTO_INCREMENT, number INT, text VARCHAR(64))"],
                   check=True)
    server = SERVER[:-1] + ["bench.late"]
    reader = subprocess.Popen(["binlog-tail", "--quiet", "--from", "now"] + server, stdout=subprocess.PIPE, env=ENV)
    reader.stdout.readline()
    batch, found = 50, []
    insert = "INSERT INTO late (number, text) SELECT n, CONCAT('row ', n, ' of a table') FROM numbers WHERE n < %d;\n" % batch
    pause = batch / rows_a_second
    feed = ("import sys, time\nbegin = time.monotonic()\nfor i in range(%d):\n    print(%r, end='', flush=True)\n"
            "    time.sleep(max(0, begin + i * %r - time.monotonic()))\nprint(\"INSERT INTO late (id, number) VALUES (1000000000, -1);\")"
            % (int(seconds / pause), insert, pause))
    feeder = subprocess.Popen([sys.executable, "-c", feed], stdout=subprocess.PIPE)
    writer = subprocess.Popen(mysql + ["bench"], stdin=feeder.stdout)
    last = False
    for line in reader.stdout:
        if line.startswith(b'{"@cdc":"mark"'):
            now = time.time_ns() / 1e6
            at = line.index(b'"ts_us":') + 8
            found.append(now - int(line[at:line.index(b",", at)]) / 1e3)
            if last:
                break
        elif line.startswith(b'{"op"') and b'"id":1000000000,' in line:
            last = True
    reader.terminate()
    reader.stdout.read()
    for process in (reader, feeder, writer):
        process.wait()
    return sorted(found)


def report(name, stages, raw=None):
    seconds, usage = run(stages)
    ratio = "" if raw is None else "%6.1f x" % (seconds / raw)
    print("%-34s %7.2f s %10.0f rows/s %7.0f MB/s %8s" % (name, seconds, ROWS / seconds, LOG_BYTES / 1e6 / seconds, ratio))
    for stage, cpu, memory in usage:
        print("    %-30s %7.2f s CPU %7.1f MB" % (stage, cpu, memory))
    sys.stdout.flush()
    return seconds


tail_file = ["binlog-tail", "--quiet", "--tables", "bench.t"] + LOGS
tail_server = ["binlog-tail", "--quiet"] + SERVER + ["--from", "beginning", "--until", "now"]
encode = ["cdc-encode", "--quiet", "--topic-prefix", "bench", "--no-schemas"]
dump = [ENV["MYSQL_BINLOG"], "--read-from-remote-server", "--host", ENV["MYSQL_HOST"], "--port", ENV["MYSQL_PORT"], "--user",
        ENV["MYSQL_USER"], "--raw", "--to-last-log", "--result-file",
        ENV["SANDBOX_DIR"] + "/raw.", os.path.basename(LOGS[0])]

print("%d rows, %.0f MB of log in %d files, %s %s; the factor is to the raw dump above it" %
      (ROWS, LOG_BYTES / 1e6, len(LOGS), ENV["MYSQL_FLAVOR"], ENV["MYSQL_VERSION"]))
print("\nfrom the files, in the page cache")
subprocess.run(["cat"] + LOGS, stdout=subprocess.DEVNULL, check=True)
raw = report("raw: cat", [["cat"] + LOGS, ["cat"]])
report("binlog-tail", [tail_file], raw)
report("binlog-tail | cdc-encode", [tail_file, encode], raw)
report("mysqlbinlog -vv", [[ENV["MYSQL_BINLOG"], "-vv", "--base64-output=decode-rows"] + LOGS], raw)

print("\ncdc-encode alone, from a file of change lines in the page cache")
lines = ENV["SANDBOX_DIR"] + "/lines"
with open(lines, "wb") as file:
    subprocess.run(tail_file, stdout=file, env=ENV, check=True)
encode_alone("without schemas", encode, lines)
encode_alone("with schemas", encode[:-1], lines)
os.remove(lines)

print("\nfrom the server")
raw = report("raw: mysqlbinlog --raw, to disk", [dump])
for name in glob.glob(ENV["SANDBOX_DIR"] + "/raw.*"):
    os.remove(name)
report("binlog-tail", [tail_server], raw)
report("binlog-tail | cdc-encode", [tail_server, encode], raw)
if "KAFKA_BOOTSTRAP" in ENV:
    report("... | kcat-produce", [tail_server, encode, ["kcat-produce", "--quiet", "--brokers", ENV["KAFKA_BOOTSTRAP"]]], raw)

print("\nfirst row, from the start of the program, best of 5: %.0f ms from the files, %.0f ms from the server's log (--from beginning),"
      " %.0f ms from the server (snapshot)" %
      (first_row_ms(tail_file), first_row_ms(tail_server), first_row_ms(["binlog-tail", "--quiet"] + SERVER + ["--snapshot", "initial"])))
print("memory of a reader to which nothing comes: %.1f MB" % idle_mb())
found = latencies(50000, 10)
print("from the commit to the mark, %d transactions of 50 rows, 50,000 rows/s asked for: p50 %.2f ms, p99 %.2f ms, largest %.1f ms" %
      (len(found), found[len(found) // 2], found[len(found) * 99 // 100], found[-1]))
