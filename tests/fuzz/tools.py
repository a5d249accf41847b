#!/usr/bin/env python3
"""Random damage to good inputs: a tool ends with one of its own statuses and one message, never with a signal, a finding of
the sanitizers, status 70 (our bug) or without end.

CDC_FUZZ_SECONDS (default 3): time for each target. CDC_FUZZ_SEED: printed, for the same run again. CDC_FUZZ_TARGET: only one.
An input that was not survived is kept in the build folder under fuzz/.
"""

import glob
import gzip
import os
import random
import re
import subprocess
import sys
import time

SOURCE, BUILD = os.environ["CDC_SOURCE"], os.environ["CDC_BUILD"]
SECONDS = float(os.environ.get("CDC_FUZZ_SECONDS", "3"))
SEED = int(os.environ.get("CDC_FUZZ_SEED", random.randrange(1 << 32)))
# 75 may come with a warning or in silence: the tool that died has said why.
# sysexits of common/exit_status.h without 70; 141 is the end of a reader that stopped.
GOOD = {0, 64, 65, 66, 69, 73, 74, 75, 76, 77, 78}
TIMEOUT = 20


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read()


def files(*patterns):
    names = [name for pattern in patterns for name in sorted(glob.glob(os.path.join(SOURCE, "tests", pattern), recursive=True))]
    return [read(name) for name in names]


def binlogs():
    # The first kilobytes of a log have all kinds of events and cost little.
    return [data[:20000] for data in files("data/binlog/*/*.binlog.gz")]


SQL = files("../scripts/examples/*.sql", "sql/*.test", "golden/cdc-sql/*/*.sql")
CONNECTORS = files("../scripts/examples/*.json", "golden/**/*.properties", "data/debezium/*/config.json")
LINES = files("golden/cdc-encode/*/input", "golden/cdc-apply/*/input", "golden/cdc-sql/*/input*")
JOB = os.path.join(SOURCE, "scripts/examples/shop-revenue.sql")

# Name: seeds, command. {} stands for a file with the input; without it the input is on stdin.
TARGETS = {
    "binlog-files": (binlogs(), ["binlog-tail", "--quiet", "{}"]),
    "change-lines": (LINES, ["cdc-encode", "--quiet", "--topic-prefix", "p"]),
    "apply-lines": (LINES, ["cdc-apply", "--quiet", "-"]),
    "sql-records": (LINES, ["cdc-sql", "--quiet", "--format-detect", "-f", JOB]),
    "sql-text": (SQL, ["cdc-sql", "--quiet", "--explain", "-f", "{}"]),
    "connectors": (CONNECTORS, ["cdc-encode", "--quiet", "--connector", "{}"]),
}


def mutate(data, random_source):
    """One to four damages: bits, bytes, cuts, copies, numbers at their limits, words of the input elsewhere."""
    data = bytearray(data)
    for _ in range(random_source.randint(1, 4)):
        if not data:
            return bytes(data)
        at = random_source.randrange(len(data))
        kind = random_source.randrange(8)
        length = min(random_source.choice([1, 2, 4, 8, 30, 200]), len(data) - at)
        if kind == 0:
            data[at] ^= 1 << random_source.randrange(8)
        elif kind == 1:
            data[at] = random_source.choice([0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x7D, 0x0A])
        elif kind == 2:
            del data[at:at + length]
        elif kind == 3:
            data[at:at] = data[at:at + length] * random_source.choice([1, 2, 50])
        elif kind == 4:
            del data[at:]
        elif kind == 5:
            other = random_source.randrange(len(data))
            data[at:at + length] = data[other:other + length]
        elif kind == 6:
            numbers = list(re.finditer(rb"\d+", data))
            if numbers:
                where = random_source.choice(numbers)
                data[where.start():where.end()] = random_source.choice(
                    [b"0", b"-1", b"255", b"2147483648", b"9223372036854775808", b"18446744073709551616", b"1e999", b"00"])
        else:
            data[at:at] = random_source.choice([b"null", b"{}", b"[[[[", b'"', b"\\u0000", b"\xff\xfe", b"'", b"/*", b"${X}", b"(" * 300])
    return bytes(data)


def run(command, data, path):
    with open(path, "wb") as file:
        file.write(data)
    words = [path if word == "{}" else word for word in command]
    with open(path if "{}" not in command else os.devnull, "rb") as stdin:
        try:
            done = subprocess.run(words, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return "no end within %d s" % TIMEOUT
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode not in GOOD:
        return "status %d: %s" % (done.returncode, errors[-2000:])
    if "runtime error" in errors or "Sanitizer" in errors:
        return errors[-2000:]
    if done.returncode not in (0, 75) and ": error: " not in errors:
        return "status %d without a message" % done.returncode
    return None


def main():
    print("  seed %d, %g s a target" % (SEED, SECONDS))
    failed = False
    for name, (seeds, command) in TARGETS.items():
        if os.environ.get("CDC_FUZZ_TARGET", name) != name:
            continue
        random_source = random.Random("%d %s" % (SEED, name))
        end, count, found = time.monotonic() + SECONDS, 0, None
        while time.monotonic() < end and not found:
            data = mutate(random_source.choice(seeds), random_source)
            found = run(command, data, os.path.join(os.environ.get("TMPDIR", "/tmp"), "input"))
            count += 1
        if found:
            os.makedirs(os.path.join(BUILD, "fuzz"), exist_ok=True)
            kept = os.path.join(BUILD, "fuzz", "%s-%d-%d" % (name, SEED, count))
            with open(kept, "wb") as file:
                file.write(data)
            print("  input kept: %s\n  command: %s\n  %s" % (kept, " ".join(command), found))
            failed = True
        print("%s - %s: %d inputs" % ("not ok" if found else "ok", name, count))
        sys.stdout.flush()
    sys.exit(failed)


main()
