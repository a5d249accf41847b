#!/usr/bin/env python3
"""Writes to MySQL at a steady rate while a pipe copies it, and tells how long a row takes until it is seen in the target,
from when its INSERT was sent, so that the source's own commit is in it: apply_delay.py RATE SECONDS QUERY-COMMAND...

$MYSQL_CLIENT writes table delay.t in transactions of ten rows. QUERY-COMMAND reads SQL on its standard input, a statement a
line, and answers each with one line at once. Prints the median, 99 % and the longest, in milliseconds."""

import os
import shlex
import subprocess
import sys
import threading
import time

RATE, SECONDS = int(sys.argv[1]), float(sys.argv[2])
ROWS = 10


class Lines:
    """A program that answers each line with a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.output = os.fdopen(os.dup(self.process.stdout.fileno()), "r")

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        answer = self.output.readline()
        if not answer:
            sys.exit("the query command ended")
        return answer.strip()


committed = []  # (last id, time when its statement was sent)


def write():
    # -n: the client tells each answer at once.
    source = Lines(shlex.split(os.environ["MYSQL_CLIENT"]) + ["-BNn", "delay"])
    begin, number = time.monotonic(), 0
    while time.monotonic() - begin < SECONDS:
        due = begin + number * ROWS / RATE
        time.sleep(max(0, due - time.monotonic()))
        values = ",".join("(%d,'some text of the row')" % (number * ROWS + i + 1) for i in range(ROWS))
        sent = time.monotonic()
        source.ask("INSERT INTO t VALUES %s; SELECT 1;" % values)
        committed.append(((number + 1) * ROWS, sent))
        number += 1
    source.process.kill()


target = Lines(sys.argv[3:])
writer = threading.Thread(target=write)
writer.start()
delays, seen, next_one = [], 0, 0
deadline = time.monotonic() + SECONDS + 30
while writer.is_alive() or next_one < len(committed):
    if time.monotonic() > deadline:
        sys.exit("rows are missing in the target: %d of %d" % (seen, committed[-1][0]))
    seen = int(target.ask("SELECT COALESCE(MAX(id), 0) FROM delay_t;"))
    now = time.monotonic()
    while next_one < len(committed) and committed[next_one][0] <= seen:
        delays.append((now - committed[next_one][1]) * 1000)
        next_one += 1
target.process.kill()
delays.sort()
rate = len(delays) * ROWS / SECONDS
print("%.0f rows/s, INSERT to visible row: median %.1f ms, 99 %% %.1f ms, longest %.1f ms" % (rate, delays[len(delays) // 2], delays[len(delays) * 99 // 100], delays[-1]))
