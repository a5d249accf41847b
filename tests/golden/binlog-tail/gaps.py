#!/usr/bin/env python3
"""Transactions that are missing between two files of a log: what stands at the head of each file has to be read, or be
done at the start. Recorded logs, of which "keys" is not followed by "transactions-2", but "transactions-1" is."""
import gzip
import os
import re
import struct
import subprocess
import sys
import zlib

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "binlog")
RELAY_LOG = 0x40


def write(name, log):
    with open(name, "wb") as file:
        file.write(log)
    return name


def with_head(log, body=None, flags=0):
    """The log with another set at its head, and more flags of its format description."""
    (size,) = struct.unpack_from("<I", log, 4 + 9)
    first, rest = bytearray(log[4:4 + size]), log[4 + size:]
    struct.pack_into("<H", first, 17, struct.unpack_from("<H", first, 17)[0] | flags)
    struct.pack_into("<I", first, size - 4, zlib.crc32(bytes(first[:-4])))
    if body is not None:
        (size,) = struct.unpack_from("<I", rest, 9)
        head = bytearray(rest[:19]) + body
        struct.pack_into("<I", head, 9, len(head) + 4)
        head += struct.pack("<I", zlib.crc32(bytes(head)))
        rest = bytes(head) + rest[size:]
    return log[:4] + bytes(first) + rest


def gtid_list(*entries):
    return struct.pack("<I", len(entries)) + b"".join(struct.pack("<IIQ", *entry) for entry in entries)


def run(*arguments):
    done = subprocess.run(["binlog-tail", "--quiet", "--view", "lines", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    lines = done.stdout.decode().splitlines()
    return done.returncode, [line for line in lines if line.startswith('{"op"')], done.stderr.decode()


faults, failed = [], False


def expect(what, status, *arguments):
    found, rows, message = run(*arguments)
    if found != status:
        faults.append("%s: status %d, expected %d: %s" % (what, found, status, message[:500]))
    return rows, message


def check_mysql(source, keys, first, second):
    """`source`: the UUID; the logs hold 60-101, 163-193 and 194-196."""
    _, message = expect("a file is missing", 66, keys, second)
    if "transactions are missing: " + source + ":102-193 " not in message:
        faults.append("the missing range is not told: " + message)
    go_on = re.search("--from '(.*)'", message)
    if not go_on or go_on.group(1) != source + ":1-193":
        faults.append("the way on is not told: " + message)
    rows, _ = expect("on with the gap", 0, "--from", source + ":1-193", keys, second)
    alone, _ = expect("the last file alone", 0, second)
    if rows != alone or not rows:
        faults.append("on with the gap: %d rows, not the %d of the last file" % (len(rows), len(alone)))
    expect("the start lies before the first file", 66, "--from", source + ":1-101", second)
    expect("the start is the first file's", 0, "--from", source + ":1-193", second)
    expect("a set with other sources", 0, "--from", source + ":1-194,00000000-0000-0000-0000-000000000001:1-5", first, second)
    nothing = struct.pack("<Q", 0)
    expect("GTIDs were reset", 0, first, write("reset", with_head(open(second, "rb").read(), nothing)))


def check_mariadb(keys, first, second):
    """The logs hold 0-1-41 to 0-1-82, 0-1-140 to 0-1-170, and 0-1-171 to 0-1-173."""
    _, message = expect("a file is missing", 66, keys, second)
    if "transactions are missing: 0-1-170 " not in message or "what is done: 0-1-82" not in message:
        faults.append("the missing range is not told: " + message)
    expect("on with the gap", 0, "--from", "0-1-170", keys, second)
    expect("the start lies before the first file", 66, "--from", "0-1-82", second)
    begin, end = open(first, "rb").read(), open(second, "rb").read()
    one = write("one", with_head(begin, gtid_list((0, 1, 139), (1, 5, 7))))
    several = gtid_list((0, 9, 3), (0, 1, 170), (1, 5, 7), (1, 4, 2))
    expect("domains and servers", 0, one, write("several", with_head(end, several)))
    expect("a domain that was not there", 66, first, "several")
    expect("a domain is gone", 0, one, second)


for server in sorted(os.listdir(DATA)):
    logs = [os.path.join(DATA, server, name + ".binlog.gz") for name in ("keys", "transactions-1", "transactions-2")]
    if not os.path.exists(logs[2]):
        continue
    faults = []
    keys, first, second = [write(os.path.basename(log)[:-3], gzip.open(log).read()) for log in logs]
    expect("files in a row", 0, first, second)
    expect("a start in the middle", 0, second)
    expect("transactions that are not captured", 0, "--tables", "nothing\\..*", first, second)
    expect("transactions that are passed over", 0, "--from", "@2030-01-01T00:00:00Z", first, second)
    expect("the end comes before the gap", 0, "--count", "1", keys, second)
    relay = write("relay", with_head(open(second, "rb").read(), flags=RELAY_LOG))
    expect("a relay log", 0, keys, relay)
    if server.startswith("mariadb"):
        check_mariadb(keys, first, second)
    else:
        (size,) = struct.unpack_from("<I", open(first, "rb").read(), 13)
        uuid = open(first, "rb").read()[4 + size + 19 + 8:][:16].hex()
        check_mysql("-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:])), keys, first, second)
    for fault in faults[:5]:
        print("  " + fault)
    print(("not ok - " if faults else "ok - ") + server)
    failed = failed or bool(faults)
sys.exit(1 if failed else 0)
