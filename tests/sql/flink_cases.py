#!/usr/bin/env python3
"""Runs recorded cases of Flink through cdc-sql and compares the results.

  flink_cases.py --cdc-sql PATH [--out DIR] [--topic NAME]... [--memory SIZE] [--all] DIRECTORY-OR-TAR

A case is a folder with script.sql, input-<topic>.ndjson, and what Flink made of them: expected.ndjson (the changelog),
schema.json, case.json, expected.txt, or error.json. The final result is compared as a multiset of rows, the changelog line by line
where case.json says so; "text": true there compares what is printed (DESCRIBE, SHOW) with expected.txt instead. Prints the first differences (--all: all), `equal N of M` a topic, and `equal N of M, K on
purpose` at the end; M is without the K, which flink_on_purpose.tsv explains. Exit status 0: N is M; 1: it is not.
"""
import argparse, base64, collections, decimal, glob, gzip, itertools, json, math, os, re, shutil, subprocess, sys, tarfile, tempfile, time

CONTEXT = decimal.Context(prec=100)
OPTIONS = []  # more of cdc-sql's
ON_PURPOSE = "on purpose"  # stands for a difference that flink_on_purpose.tsv explains


def number(text):
    return CONTEXT.create_decimal(text)


def parse_lines(text):
    rows = [json.loads(line, parse_float=number, parse_int=number) for line in text.splitlines() if line.strip()]
    return [row if "row" in row else {"row": row} for row in rows]


