#!/usr/bin/env python3
"""Compares records with recorded ones, byte for byte, clocks and coordinates by form.

  record_judge.py [--mode stream|snapshot] [--topics REGEX] [--show N] EXPECTED ACTUAL

Both files hold one record a line (.gz or not): {"topic":…,"headers":[…],"key":…,"payload":…}, key and payload as strings
of the record's bytes or as the JSON itself; control lines are skipped. Records are compared topic by topic in order.

Two values are equal if their texts are, after each of these was replaced by what it must look like: wall clocks
(ts_ms, ts_us, ts_ns), the server's clock in the source block, file, pos, thread and server_id there, and the number of a
GTID, which keeps its distance from the lowest of its file. Differences that on-purpose.tsv names are counted apart.

Prints the first differences and "equal N of M, K on purpose"; M is without the K. Status 0: equal, 1: not, 2: bad input.
"""

import argparse
import base64
import difflib
import gzip
import itertools
import json
import os
import re
import struct
import sys

CLOCK_DIGITS = {"ts_ms": 13, "ts_us": 16, "ts_ns": 19}


class Number(str):
    """A number as it is written."""


class Members(list):
    """The members of an object, in order."""


DECODER = json.JSONDecoder(object_pairs_hook=Members, parse_float=Number, parse_int=Number, parse_constant=Number)
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def quoted(text):
    """A string as Jackson writes it."""
    out = []
    for c in text:
        if c in SHORT:
            out.append(SHORT[c])
        elif ord(c) < 0x20:
            out.append("\\u%04X" % ord(c))
        elif ord(c) > 0xFFFF:
            rest = ord(c) - 0x10000
            out.append("\\u%04X\\u%04X" % (0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF)))
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def compact(value):
    """JSON text without blanks, as Jackson writes it."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Members):
        return "{" + ",".join(quoted(name) + ":" + compact(member) for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return {None: "null", True: "true", False: "false"}[value]


def pretty(value, depth=0):
    """JSON text as Jackson's default pretty printer lays it out."""
    if isinstance(value, Members):
        inner = ",".join("\n" + "  " * (depth + 1) + quoted(n) + " : " + pretty(v, depth + 1) for n, v in value)
        return "{" + inner + "\n" + "  " * depth + "}" if value else "{ }"
    if isinstance(value, list):
        return "[ " + ", ".join(pretty(v, depth) for v in value) + " ]" if value else "[ ]"
    return compact(value) if not isinstance(value, str) or isinstance(value, Number) else json_text(value)


def json_text(text):
    """A string as Jackson writes it to text: characters beyond U+FFFF stay."""
    return re.sub(r"\\u(D[89AB]..)\\u(D[C-F]..)", lambda m: chr(
        0x10000 + ((int(m[1], 16) - 0xD800) << 10) + int(m[2], 16) - 0xDC00), quoted(text))


def member_texts(line):
    """Top-level members of a line: name → (value, its own text)."""
    out, at = {}, 1
    while line[at] != "}":
        name, at = DECODER.raw_decode(line, at + (line[at] in ", "))
        value, end = DECODER.raw_decode(line, at + 1 + (line[at + 1] == " "))
        out[name] = (value, line[at + 1:end].strip())
        at = end
    return out


def bytes_of(value, text):
    """The bytes, as text, that a value of a record line stands for: a string's characters, else the JSON text itself."""
    if value is None:
        return None
    return value if isinstance(value, str) and not isinstance(value, Number) else text


def element_bytes(array):
    """The same of each element of an array."""
    out, at = [], 1
    while array[at] != "]":
        at += array[at] in ", "
        value, end = DECODER.raw_decode(array, at)
        out.append(bytes_of(value, array[at:end]))
        at = end
    return out


class Record:
    def __init__(self, line, number):
        members = member_texts(line)
        self.number = number
        self.topic = members["topic"][0]
        self.offset = int(members["offset"][0]) if "offset" in members else number
        self.headers = element_bytes(members["headers"][1]) if members.get("headers", ([],))[0] else []
        self.key = bytes_of(*members.get("key", (None, "null")))
        self.payload = bytes_of(*members.get("payload", (None, "null")))


