#!/usr/bin/env python3
"""Reads lines of a stream: prints how many records there are, and how many rows the last mark tells. Lines may be large."""

import json
import sys

records, rows = 0, 0
for line in sys.stdin.buffer:
    if line.startswith(b'{"@len"'):
        records += 1
    elif line.startswith(b'{"@cdc":"mark"'):
        rows = json.loads(line)["rows"]
print(records, rows)
