#!/usr/bin/env python3
"""Every row of the recorded logs decodes to what the server's own mysqlbinlog -vv printed for it.

Each of our values is printed as mysqlbinlog would print it, and the two texts are compared. mysqlbinlog shows FLOAT with
six digits, text in the column's own character set, TIMESTAMP in seconds, unsigned integers beside their signed reading;
it cannot show geometry and stops there for the rest of an event.
"""
import base64
import calendar
import gzip
import json
import os
import re
import subprocess
import sys

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "binlog")
CODECS = {"utf8mb4": "utf-8", "utf8mb3": "utf-8", "ascii": "ascii", "latin1": "cp1252", "latin2": "iso8859-2",
          "gbk": "gbk", "gb18030": "gb18030", "sjis": "shift_jis", "ujis": "euc_jp", "euckr": "cp949", "big5": "big5",
          "cp1251": "cp1251", "koi8r": "koi8-r", "greek": "iso8859-7", "hebrew": "iso8859-8", "utf16": "utf-16-be",
          "utf32": "utf-32-be", "ucs2": "utf-16-be", "utf16le": "utf-16-le", "swe7": "ascii"}
COLUMN = re.compile(rb"^###   @(\d+)=(.*?) /\* ([A-Z]+[A-Za-z/ ]*)(\([^)]*\))? meta=\d+ nullable=\d is_null=(\d) \*/$", re.S)


class Number(str):
    """A JSON number as it is written."""


def read_reference(path):
    """The rows in the order in which they are committed: {"verb":…, "images":{"WHERE":{n: (text, type)}, "SET":…}, "cut":…}"""
    done, held, branch, image = [], {}, None, None
    for line in gzip.open(path, "rb").read().split(b"\n"):
        statement = re.match(rb"XA (START|PREPARE|COMMIT|ROLLBACK) ([^ /]+)( ONE PHASE)?", line)
        if statement:
            # Rows of an XA branch count when it is committed.
            verb, xid = statement[1], statement[2]
            if verb == b"START":
                branch = xid
            elif verb == b"PREPARE":
                branch = None
            else:
                branch = None
                done += held.pop(xid, []) if verb == b"COMMIT" else (held.pop(xid, []) and [])
        rows = done if branch is None else held.setdefault(branch, [])
        if re.match(rb"### (INSERT INTO|UPDATE|DELETE FROM) ", line):
            verb = line.split()[1].decode()
            rows.append({"verb": verb, "images": {}, "cut": False})
        elif line in (b"### WHERE", b"### SET"):
            image = rows[-1]["images"].setdefault(line[4:].decode(), {})
        elif line.startswith(b"###   @"):
            match = COLUMN.match(line)
            if match:
                image[int(match[1])] = (match[2], match[3].decode().strip())
            elif b"Don't know how" in line:
                rows[-1]["cut"] = True
            else:
                raise SystemExit("%s: cannot read %r" % (path, line[:200]))
    return done


def quoted(raw, mysql):
    """Bytes as mysqlbinlog quotes them: MariaDB's escapes control characters only."""
    if not mysql:
        return b"'" + b"".join(b"\\x%02x" % b if b < 32 else bytes([b]) for b in raw) + b"'"
    named = {0x0A: b"\\n", 0x09: b"\\t", 0x0D: b"\\r", 0x08: b"\\b", 0x0C: b"\\f", 0x5C: b"\\\\", 0x27: b"\\'"}
    return b"'" + b"".join(named.get(b) or (b"\\x%02x" % b if b < 32 else bytes([b])) for b in raw) + b"'"


def double_text(text):
    """A number of ours with an exponent as MySQL's JSON text has it."""
    value = float(text)
    digits, exponent = re.fullmatch(r"-?(\d(?:\.\d+)?)e(-?\d+)", text).groups()
    digits = digits.replace(".", "")
    digits = digits.rstrip("0") or "0"
    sign = "-" if text.startswith("-") else ""
    point = int(exponent) + 1
    if value == 0:
        return sign + "0.0"
    if -14 <= point <= 15 or (point > 15 and len(digits) > point):
        if point <= 0:
            return sign + "0." + "0" * -point + digits
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits)) + ".0"
        return sign + digits[:point] + "." + digits[point:]
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e" + str(point - 1)