def read_records(path, topics):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    by_topic = {}
    with opened as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith('{"@cdc":'):
                continue
            record = Record(line, number)
            if re.fullmatch(topics, record.topic):
                by_topic.setdefault(record.topic, []).append(record)
    for records in by_topic.values():
        records.sort(key=lambda record: record.offset)
    return by_topic


class Forms:
    """Replaces what differs from run to run."""

    def __init__(self, by_topic):
        numbers = [int(n) for records in by_topic.values() for r in records
                   for n in re.findall(r'"gtid":"[0-9a-f-]{36}:(?:[a-z0-9_]+:)?(\d+)"', r.payload or "")]
        self.first_gtid = min(numbers, default=0)

    def source(self, members, seconds=None):
        # The server's clock has whole seconds in a snapshot and without GTIDs; a form keeps that apart from a finer one.
        micros = dict(members).get("ts_us")
        if seconds is None:
            seconds = isinstance(micros, Number) and micros.endswith("000000")
        return Members((n, self.source_member(n, v, seconds)) for n, v in members)

    def source_member(self, name, value, seconds):
        if name == "gtid" and isinstance(value, str):
            match = re.fullmatch(r"[0-9a-f-]{36}:((?:[a-z0-9_]+:)?)(\d+)", value)
            return "<uuid>:%s+%d" % (match[1], int(match[2]) - self.first_gtid) if match else value
        if name == "server_id" and value != "0" or name in ("pos", "thread") and isinstance(value, Number):
            return "<%s>" % name
        if name == "file" and isinstance(value, str):
            return re.sub(r".*\.(\d{6,})", "<file>", value)
        if name in CLOCK_DIGITS and isinstance(value, Number) and len(value) == CLOCK_DIGITS[name]:
            return "<seconds>" if seconds else "<%s>" % name
        return value

    def transaction_id(self, value):
        """The id of a transaction: a GTID, else where it begins."""
        if not isinstance(value, str):
            return value
        form = self.source_member("gtid", value, False)
        return re.sub(r"^file=.*\.(\d{6,}),pos=\d+$", r"file=<file>\1,pos=<pos>", form)

    def block(self, value):
        return Members((n, self.transaction_id(v) if n == "id" else v) for n, v in value) if isinstance(value, Members) else value

    def added(self, name, value):
        """A member or header that add.fields or add.headers took from the envelope."""
        if isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}:\d+|file=.*,pos=\d+", value):
            return self.transaction_id(value)
        match = re.fullmatch(r"(?:__|m_|h\.|)(source_)?(ts_ms|ts_us|ts_ns|gtid|file|pos|thread|server_id)", name)
        if match is None or not match[1] and match[2] not in CLOCK_DIGITS:
            return value
        number = isinstance(value, str) and value.isdigit()
        return self.source_member(match[2], Number(value) if number else value, match[1] and value.endswith("000000"))

    def headers(self, headers):
        return [value if i % 2 == 0 else self.added(headers[i - 1], value) for i, value in enumerate(headers)]

    def gtids(self, text):
        """A set: the numbers keep their distance from the lowest of the file."""
        # First the UUID, of which a part may have no letters.
        uuids = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<uuid>", text)
        forms = re.sub(r"(?<=[:-])(\d+)(?=[-:,]|$)",
                       lambda n: "1" if n[1] == "1" else "+%d" % (int(n[1]) - self.first_gtid), uuids)
        # The original gives the sources in the order in which it met them.
        return ",".join(sorted(forms.split(",")))

    def history(self, value):
        """A record of the schema history."""
        position = Members((n, "<%s>" % n if n in ("ts_sec", "pos") else self.gtids(v) if n == "gtids" else
                            self.transaction_id(v) if n == "transaction_id" else
                            self.source_member(n, v, False)) for n, v in dict(value)["position"])
        return Members((n, position if n == "position" else self.added(n, v)) for n, v in value)

    def envelope(self, payload):
        if not isinstance(payload, Members):
            return payload
        if [n for n, _ in payload][:2] == ["source", "ts_ms"]:
            # Statements have milliseconds, of which now and then one is a whole second.
            return Members((n, self.source(v, False) if n == "source" else self.added(n, v)) for n, v in payload)
        if [n for n, _ in payload] == ["id"] or [n for n, _ in payload][:3] == ["status", "id", "event_count"]:
            return Members((n, self.transaction_id(v) if n == "id" else self.added(n, v)) for n, v in payload)
        if "op" not in dict(payload) or "source" not in dict(payload):
            return Members((n, self.added(n, v)) for n, v in payload)
        out = Members()
        for name, value in payload:
            if name == "source":
                value = self.source(value)
            elif name == "transaction":
                value = self.block(value)
            elif name in CLOCK_DIGITS and isinstance(value, Number) and len(value) == CLOCK_DIGITS[name]:
                value = "<%s>" % name
            out.append((name, value))
        return out

    def side(self, text):
        """The value with its forms, and whether its text is as Jackson would write it."""
        if text is None:
            return None, True
        try:
            value = DECODER.decode(text)
        except ValueError:
            return text, True
        if isinstance(value, Members) and [n for n, _ in value][:2] == ["source", "position"]:
            return self.history(value), pretty(value) == text
        plain = compact(value) == text
        if isinstance(value, Members) and [n for n, _ in value] == ["schema", "payload"]:
            return Members([value[0], ("payload", self.envelope(value[1][1]))]), plain
        return self.envelope(value), plain


