#!/usr/bin/env python3
"""Writes what the fuzz targets begin with, a folder a target: seeds.py FOLDER. All is taken from tests/: recorded logs,
SQL, connector files, lines; and what was found before."""

import glob
import gzip
import os
import re
import shutil
import struct
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TESTS = os.path.join(SOURCE, "tests")
OUT = sys.argv[1]


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read()


def files(*patterns):
    names = [name for pattern in patterns for name in sorted(glob.glob(os.path.join(TESTS, pattern), recursive=True))]
    return [read(name) for name in names if os.path.isfile(name)]


def write(target, seeds):
    folder = os.path.join(OUT, target)
    os.makedirs(folder, exist_ok=True)
    for number, seed in enumerate(seeds):
        with open(os.path.join(folder, "seed-%d" % number), "wb") as file:
            file.write(seed)
    for found in sorted(glob.glob(os.path.join(TESTS, "data/fuzz", target, "*"))):
        shutil.copy(found, folder)


def events(log):
    """(type, bytes) of each; the checksum is left out."""
    at = 4
    while at + 19 <= len(log):
        size = struct.unpack_from("<I", log, at + 9)[0]
        yield log[at + 4], log[at:at + size - 4]
        at += size


FORMAT, TABLE_MAP, ROWS = 15, 19, (23, 24, 25, 30, 31, 32, 39)
LOGS = {name: read(name) for name in sorted(glob.glob(os.path.join(TESTS, "data/binlog/*/*.binlog.gz")))}


def short_logs():
    """The head, and then the events a few at a time: small inputs are tried faster."""
    for log in LOGS.values():
        parts = list(events(log))
        head = b"".join(body + bytes(4) for kind, body in parts[:2])
        for first in range(2, len(parts), 24):
            yield log[:4] + head + b"".join(body + bytes(4) for kind, body in parts[first:first + 30])


def table_maps():
    for name, log in LOGS.items():
        body = None
        for kind, event in events(log):
            if kind == TABLE_MAP:
                body = event[19:]
            elif kind in ROWS and body:
                # What is in front of the images is a few bytes; the target does not mind.
                yield bytes(["mariadb" in name]) + struct.pack(">H", len(body)) + body + event[19 + 10 + (len(event) > 40):]


def hex_texts(*patterns):
    for text in files(*patterns):
        for match in re.findall(rb'"([0-9a-f ]{8,})"', text):
            yield bytes.fromhex(match.decode().replace(" ", "")) if len(match.replace(b" ", b"")) % 2 == 0 else b""


def json_documents():
    changes = bytes.fromhex("0003242e6103050200 0206242e625b305d")
    for document in hex_texts("unit/binlog-tail/json_test.cc"):
        yield struct.pack(">H", len(document)) + document + changes
    # Images of tables with documents: somewhere in them one begins.
    for name, log in LOGS.items():
        if "mysql" not in name or "json" not in name:
            continue
        for kind, event in events(log):
            at = event.find(b"\x00", 40)
            if kind in ROWS and at > 0:
                yield struct.pack(">H", 2000) + event[at:at + 2000] + changes


def statements():
    for text in files("data/debezium/sql/*.sql", "golden/**/*.sql"):
        yield b"\0" + text
        yield b"\0" + b"\0".join(part.strip() for part in text.split(b";\n"))
    for text in files("unit/ddl/*.cc", "unit/cdc-encode/picture_test.cc"):
        for match in re.findall(rb'"((?:CREATE|ALTER|DROP|RENAME|TRUNCATE)(?:[^"\\]|\\.)*)"', text):
            yield b"\0" + match
    for log in LOGS.values():
        queries = re.findall(rb"(?i)\b((?:CREATE|ALTER|RENAME|DROP) TABLE [ -~\n]{10,600})", log)
        yield b"\0" + b"\0".join(queries)[:8000]


def positions():
    uuid = b"7baa778c-e63b-11f1-a83e-02fc00000001"
    yield uuid + b":1-5:7,7baa778c-e63b-11f1-a83e-02fc00000002:tag_1:1-3:9"
    yield b"0-1-42,1-1-7"
    yield b"binlog.000003:1234"
    for text in files("data/debezium/lines/**/*", "golden/**/input*"):
        for match in re.findall(rb'"pos":(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})', text)[:3]:
            yield match
    for log in LOGS.values():
        for kind, event in events(log):
            if kind in (35, 163):
                yield event[19:]


LINES = files("golden/cdc-encode/*/input", "golden/cdc-apply/*/input", "golden/cdc-sql/*/input*")
CONNECTORS = files("../scripts/examples/*.json", "golden/**/*.properties", "golden/**/connector*.json", "data/debezium/*/config.json")
SQL = files("../scripts/examples/*.sql", "golden/cdc-sql/*/*.sql")
for script in files("sql/*.test"):
    SQL += [part for part in script.split(b"\n\n") if b"SELECT" in part][:60]

write("binlog", short_logs())
write("table_map", table_maps())
write("json", json_documents())
write("ddl", statements())
write("config", CONNECTORS)
write("properties", [re.sub(rb'\s*"([^"]+)": *"?(.*?)"?,?\n', rb"\1 = \2\n", text) for text in CONNECTORS])
write("lines", LINES)
write("encode", [text[:20000] for text in LINES + files("data/debezium/lines/**/*.gz")])
write("positions", positions())
write("sql", SQL)