def canonical(value):
    if isinstance(value, decimal.Decimal):
        value = value.normalize(CONTEXT)
        return ("number", "0" if value == 0 else str(value))
    if isinstance(value, dict):
        return ("object",) + tuple((key, canonical(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return ("array",) + tuple(canonical(item) for item in value)
    return value


def close(a, b, single):
    if isinstance(a, tuple) and isinstance(b, tuple) and a[:1] == b[:1] == ("number",):
        x, y = float(a[1]), float(b[1])
        room = 2 * max(math.ulp(x), math.ulp(y))
        if single:
            room = max(room, 2.4e-7 * max(abs(x), abs(y)))
        return abs(x - y) <= room
    return a == b


class Purpose:
    """Where a case's result differs on purpose (flink_on_purpose.tsv)."""

    def __init__(self, place):
        self.place = place  # result, changelog, error, or columns
        self.columns = set() if place in ("result", "changelog", "error") else set(place.split(","))

    def without_columns(self, changes):
        return [{**change, "row": {k: v for k, v in change["row"].items() if k not in self.columns}} for change in changes]


def read_purposes():
    with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "flink_on_purpose.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    return {name: Purpose(place) for name, place, _ in rows}


class Case:
    def __init__(self, folder):
        self.folder = folder
        self.name = os.path.join(*folder.rstrip("/").split("/")[-2:])
        self.spec = self.read_json("case.json") or {}
        self.error = self.read_json("error.json")
        self.floats = {}
        if os.path.exists(self.path("schema.json")):
            with open(self.path("schema.json"), encoding="utf-8") as lines:
                for query, line in enumerate(lines, 1):
                    for column in json.loads(line):
                        if "DOUBLE" in column["type"] or "FLOAT" in column["type"]:
                            self.floats[(query, column["name"])] = "FLOAT" in column["type"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def read_json(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return json.load(file)
        except OSError:
            return None

    def expected(self):
        for name in ("expected.ndjson", "final.ndjson", "final.ndjson.gz"):
            if os.path.exists(self.path(name)):
                opener = gzip.open if name.endswith(".gz") else open
                with opener(self.path(name), "rt", encoding="utf-8") as file:
                    return parse_lines(file.read())
        return None

    def selects(self):
        """Whether the script has a query whose rows are its result."""
        with open(self.path("script.sql"), encoding="utf-8") as file:
            return re.search(r"(^|;)\s*(SELECT|WITH|VALUES)\b", file.read(), re.M | re.I) is not None

    def input_lines(self):
        """Record lines for the case's Kafka topics."""
        lines = []
        for path in sorted(glob.glob(self.path("input-*.records.ndjson"))):
            topic = os.path.basename(path)[len("input-"):-len(".records.ndjson")]
            offset = 0
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if line.strip():
                        record = json.loads(line)
                        record = {"topic": record.pop("topic", topic), **record}
                        record = {**{"partition": 0, "offset": offset}, **record} if "partition" not in record else record
                        offset += 1
                        lines.append(json.dumps({"topic": record.pop("topic"), **record}, ensure_ascii=False, separators=(",", ":")))
        for path in sorted(glob.glob(self.path("input-*.ndjson"))):
            if path.endswith(".records.ndjson"):
                continue
            topic = os.path.basename(path)[len("input-"):-len(".ndjson")]
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                for line in file.read().split("\n"):
                    if line == "":
                        continue
                    lines.append(json.dumps({"topic": topic, "key": None, "payload": "@"}, separators=(",", ":")).replace(
                        '"@"', payload(line)))
        return lines

    def same_row(self, query, a, b):
        if set(a) != set(b):
            return False
        for name in a:
            x, y = canonical(a[name]), canonical(b[name])
            if x != y and not ((query, name) in self.floats and close(x, y, self.floats[(query, name)])):
                return False
        return True

    def final(self, changes):
        keys = self.spec.get("upsert_key")
        if keys:
            last = {}
            for change in changes:
                key = tuple(canonical(change["row"].get(name)) for name in keys)
                if change.get("op", "+I") in ("+I", "+U"):
                    last[key] = change
                else:
                    last.pop(key, None)
            changes = [{"row": change["row"]} for change in last.values()]
        counts, rows = collections.Counter(), {}
        for change in changes:
            key = (int(change.get("q", 1)), canonical(change["row"]))
            rows[key] = change["row"]
            counts[key] += 1 if change.get("op", "+I") in ("+I", "+U") else -1
        return {key: (count, rows[key]) for key, count in counts.items() if count}

    def difference(self, got, purpose=None):
        """What differs first, or None; without what `purpose` (a Purpose) names."""
        want = self.expected()
        if purpose and purpose.place == "result":
            return None
        if purpose and purpose.columns:
            got, want = purpose.without_columns(got), purpose.without_columns(want)
        final_got, final_want = self.final(got), self.final(want)
        missing = [(k, n, r) for k, (n, r) in final_want.items() if final_got.get(k, (0,))[0] != n]
        extra = [(k, n, r) for k, (n, r) in final_got.items() if final_want.get(k, (0,))[0] != n]
        for e in list(extra):
            for m in missing:
                if e[0][0] == m[0][0] and e[1] == m[1] and self.same_row(e[0][0], e[2], m[2]):
                    missing.remove(m)
                    extra.remove(e)
                    break
        if missing:
            return f"expected x{missing[0][1]} {show(missing[0][2])}, got {show(extra[0][2]) if extra else 'nothing'}"
        if extra:
            return f"unexpected x{extra[0][1]} {show(extra[0][2])}"
        if not self.spec.get("changelog") or (purpose and purpose.place == "changelog"):
            return None
        got = sorted(got, key=lambda change: int(change.get("q", 1)))  # queries run side by side here
        for i in range(max(len(got), len(want))):
            a, b = (side[i] if i < len(side) else None for side in (got, want))
            if a is None or b is None or a.get("op", "+I") != b.get("op", "+I") or not self.same_row(
                    int(b.get("q", 1)), a["row"], b["row"]):
                return f"change {i + 1}: expected {show(b)}, got {show(a)}"
        return None


def payload(text):
    """The JSON text that stands for the record's bytes in a record line (cdc-stream.5)."""
    if any("\udc80" <= letter <= "\udcff" for letter in text):  # bytes that are no UTF-8
        return json.dumps({"@base64": base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()})
    try:
        value = json.loads(text)
    except ValueError:
        return json.dumps(text, ensure_ascii=False)
    inline = not isinstance(value, str) and value is not None and text.strip() == text and "\r" not in text
    return text if inline else json.dumps(text, ensure_ascii=False)


def show(value):
    return json.dumps(value, ensure_ascii=False, default=str)


def record_texts(line):
    """topic, key, payload (as the text of their bytes), timestamp or None, and headers of a record line."""
    record = json.loads(line)
    texts = []
    at = line.index('"key":') + len('"key":')
    lengths = record["@len"]
    raw = line.encode()
    start = len(line[:at].encode())
    for length in lengths:
        value = raw[start:start + length].decode()
        start += length + len(',"payload":')
        parsed = json.loads(value)
        texts.append(parsed if isinstance(parsed, str) or parsed is None else value)
    return record["topic"], texts[0], texts[1], record.get("ts"), record.get("headers", [])


def sink_difference(case, records):
    """What a file or a topic got, against what Flink wrote there."""
    for path in glob.glob(case.path("expected-topic-*.records.ndjson")):
        topic = os.path.basename(path)[len("expected-topic-"):-len(".records.ndjson")]
        with open(path, encoding="utf-8") as file:
            wanted = [json.loads(line) for line in file if line.strip()]
        got = [record[1:] for record in records if record[0] == topic]
        stamped = any(record[2] is not None for record in got)  # else Kafka's clock gives the timestamp
        wanted = [tuple(value if isinstance(value, str) or value is None else json.dumps(value) for value in (record["key"], record["payload"]))
                  + (record["ts"] if stamped else None, record.get("headers", [])) for record in wanted]
        if got != wanted:
            at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
            return f"record {at + 1} of topic {topic}: expected {wanted[at:at + 1]}, got {got[at:at + 1]}"
    sinks = glob.glob(case.path("expected-sink-*.txt"))
    if len(sinks) == 1:
        with open(sinks[0], encoding="utf-8", newline="") as file:
            text = file.read()
        if text.startswith("== "):
            return None  # folders of partitions
        got = "".join((record[2] or "") + "\n" for record in records)
        if sorted(got.split("\n")) != sorted(text.split("\n")):
            extra = sorted(set(got.split("\n")) - set(text.split("\n")))[:1]
            missing = sorted(set(text.split("\n")) - set(got.split("\n")))[:1]
            return f"written: expected {missing}, got {extra}"
    return None


def first_difference(wanted, got):
    """None if the lines are the same."""
    for number, pair in enumerate(itertools.zip_longest(wanted, got), 1):
        if pair[0] != pair[1]:
            return f"printed line {number}: expected {pair[0]!r}, got {pair[1]!r}"
    return None


CLOCK_WINDOW = re.compile(r"PROCTIME\s*\(.*\b(?:TUMBLE|HOP|CUMULATE)\s*\(.*INTERVAL\s*'(\d+)'\s*SECOND", re.I | re.S)
CLOCK_TRIES = 50


def clock_window(case):
    """Seconds of a window of processing time that the case's result depends on; None if there is none."""
    with open(case.path("script.sql"), encoding="utf-8") as file:
        found = CLOCK_WINDOW.search(file.read())
    return (int(found.group(1)) if found else 0) or None


def run(case, tool, out, purpose, now=time.time):
    """A window of processing time that ends while the input is read sends its rows, one that is open at the end does not:
    so what was recorded within one window is compared with a run within one window."""
    window = clock_window(case)
    if window is None:
        return run_once(case, tool, out, purpose)
    for _ in range(CLOCK_TRIES):
        begin = now()
        difference = run_once(case, tool, out, purpose)
        if int(begin // window) == int(now() // window):
            return difference
    return f"no run of {CLOCK_TRIES} began and ended within one window of {window} seconds: {difference}"


def run_once(case, tool, out, purpose):
    lines = case.input_lines()
    prints = case.spec.get("text")
    writes = case.error is None and case.expected() is None
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryDirectory() as folder:
        for path in glob.glob(os.path.join(os.path.abspath(case.folder), "*")):
            os.symlink(path, os.path.join(folder, os.path.basename(path)))
        for path in glob.glob(os.path.join(os.path.dirname(case.folder.rstrip("/")), "*-*.ndjson.gz")):
            # Events that all cases of a topic share: nexmark-20000.ndjson.gz is nexmark.ndjson to them.
            with gzip.open(path) as packed, open(os.path.join(folder, os.path.basename(path).split("-")[0] + ".ndjson"), "wb") as events:
                events.write(packed.read())
        stdin.write(("".join(line + "\n" for line in lines)).encode())
        stdin.seek(0)
        output = "tableau" if prints else "records" if writes or case.error is not None and not case.selects() else "changelog-json"
        done = subprocess.run([tool, "-f", os.path.abspath(case.path("script.sql")), "--output", output, "--quiet", *OPTIONS],
                              stdin=stdin, capture_output=True, timeout=60, cwd=folder)
    stderr = done.stderr.decode("utf-8", "replace")
    if done.returncode < 0 or done.returncode in (70, 134, 139):
        return f"crashed with {done.returncode}: {stderr[:200]}"
    if case.error is not None:
        wanted = 78 if case.error["phase"] == "plan" else 65
        if done.returncode == wanted or (done.returncode in (65, 78) and case.error["phase"] == "run"):
            return None
        if done.returncode == 0 and purpose and purpose.place == "error":
            return ON_PURPOSE
        return f"expected a refusal ({case.error['phase']}), got exit {done.returncode}: {stderr[:150]}"
    if prints:
        if done.returncode != 0:
            return "refused: " + stderr.strip().replace("\n", " ")[:200]
        with open(case.path("expected.txt"), encoding="utf-8") as file:
            return first_difference(file.read().splitlines(), done.stdout.decode("utf-8", "replace").splitlines())
    if case.expected() is None:
        if done.returncode != 0:
            return "refused: " + stderr.strip()[:150]
        return sink_difference(case, [record_texts(line) for line in done.stdout.decode("utf-8", "replace").splitlines()
                                      if line.startswith('{"@len":')])
    if done.returncode != 0:
        return "refused: " + stderr.strip().replace("\n", " ")[:200]
    try:
        got = [row for row in parse_lines(done.stdout.decode()) if "table" not in row]
    except ValueError as error:
        return f"no JSON: {error}"
    if out:
        folder = os.path.join(out, case.name)
        os.makedirs(folder, exist_ok=True)
        lines = [line for line in done.stdout.decode().splitlines(True) if '"op"' in line[:40]]
        lines.sort(key=lambda line: int(json.loads(line).get("q", 1)))  # queries run side by side here
        with open(os.path.join(folder, "expected.ndjson"), "w", encoding="utf-8") as file:
            file.write("".join(lines))
    difference = case.difference(got)
    return ON_PURPOSE if difference and purpose and case.difference(got, purpose) is None else difference


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cdc-sql", default=shutil.which("cdc-sql") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "cdc-sql", "cdc-sql"))
    parser.add_argument("--out")
    parser.add_argument("--topic", action="append")
    parser.add_argument("--all", action="store_true", help="print all differences")
    parser.add_argument("--memory", help="of state; the rest of it is on disk")
    parser.add_argument("directory")
    arguments = parser.parse_args()
    if arguments.memory:
        OPTIONS.extend(["--memory", arguments.memory])
    purposes = read_purposes()
    unpacked = None
    if os.path.isfile(arguments.directory):
        unpacked = tempfile.TemporaryDirectory()
        with tarfile.open(arguments.directory) as archive:
            archive.extractall(unpacked.name)
        arguments.directory = unpacked.name
    totals, differences, equal_names, on_purpose = collections.OrderedDict(), [], [], 0
    scripts = glob.glob(os.path.join(arguments.directory, "*", "*", "script.sql"))
    scripts += glob.glob(os.path.join(arguments.directory, "*", "script.sql"))
    for script in sorted(scripts):
        case = Case(os.path.dirname(script))
        topic = case.name.split("/")[0]
        if arguments.topic and topic not in arguments.topic:
            continue
        if case.spec.get("skip"):
            continue
        try:
            difference = run(case, os.path.abspath(arguments.cdc_sql), arguments.out, purposes.get(case.name))
        except subprocess.TimeoutExpired:
            difference = "timed out"
        if difference == ON_PURPOSE:
            on_purpose += 1
            continue
        count = totals.setdefault(topic, [0, 0])
        count[1] += 1
        if difference is None:
            count[0] += 1
            equal_names.append(case.name)
        else:
            differences.append((case.name, difference))
    for name, difference in differences if arguments.all else differences[:20]:
        print(f"  {name}: {difference}")
    for topic, (equal, all_cases) in totals.items():
        print(f"{topic}: equal {equal} of {all_cases}")
    equal, all_cases = sum(c[0] for c in totals.values()), sum(c[1] for c in totals.values())
    print(f"equal {equal} of {all_cases}" + (f", {on_purpose} on purpose" if on_purpose else ""))
    if arguments.out:
        with open(os.path.join(arguments.out, "equal.txt"), "w", encoding="utf-8") as file:
            file.write("".join(name + "\n" for name in equal_names))
    return 0 if equal == all_cases > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