def differences(expected, actual, path):
    """(path, expected, actual) of each place in which two values differ."""
    if isinstance(expected, Members) and isinstance(actual, Members):
        names = [n for n, _ in expected]
        if names != [n for n, _ in actual]:
            yield path, "members " + ",".join(names), "members " + ",".join(n for n, _ in actual)
            return
        for (name, left), (_, right) in zip(expected, actual):
            yield from differences(left, right, path + "." + name if path else name)
    elif type(expected) is list and type(actual) is list and len(expected) == len(actual):
        for i, (left, right) in enumerate(zip(expected, actual)):
            yield from differences(left, right, "%s[%d]" % (path, i))
    elif type(expected) is not type(actual) or expected != actual:
        yield path, expected, actual


# --- differences on purpose ------------------------------------------------------------------------------------------

def single(number):
    """A double's value as a single, as text of a Python float; infinite where it does not fit."""
    value = float(number)
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def as_float(value):
    if isinstance(value, str) and value in ("Infinity", "-Infinity"):
        return float(value.replace("Infinity", "inf"))
    return float(value) if isinstance(value, Number) else None


def rule_single_of_double(expected, actual):
    left = as_float(expected)
    return left is not None and isinstance(actual, Number) and single(actual) == single(left)


def rule_six_digits(expected, actual):
    if not isinstance(expected, Number) or not isinstance(actual, Number):
        return False
    return single("%.6g" % float(actual)) == single(expected)


def is_text(*values):
    return all(isinstance(v, str) and not isinstance(v, Number) for v in values)


def option(typed):
    """What an ENUM's or SET's option as typed stands for, a comma with a backslash before it included."""
    escapes = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
    return re.sub(r"\\(.)", lambda match: escapes.get(match[1], match[1]), typed.replace('""', '"'), flags=re.S)


def rule_other_charset(expected, actual):
    """The bytes of one character set read as another."""
    pairs = [("utf-8", "cp1252"), ("utf-8", "latin-1"), ("gbk", "utf-8")]
    pairs += [("utf-8", read) for read in ("iso8859-2", "iso8859-8")]
    pairs += [(stored, "utf-8") for stored in ("cp1250", "cp1251", "cp1252", "cp850", "iso8859-2", "iso8859-7")]
    return is_text(expected, actual) and expected != actual and any(
        actual.encode(stored, "replace").decode(read, "replace") == expected for stored, read in pairs)