def json_string(text):
    named = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(named.get(c) or ("\\u%04x" % ord(c) if ord(c) < 32 else c) for c in text) + '"'


def mysql_json(value, root=False):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return double_text(value) if "e" in value else str(value)
    if isinstance(value, str):
        return value if root else json_string(value)
    if isinstance(value, list):
        return "[" + ", ".join(mysql_json(v) for v in value) + "]"
    (name, inner), = value.items() if len(value) == 1 else [(None, None)]
    if name in ("@date", "@time", "@datetime", "@timestamp"):
        return inner if root else '"' + inner + '"'
    if name == "@null":
        return "null"
    if name in ("@bit", "@opaque"):
        number, data = (16, inner) if name == "@bit" else (int(inner[0]), inner[1])
        return ("" if root else '"') + "base64:type%d:%s" % (number, data) + ("" if root else '"')
    return "{" + ", ".join(json_string(k[1:] if k.startswith("@") else k) + ": " + mysql_json(v) for k, v in value.items()) + "}"


def raw_bytes(value, column):
    if isinstance(value, dict):
        return base64.b64decode(value["@base64"])
    if "charset" in column:
        return value.encode(CODECS[column["charset"]])
    return base64.b64decode(value)


def printed(value, column, kind, mysql):
    """Our value as mysqlbinlog prints one of its type `kind`; a list where there are two ways."""
    declared = column["type"]
    if value is None:
        return [b"NULL"]
    if kind in ("INT", "TINYINT", "SHORTINT", "MEDIUMINT", "LONGINT"):
        bits = {"TINYINT": 8, "SHORTINT": 16, "MEDIUMINT": 24, "INT": 32, "LONGINT": 64}[kind]
        number = int(value)
        if "unsigned" not in declared and number < 0 or "unsigned" in declared and number >> (bits - 1):
            signed, unsigned = (number, number + (1 << bits)) if number < 0 else (number - (1 << bits), number)
            return [b"%d (%d)" % (signed, unsigned)]
        return [b"%d" % number]
    if kind == "DECIMAL":
        return [value.encode()]
    if kind == "FLOAT":
        return [("%-20g" % float(value)).encode()]
    if kind == "DOUBLE":
        return [("%-.20g" % float(value)).encode(), ("%-20g" % float(value)).encode()]
    if kind == "BIT":
        width = int(re.search(r"\d+", declared)[0])
        text = "".join("{:08b}".format(b) for b in base64.b64decode(value))[-width:]
        return [b"b'" + text.encode() + b"'"]
    if kind == "YEAR":
        return [(value if value != "0" else "1900").encode(), value.encode()]
    if kind == "DATE":
        return [b"'" + value.replace("-", ":").encode() + b"'"]
    if kind in ("TIME", "DATETIME"):
        return [b"'" + value.encode() + b"'"]
    if kind == "TIMESTAMP":
        whole, _, fraction = value.partition(".")
        parts = [int(n) for n in re.findall(r"\d+", whole)]
        seconds = calendar.timegm(tuple(parts) + (0, 0, 0)) if parts[0] else 0
        return [("%d%s" % (seconds, "." + fraction if fraction else "")).encode()]
    if kind == "ENUM":
        members = members_of(declared)
        return [b"%d" % (members.index(value) + 1 if value in members else 0)]
    if kind == "SET":
        members = members_of(declared)
        bits = sum(1 << members.index(part) for part in value.split(",") if part)
        size = (len(members) + 7) // 8 if len(members) <= 32 else 8
        return [b"b'" + "".join("{:08b}".format(b) for b in bits.to_bytes(size, "little")).encode() + b"'"]
    if kind == "JSON":
        return [quoted(mysql_json(value, True).encode(), mysql)]
    if kind == "VECTOR":
        import struct
        raw = base64.b64decode(value)
        return [b"[" + ",".join("%.5e" % v for v in struct.unpack("<%df" % (len(raw) // 4), raw)).encode() + b"]"]
    raw = raw_bytes(value, column)
    if "binary(" in declared and declared.startswith("binary"):
        raw = raw.rstrip(b"\0")
    return [quoted(raw, mysql)]


def members_of(declared):
    return [m.replace("''", "'") for m in re.findall(r"'((?:[^']|'')*)'", declared)]


def check(server, name):
    mysql = server.startswith("mysql")
    log = os.path.join(DATA, server, name + ".binlog.gz")
    expected = read_reference(os.path.join(DATA, server, name + ".txt.gz"))
    plain = os.path.join(os.environ["TMPDIR"], "%s-%s" % (server, name))
    with open(plain, "wb") as out:
        out.write(gzip.open(log).read())
    lines = subprocess.run(["binlog-tail", plain], stdout=subprocess.PIPE, check=True).stdout
    tables, faults, at, values = {}, [], 0, 0
    patched, patched_checked, cut_event = {}, 0, None
    for line in lines.split(b"\n")[:-1]:
        ours = json.loads(line, parse_float=Number, parse_int=Number)
        if ours.get("@cdc") == "table":
            tables[(ours["db"], ours["table"])] = ours
        if "op" not in ours or ours["op"] == "t":
            continue
        if (ours["pos"], ours["file"]) == cut_event:
            continue
        theirs = expected[at] if at < len(expected) else None
        at += 1
        verb = {"c": "INSERT", "u": "UPDATE", "d": "DELETE"}[ours["op"]]
        if theirs is None or theirs["verb"] != verb:
            return ["row %d is %s, mysqlbinlog has %s" % (at, verb, theirs and theirs["verb"])], values
        table = tables[(ours["db"], ours["table"])]
        if theirs["cut"]:
            cut_event = (ours["pos"], ours["file"])
        for image, member in (("WHERE", "before"), ("SET", "after")):
            if verb == "INSERT":
                member = "after"
            if image not in theirs["images"] or (verb == "INSERT" and image == "WHERE"):
                continue
            row, reference = ours.get(member), theirs["images"][image]
            numbers = [n for n, c in enumerate(table["columns"], 1) if c["name"] in row]
            if verb == "INSERT" and not theirs["cut"]:
                # A column that a minimal image lacks holds its default, which mysqlbinlog does not know.
                for n in set(numbers) - set(reference):
                    column = table["columns"][n - 1]
                    if (row[column["name"]] is None) == ("default" in column):
                        faults.append("row %d %s is not its default" % (at, column["name"]))
                numbers = [n for n in numbers if n in reference]
            if not theirs["cut"] and sorted(reference) != numbers:
                faults.append("row %d %s has columns %s, not %s" % (at, member, numbers, sorted(reference)))
                continue
            for n, (text, kind) in reference.items():
                column = table["columns"][n - 1]
                value = row[column["name"]]
                values += 1
                key = (ours["db"], ours["table"], json.dumps(row.get(table["columns"][0]["name"])), n)
                if kind == "JSON" and re.match(rb"JSON_[A-Z]+\(|@\d+", text):
                    patched[key] = mysql_json(value, True)
                    continue
                if member == "before" and key in patched:
                    patched_checked += 1
                    if quoted(patched.pop(key).encode(), mysql) != text:
                        faults.append("row %d %s: the patched document is not %r" % (at, column["name"], text[:100]))
                if text not in printed(value, column, kind, mysql):
                    faults.append("row %d %s %s: %r, mysqlbinlog %r" %
                                  (at, member, column["name"], printed(value, column, kind, mysql)[0][:100], text[:100]))
    if at != len(expected):
        faults.append("%d rows, mysqlbinlog has %d" % (at, len(expected)))
    return faults, values


failed = 0
for server in sorted(os.listdir(DATA)):
    for file in sorted(os.listdir(os.path.join(DATA, server))):
        if not file.endswith(".binlog.gz"):
            continue
        name = file[:-len(".binlog.gz")]
        faults, values = check(server, name)
        for fault in faults[:5]:
            print("  " + fault)
        failed += bool(faults)
        print("%s - %s %s (%d values)" % ("not ok" if faults else "ok", server, name, values))
sys.exit(1 if failed else 0)
