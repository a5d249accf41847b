#!/usr/bin/env python3
"""Logs cut at many lengths, and logs with changed bytes under checksums made right again: binlog-tail either reads them
or refuses them with a message, and never dies. (With the sanitized build this finds every read outside.)"""
import gzip
import os
import random
import struct
import subprocess
import sys
import zlib

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "binlog")
RUNS = int(os.environ.get("DAMAGED_RUNS", "4"))
rand = random.Random(int(os.environ.get("DAMAGED_SEED", "1")))


def events(log):
    at, found = 4, []
    while at < len(log):
        size = struct.unpack_from("<I", log, at + 9)[0]
        found.append((at, size))
        at += size
    return found


def run(log, what):
    done = subprocess.run(["binlog-tail", "--quiet", "-"], input=bytes(log), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    message = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 65, 66) or (done.returncode != 0) != message.startswith("binlog-tail: error: "):
        return ["%s: status %d: %s" % (what, done.returncode, message[:2000])]
    lines = done.stdout.split(b"\n")
    if lines[-1] != b"" or (len(lines) > 1 and not lines[-2].startswith(b'{"@cdc":"end"')):
        return ["%s: the output does not end with an end line: %r" % (what, lines[-1][:200])]
    return []


failed = 0
for server in sorted(os.listdir(DATA)):
    faults = []
    for file in sorted(f for f in os.listdir(os.path.join(DATA, server)) if f.endswith(".binlog.gz")):
        log = gzip.open(os.path.join(DATA, server, file)).read()
        places = events(log)
        for _ in range(RUNS):
            length = rand.randrange(len(log))
            faults += run(log[:length], "%s cut after %d bytes" % (file, length))
        for _ in range(2 * RUNS):
            at, size = rand.choice(places[1:])
            changed, bodies = bytearray(log), range(at + 19, at + size - 4)
            if not bodies:
                continue
            place = rand.choice(bodies)
            changed[place] ^= rand.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
            struct.pack_into("<I", changed, at + size - 4, zlib.crc32(bytes(changed[at:at + size - 4])))
            faults += run(changed, "%s with byte %d changed" % (file, place))
    for fault in faults[:5]:
        print("  " + fault)
    failed += bool(faults)
    print(("not ok - " if faults else "ok - ") + server)
sys.exit(1 if failed else 0)