# The Kamenicky code page, from 0x80; behind it come the lines and boxes of all code pages of its kind.
KAMENICKY = "ČüéďäĎŤčěĚĹÍľĺÄÁÉžŽôöÓůÚýÖÜŠĽÝŘťáíóúňŇŮÔšřŕŔ¼§«»"


def rule_keybcs2_as_cp852(expected, actual):
    if not is_text(expected, actual) or not all(c < "\x80" or c in KAMENICKY for c in actual):
        return False
    return bytes(ord(c) if c < "\x80" else 0x80 + KAMENICKY.index(c) for c in actual).decode("cp852") == expected


def rule_time_of_cursor(expected, actual):
    """A TIME in microseconds, of which the original has lost the sign and the fraction, or all where it is 0."""
    def is_whole(value):
        return isinstance(value, Number) and re.fullmatch(r"-?\d+", value) is not None

    if not is_whole(actual):
        return False
    ours = int(actual)
    if expected is None:
        return abs(ours) < 1000000
    return is_whole(expected) and (int(expected) // 1000000 == abs(ours) // 1000000 or (int(expected) < 0 and ours < 0))


def rule_reversed_bytes(expected, actual):
    if not is_text(expected, actual):
        return False
    try:
        return base64.b64decode(expected, validate=True)[::-1] == base64.b64decode(actual, validate=True)
    except ValueError:
        return False


def rule_json_time(expected, actual):
    """A JSON document in which the original's text of negative times is garbage."""
    if not is_text(expected, actual):
        return False
    parts = re.split(r'"-\d+:\d\d:\d\d(?:\.\d+)?"', actual)
    return len(parts) > 1 and re.fullmatch(r'"[-0-9:.]+"'.join(map(re.escape, parts)), expected) is not None


RULES = {
    "float-became-double": lambda e, a: (e, a) == ("float", "double"),
    "single-of-double": rule_single_of_double,
    "six-digits": rule_six_digits,
    "int32-became-int64": lambda e, a: (e, a) == ("int32", "int64"),
    "wrapped-32": lambda e, a: isinstance(e, Number) and isinstance(a, Number) and e.startswith("-")
    and int(a) - int(e) == 2 ** 32,
    "option-as-typed": lambda e, a: is_text(e, a) and e != a and option(e).rstrip(" ") == a,
    "hp8-as-latin1": lambda e, a: is_text(e, a) and a.encode("hp-roman8", "replace").decode("latin-1") == e,
    "keybcs2-as-cp852": rule_keybcs2_as_cp852,
    "time-of-cursor": rule_time_of_cursor,
    "koi8u-as-koi8r": lambda e, a: is_text(e, a) and a.encode("koi8-u", "replace").decode("koi8-r") == e,
    "became-optional": lambda e, a: (e, a) == (False, True),
    "null-filled": lambda e, a: a is None
    and (e in ("", "AA==", "{}", "1970-01-01T00:00:00Z", False) or isinstance(e, Number) and float(e) == 0),
    "year-1900": lambda e, a: (e, a) == ("1900", "0"),
    "year-2000": lambda e, a: (e, a) == ("2000", "0"),
    "lost-float": lambda e, a: e is None and isinstance(a, Number) and re.search("[.E]", a) is not None,
    "json-time": rule_json_time,
    "no-thread": lambda e, a: e is None and a == "<thread>",
    "other-charset": rule_other_charset,
    "reversed-bytes": rule_reversed_bytes,
}

def parsed(text):
    try:
        value = DECODER.decode(text or "null")
    except ValueError:
        return {}
    members = dict(value) if isinstance(value, Members) else {}
    if list(members) == ["schema", "payload"]:
        members = dict(members["payload"]) if isinstance(members["payload"], Members) else {}
    return members


def is_json_update(record, same_key):
    """An update of which all changed columns are JSON documents. An unwrapped row is compared with the one before it."""
    envelope = parsed(record.payload)
    if "op" in envelope and "source" in envelope:
        if envelope["op"] != "u":
            return False
        before, after = dict(envelope["before"]), dict(envelope["after"])
    else:
        earlier = [r for r in same_key if r.number < record.number]
        before, after = parsed(earlier[-1].payload) if earlier else {}, envelope
    changed = [(before.get(n), v) for n, v in after.items() if before.get(n) != v and not n.startswith("__")]
    try:
        return bool(changed) and all(DECODER.decode(text) is not None for pair in changed for text in pair)
    except (TypeError, ValueError):
        return False


def is_xa_row(record, same_key):
    """A row of a transaction without a thread. Of an unwrapped one only this is known: nothing else has its key."""
    envelope = parsed(record.payload)
    if "op" not in envelope or "source" not in envelope:
        return bool(envelope) and not same_key
    source = dict(envelope["source"])
    return source.get("thread") is None and source.get("snapshot") == "false"


# What a record that only one side has must be, to be there on purpose.
LONE_RULES = {"json-update": is_json_update, "xa-row": is_xa_row}

# A column's value: in an envelope or unwrapped, in a key, with a schema or without; and a column's schema.
PLACES = {
    "PATH": r"(?:payload|key)\.(?:payload\.)?(?:before\.|after\.)?[^.\[]+",
    "CHANGE": r"payload\.(?:payload\.)?tableChanges\[\d+\]\.table\.columns\[\d+\]",
    "SCHEMA": r"(?:payload|key)\.schema(?:\.fields\[\d+\]){1,2}",
}


class OnPurpose:
    def __init__(self, mode):
        self.rows, self.lone = [], []
        with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "on-purpose.tsv"), encoding="utf-8") as file:
            for line in file:
                if line.startswith("#") or not line.strip():
                    continue
                fact, row_mode, place, rule, _ = line.rstrip("\n").split("\t")
                for word, pattern in PLACES.items():
                    place = place.replace(word, pattern)
                if row_mode == mode and place in ("MISSING", "EXTRA"):
                    self.lone.append((fact, place, LONE_RULES[rule]))
                elif row_mode == mode or row_mode == "snapshot":
                    self.rows.append((fact, row_mode, re.compile(place), RULES[rule]))
        self.mode = mode

    def covers(self, found, record):
        """The facts that explain all differences of a record; None if one is not explained."""
        facts = set()
        # A stream begins with a snapshot where there was something to read.
        mode = "snapshot" if parsed(record.payload).get("op") == "r" else self.mode
        for path, expected, actual in found:
            fact = next((f for f, row_mode, place, rule in self.rows
                         if row_mode == mode and place.fullmatch(path) and rule(expected, actual)), None)
            if fact is None:
                return None
            facts.add(fact)
        return facts


    def covers_lone(self, place, record, ours):
        """The fact that explains a record which only one side has, or None."""
        same_key = [r for r in ours if r.key == record.key]
        return next((fact for fact, where, rule in self.lone if where == place and rule(record, same_key)), None)


