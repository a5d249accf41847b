#!/usr/bin/env python3
"""A log without column names (binlog_row_metadata=MINIMAL) gives the same rows as the log of the same statements with
them: the definitions then come from the statements alone."""
import gzip
import os
import subprocess
import sys

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "binlog")


def rows(path, folder):
    """What is before the clock and the position in each row's line."""
    log = os.path.join(folder, "binlog.000001")
    with open(log, "wb") as file:
        file.write(gzip.open(path, "rb").read())
    done = subprocess.run(["binlog-tail", "--quiet", log], stdout=subprocess.PIPE, check=True)
    return [line.split(b',"ts_us":')[0] for line in done.stdout.splitlines() if line.startswith(b'{"op"')]


failed = 0
for server in sorted(os.listdir(DATA)):
    if not server.endswith("-minimal"):
        continue
    for file in sorted(name for name in os.listdir(os.path.join(DATA, server)) if name.endswith(".binlog.gz")):
        full = os.path.join(DATA, server[:-len("-minimal")], file)
        if not os.path.exists(full):
            continue
        expected, found = (rows(path, os.environ["TMPDIR"]) for path in (full, os.path.join(DATA, server, file)))
        same = expected == found and expected
        for one, other in zip(expected, found):
            if one != other:
                print("  with names    %s\n  without them  %s" % (one.decode()[:300], other.decode()[:300]))
                break
        failed += not same
        print("%s - %s %s (%d rows)" % ("ok" if same else "not ok", server, file[:-len(".binlog.gz")], len(expected)))
sys.exit(1 if failed else 0)
