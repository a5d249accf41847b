"""The measuring part of scripts/bench-sql: the same SQL by cdc-sql and by Flink, with the CPU seconds and memory of each process."""

import glob
import os
import re
import subprocess
import sys
import time

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = sys.argv[1]
FLINK = "--no-flink" not in sys.argv
WANTED = [word for word in sys.argv[2:] if not word.startswith("--")]
SINK = "CREATE TABLE sink WITH ('connector' = 'blackhole') AS\n"


def run(command, **environment):
    """(seconds, CPU seconds, peak MB) of a command with all that it started and waited for."""
    start = time.monotonic()
    with open(FOLDER + "/log", "wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, **environment))
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    # The SQL client ends with 0 also after an error.
    with open(FOLDER + "/log", errors="replace") as log:
        text = log.read()
    if child.returncode != 0 or "[ERROR]" in text:
        sys.exit("bench-sql: error: %s ended with status %d\n%s" % (" ".join(command), child.returncode, text[-2000:]))
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def script(text):
    path = FOLDER + "/query.sql"
    with open(path, "w") as file:
        file.write(text)
    return path


def flink(path):
    return run([SCRIPTS + "/sql-on-flink", path], FLINK_HEAP="4g")


def ours(path, *options):
    return run(["cdc-sql", "--quiet", "-f", path, *options])


def lines_of(name):
    with open("%s/%s.ndjson" % (FOLDER, name), "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def queries(suite):
    names = [os.path.basename(path)[:-4] for path in glob.glob("%s/bench-queries/%s/*[0-9].sql" % (SCRIPTS, suite))]
    return [name for name in sorted(names, key=lambda name: int(name[1:])) if not WANTED or name in WANTED]


def compare(suite, title, inputs):
    """`inputs`: the files by the name that stands in the queries' tables."""
    with open("%s/bench-queries/%s/tables.sql" % (SCRIPTS, suite)) as file:
        tables = file.read()
    counts = {name.lower(): lines_of(name.lower()) for name in inputs}
    for name in inputs:
        tables = tables.replace("${%s}" % name, "%s/%s.ndjson" % (FOLDER, name.lower()))
    print("\n%s: %s; events a CPU second, without that of a start" % (title, ", ".join("%d %s" % (n, name) for name, n in counts.items())))
    empty = script(SINK + "SELECT 1 AS a;\n")
    start_ours, start_flink = ours(empty)[1], flink(empty)[1] if FLINK else 0
    for name in queries(suite):
        with open("%s/bench-queries/%s/%s.sql" % (SCRIPTS, suite, name)) as file:
            query = file.read()
        events = sum(n for table, n in counts.items() if len(counts) == 1 or re.search(r"\b%s\b" % table, query))
        path = script(tables + SINK + query.rstrip() + ";\n")
        seconds, cpu, peak = ours(path)
        rate = events / (cpu - start_ours)
        line = "%-4s cdc-sql %9.0f events/CPU s %6.1f s %6.1f s CPU %6.0f MB" % (name, rate, seconds, cpu, peak)
        if FLINK:
            seconds, cpu, peak = flink(path)
            theirs = events / (cpu - start_flink)
            line += "   Flink %8.0f events/CPU s %6.1f s %6.1f s CPU %6.0f MB  %5.1f x" % (theirs, seconds, cpu, peak, rate / theirs)
        print(line)
        sys.stdout.flush()


def state_growth():
    """An aggregate by key whose keys are as many as the rows: what a key costs, and whether the pace holds."""
    print("\nan aggregate with as many keys as rows, from datagen")
    for keys in (int(word) for word in os.environ["BENCH_KEYS"].split(",")):
        source = ("CREATE TABLE numbers (k BIGINT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '%d', 'rows-per-second' = '1000000000',"
                  " 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '%d');\n" % (keys, keys))
        aggregate = ours(script(source + SINK + "SELECT k, COUNT(*) AS n, SUM(v) AS s FROM numbers GROUP BY k;\n"))
        rows_alone = ours(script(source + SINK + "SELECT k, v FROM numbers;\n"))
        print("%10d keys %9.0f rows/CPU s %6.1f s CPU %7.0f MB, %4.0f bytes a key; the rows alone %6.1f s CPU" %
              (keys, keys / aggregate[1], aggregate[1], aggregate[2], (aggregate[2] - rows_alone[2]) * 1e6 / keys, rows_alone[1]))
        sys.stdout.flush()


def state_on_disk():
    """An aggregate whose keys come at random, with all its state in memory and with a quarter of it: what the disk costs."""
    print("\nan aggregate of random keys, with all state in memory and with a quarter of that")
    for keys in (int(word) for word in os.environ["BENCH_KEYS"].split(",")):
        rows = 2 * keys
        source = ("CREATE TABLE numbers (k BIGINT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '%d', 'rows-per-second' = '1000000000',"
                  " 'fields.k.min' = '1', 'fields.k.max' = '%d');\n" % (rows, keys))
        query = script(source + SINK + "SELECT k, COUNT(*) AS n, SUM(v) AS s FROM numbers GROUP BY k;\n")
        whole = ours(query)
        memory = max(1, int(whole[2] / 4))
        spilled = ours(query, "--memory", "%dM" % memory)
        print("%10d keys, %d rows: %9.0f rows/CPU s %6.1f s %7.0f MB; --memory %dM %9.0f rows/CPU s %6.1f s %7.0f MB" %
              (keys, rows, rows / whole[1], whole[0], whole[2], memory, rows / spilled[1], spilled[0], spilled[2]))
        sys.stdout.flush()


compare("nexmark", "Nexmark", ["EVENTS"])
compare("orders", "changes of orders", ["CUSTOMER", "ORDERS", "LINEITEM"])
if not WANTED:
    state_growth()
    state_on_disk()
    print("\nstart to end of an empty script, best of 5: %.0f ms" % min(1000 * ours(script(SINK + "SELECT 1 AS a;\n"))[0] for _ in range(5)))