def is_heartbeat(topic, records):
    """How many heartbeats there are depends on the time that passed."""
    return bool(records) and all(list(parsed(r.payload)) == ["ts_ms"] and list(parsed(r.key)) == ["serverName"]
                                 for r in records)


def whole_transactions(records):
    """Without a BEGIN whose END is not there: the recording ended in it."""
    ended = {parsed(r.payload).get("id") for r in records if parsed(r.payload).get("status") == "END"}
    return [r for r in records if parsed(r.payload).get("status") != "BEGIN" or parsed(r.payload)["id"] in ended]


class Verdict:
    def __init__(self):
        self.equal = self.total = self.purpose = 0
        self.facts = {}
        self.shown = []

    def add(self, other):
        self.equal, self.total, self.purpose = (self.equal + other.equal, self.total + other.total,
                                                self.purpose + other.purpose)
        for fact, count in other.facts.items():
            self.facts[fact] = self.facts.get(fact, 0) + count

    def line(self):
        return "equal %d of %d, %d on purpose" % (self.equal, self.total, self.purpose)


def compare_record(expected, actual, forms, tolerated):
    """→ (differences, facts): no differences: equal; facts not None: on purpose."""
    found = []
    for name in ("key", "payload"):
        (left, plain), (right, ours_plain) = forms[0].side(getattr(expected, name)), forms[1].side(getattr(actual, name))
        here = list(differences(left, right, name))
        if not here and plain and not ours_plain:
            here.append((name, "text as Jackson writes it", "another spelling of the same"))
        found += here
    left, right = forms[0].headers(expected.headers), forms[1].headers(actual.headers)
    if left != right:
        found.append(("headers", str(left), str(right)))
    return found, tolerated.covers(found, expected) if found else None


