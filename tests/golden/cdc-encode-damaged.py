#!/usr/bin/env python3
"""Damaged input ends cdc-encode with a message and a status of its own, never otherwise; what it wrote before is whole lines.

The recorded change lines are cut, their bytes changed, lines left out or doubled, from a fixed seed.
"""

import glob
import gzip
import os
import random
import re
import subprocess
import sys

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "debezium", "lines")
ALLOWED = {0, 65, 75, 76}


def damaged(lines, chance):
    lines = list(lines)
    for _ in range(chance.randint(1, 3)):
        i = chance.randrange(len(lines))
        kind, line = chance.randrange(5), lines[i]
        at = chance.randrange(max(1, len(line)))
        if kind == 0:
            lines[i] = line[:at]
        elif kind == 1:
            lines[i] = line[:at] + bytes([chance.choice(b'"\\{}[],:0-9anull\x00\xff')]) + line[at + 1:]
        elif kind == 2:
            del lines[i]
        elif kind == 3:
            lines.insert(i, line)
        else:
            lines[i] = line[:at] + line[at + chance.randint(1, 9):]
        if not lines:
            break
    return lines


def main():
    chance, faults, runs = random.Random(11), 0, 0
    for path in sorted(glob.glob(os.path.join(DATA, "*", "*.gz"))):
        with gzip.open(path) as file:
            lines = [line for line in file.read().split(b"\n")[:-1] if len(line) < 20000]
        for _ in range(6):
            text = b"\n".join(damaged(lines, chance)) + chance.choice([b"\n", b""])
            run = subprocess.run(["cdc-encode", "--topic-prefix", "p", "--no-schemas"], input=text, capture_output=True,
                                 check=False)
            runs += 1
            fault = None
            if run.returncode not in ALLOWED:
                fault = "status %d: %s" % (run.returncode, run.stderr[-300:].decode("utf-8", "replace"))
            elif run.returncode != 0 and not run.stderr:
                fault = "status %d without a message" % run.returncode
            else:
                lines_out = run.stdout.split(b"\n")
                broken = [line for line in lines_out[:-1] if not re.match(rb'{"(@cdc|@len)":.*}$', line, re.S)]
                if broken or lines_out[-1]:
                    fault = "wrote a line that is not whole: %r" % (broken + lines_out[-1:])[0][:200]
            if fault:
                faults += 1
                print("%s, run %d: %s" % (os.path.basename(path), runs, fault))
    print("%s - %d damaged inputs" % ("not ok" if faults else "ok", runs))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