def shown(value, width=160):
    text = value if isinstance(value, str) and not isinstance(value, Number) else compact(value)
    return text if len(text) <= width else text[:width] + "…"


def aligned(expected, actual, forms):
    """Pairs of records, None where one side has no counterpart."""
    texts = [[compact([forms[i].side(r.key)[0], forms[i].side(r.payload)[0]]) for r in side]
             for i, side in enumerate((expected, actual))]
    same = sum(left == right for left, right in zip(*texts))
    if len(expected) == len(actual) and same * 2 >= len(expected):
        return list(zip(expected, actual))
    pairs = []
    for _, i1, i2, j1, j2 in difflib.SequenceMatcher(None, texts[0], texts[1], False).get_opcodes():
        pairs += itertools.zip_longest(expected[i1:i2], actual[j1:j2])
    return pairs


def judge(expected_path, actual_path, mode, topics=".*", show=5):
    expected, actual = read_records(expected_path, topics), read_records(actual_path, topics)
    forms, tolerated, verdict = (Forms(expected), Forms(actual)), OnPurpose(mode), Verdict()
    for topic in sorted(set(expected) | set(actual)):
        if is_heartbeat(topic, expected.get(topic)) and is_heartbeat(topic, actual.get(topic)):
            expected[topic], actual[topic] = expected[topic][:1], actual[topic][:1]
        for left, right in aligned(whole_transactions(expected.get(topic, [])), actual.get(topic, []), forms):
            verdict.total += 1
            lone = left if right is None else right if left is None else None
            if lone is not None:
                place = "MISSING" if right is None else "EXTRA"
                found, facts = [(place, compact(lone.key), "")], tolerated.covers_lone(place, lone, actual.get(topic, []))
                facts = {facts} if facts else None
            else:
                found, facts = compare_record(left, right, forms, tolerated)
            if not found:
                verdict.equal += 1
            elif facts is not None:
                verdict.total -= 1
                verdict.purpose += 1
                for fact in facts:
                    verdict.facts[fact] = verdict.facts.get(fact, 0) + 1
            else:
                verdict.shown.append("%s (lines %s, %s)" % (topic, left.number if left else "-",
                                                            right.number if right else "-"))
                for path, want, got in found[:8]:
                    verdict.shown.append("    %s\n      expected %s\n      actual   %s" % (path, shown(want), shown(got)))
    verdict.shown = verdict.shown[:show * 4]
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("expected")
    parser.add_argument("actual")
    parser.add_argument("--mode", choices=["stream", "snapshot"], default="stream")
    parser.add_argument("--topics", default=".*", metavar="REGEX", help="only these topics")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="how much of the differences is printed (5)")
    options = parser.parse_args()
    try:
        verdict = judge(options.expected, options.actual, options.mode, options.topics, options.show)
    except (OSError, ValueError, KeyError) as error:
        print("record_judge: %s" % error, file=sys.stderr)
        return 2
    for line in verdict.shown:
        print(line)
    print(verdict.line())
    return 0 if verdict.equal == verdict.total else 1


if __name__ == "__main__":
    sys.exit(main())
