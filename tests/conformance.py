#!/usr/bin/env python3
"""Puts a stage of a pipe through what cdc-stream(5) asks of every stage.

  conformance.py [--reads change|record] [--writes record|nothing] [--filtered-option OPTION] -- COMMAND [ARG...]

COMMAND is run afresh for each check. {tmp} in an argument stands for an empty folder of that run. Prints a line a check,
"ok - NAME" or "not ok - NAME" with what was found, and exits with 1 if one failed.
"""
import argparse
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

POSITION = '{"file":"b.000001","pos":%d}'
HELLO = ('{"@cdc":"hello","v":1,"tool":"conformance","slot":"conformance","source":{"kind":"file"},"begins":"beginning",'
         '"pos":{"file":"b.000001","pos":4}}')
TABLE = ('{"@cdc":"table","db":"d","table":"t","at":"start","columns":[{"name":"id","type":"int","null":false},'
         '{"name":"v","type":"varchar(20)","null":true,"charset":"utf8mb4","collation":"utf8mb4_0900_ai_ci"}],"key":["id"],'
         '"charset":"utf8mb4","collation":"utf8mb4_0900_ai_ci","comment":"","create":"CREATE TABLE `t` (`id` int NOT NULL,'
         ' `v` varchar(20), PRIMARY KEY (`id`)) DEFAULT CHARSET=utf8mb4"}')
SCHEMA = ('{"@cdc":"schema","topic":"p.d.t","db":"d","table":"t","shape":"envelope","schemas":{"key":false,"value":false},'
          '"key":["id"],"columns":[{"name":"id","sql":"INT NOT NULL","mysql":"int","connect":{"type":"int32","optional":false}},'
          '{"name":"v","sql":"STRING","mysql":"varchar(20)","connect":{"type":"string","optional":true}}]}')
END = '{"@cdc":"end","reason":"until","exit":%d,"pos":{"file":"b.000001","pos":900}}'


class Stage:
    def __init__(self, arguments):
        self.command, self.reads, self.writes = arguments.command, arguments.reads, arguments.writes
        self.filtered_option = arguments.filtered_option
        self.failed = 0

    def row(self, key):
        if self.reads == "change":
            return ('{"op":"c","db":"d","table":"t","after":{"id":%d,"v":"x%d"},"ts_us":1763790000000000,"file":"b.000001",'
                    '"pos":100,"row":0,"server_id":1}' % (key, key))
        return ('{"topic":"p.d.t","key":{"id":%d},"payload":{"before":null,"after":{"id":%d,"v":"x%d"},"source":{},"op":"c",'
                '"ts_ms":1763790000000}}' % (key, key, key))

    def start(self):
        return [HELLO, TABLE if self.reads == "change" else SCHEMA]

    def transaction(self, number, rows, counted=None, more=()):
        begin = '{"@cdc":"begin","n":%d,"pos":%s}' % (number, POSITION % (number * 100))
        mark = '{"@cdc":"mark","n":%d,"rows":%d,"ts_us":1763790000000000,"pos":%s}' % (
            number, rows if counted is None else counted, POSITION % (number * 100))
        return [begin, *more, *[self.row(number * 10 + i) for i in range(rows)], mark]

    def open(self, *options):
        folder = tempfile.mkdtemp()
        command = [word.replace("{tmp}", folder) for word in self.command] + list(options)
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)

    def run(self, lines, *options, last_newline=True):
        text = "\n".join(lines) + ("\n" if last_newline else "")
        process = self.open(*options)
        try:
            out, errors = process.communicate(text.encode(), timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
            return 999, out.decode().splitlines(), errors.decode()
        return process.returncode, out.decode().splitlines(), errors.decode()

    def check(self, name, problems):
        problems = [problem for problem in problems if problem]
        print(("not ok - " if problems else "ok - ") + name)
        for problem in problems:
            print("    " + problem)
        self.failed += bool(problems)


def kinds(lines):
    return [json.loads(line)["@cdc"] for line in lines if line.startswith('{"@cdc":')]


def expect(what, expected, found):
    return "" if expected == found else "%s: expected %r, found %r" % (what, expected, found)


def count_problems(lines):
    """begin and mark pair up, and each mark counts the rows written since its begin."""
    rows, inside, problems = 0, None, []
    for line in lines:
        control = json.loads(line)
        kind = control.get("@cdc")
        if kind == "begin":
            problems.append("begin inside a transaction" if inside is not None else "")
            inside, rows = control["n"], 0
        elif kind == "mark":
            problems.append(expect("number of the mark", inside, control["n"]))
            problems.append(expect("rows of mark %s" % control["n"], rows, control["rows"]))
            inside = None
        elif kind is None:
            rows += 1
            problems.append("" if inside is not None else "a row outside begin and mark: " + line[:100])
    return problems


def passes_on(stage):
    return stage.writes != "nothing"


def check_ordered_end(stage):
    status, out, errors = stage.run(stage.start() + stage.transaction(1, 2) + stage.transaction(2, 0) + stage.transaction(3, 1) + [END % 0])
    problems = [expect("status", 0, status), errors.strip() if status else ""]
    if passes_on(stage):
        problems.append(expect("hello first", "hello", kinds(out[:1])[0] if kinds(out[:1]) else out[:1]))
        problems.append(expect("begins, marks and end", ["begin", "mark"] * 3 + ["end"], [kind for kind in kinds(out) if kind in ("begin", "mark", "end")]))
        problems.append(expect("end last", ["end"], kinds(out[-1:])))
        problems += count_problems(out)
    stage.check("an ordered stream is passed on to its end", problems)


def check_unknown_control(stage):
    unknown = '{"@cdc":"x-later","what":[1,{"a":"b"}],"text":"é"}'
    heartbeat = '{"@cdc":"heartbeat","ts_us":1763790000000000,"pos":%s}' % (POSITION % 250)
    lines = stage.start() + stage.transaction(1, 1, more=[unknown]) + [heartbeat] + [unknown] + stage.transaction(2, 1) + [END % 0]
    status, out, errors = stage.run(lines)
    problems = [expect("status", 0, status), errors.strip() if status else ""]
    if passes_on(stage):
        problems.append(expect("unknown lines, as they were", 2, out.count(unknown)))
        wanted = ["begin", "x-later", "mark", "heartbeat", "x-later", "begin", "mark", "end"]
        problems.append(expect("order", wanted, [kind for kind in kinds(out) if kind in wanted]))
    stage.check("control lines that it does not know are passed on in order", problems)


def check_died(stage, name, lines, last_newline=True):
    status, out, _ = stage.run(lines, last_newline=last_newline)
    problems = [expect("status", 75, status)]
    if passes_on(stage):
        problems.append(expect("no end line", 0, kinds(out).count("end")))
        problems.append(expect("the whole transaction is passed on", 1, kinds(out).count("mark")))
    stage.check(name, problems)


def check_upstream_failed(stage):
    status, out, _ = stage.run(stage.start() + stage.transaction(1, 1) + [END % 69])
    problems = [expect("status", 75, status)]
    if passes_on(stage):
        problems.append(expect("the end line is passed on", 1, kinds(out).count("end")))
        problems.append(expect("its status is not 0", True, bool(kinds(out)) and json.loads(out[-1]).get("exit") != 0))
    stage.check("an upstream that ended with an error", problems)


def check_refused(stage, name, lines, status, text=""):
    found, out, errors = stage.run(lines)
    problems = [expect("status", status, found), "" if text in errors else "expected in the message: %r, found: %s" % (text, errors)]
    problems.append(expect("no end line with exit 0", False, any(line.startswith('{"@cdc":"end"') and '"exit":0' in line for line in out)))
    stage.check(name, problems)


def check_filtered(stage):
    if not stage.filtered_option:
        return
    lines = stage.start() + stage.transaction(1, 1, counted=3) + [END % 0]
    status, out, errors = stage.run(lines, stage.filtered_option)
    problems = [expect("status", 0, status), errors.strip() if status else ""] + (count_problems(out) if passes_on(stage) else [])
    status, _, _ = stage.run(stage.start() + stage.transaction(1, 2, counted=1) + [END % 0], stage.filtered_option)
    problems.append(expect("status when rows were added", 65, status))
    stage.check("a filter of the user's own takes rows out", problems)


def check_unmarked(stage):
    lines = ([TABLE] if stage.reads == "change" else []) + [stage.row(1), stage.row(2)]
    status, out, errors = stage.run(lines)
    problems = [expect("status", 0, status), errors.strip() if status else ""]
    if passes_on(stage):
        problems.append(expect("no hello of its own", 0, kinds(out).count("hello")))
        problems.append("" if any('"topic"' in line for line in out) else "no row came out")
    stage.check("an unmarked stream is taken to its end", problems)


def check_nothing(stage):
    """A stage that wrote nothing at all did not come to its end; a file with nothing in it is no stage."""
    status, out, errors = stage.run([""], last_newline=False)
    problems = [expect("status of an empty pipe", 75, status), "" if "empty" in errors else "message: " + errors]
    problems.append(expect("lines out", [], out))
    if stage.filtered_option:
        problems.append(expect("status where a filter may have taken all", 0, stage.run([""], stage.filtered_option, last_newline=False)[0]))
    with open(os.devnull, "rb") as nothing:
        process = subprocess.run([word.replace("{tmp}", tempfile.mkdtemp()) for word in stage.command], stdin=nothing,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
    problems.append(expect("status of an empty file", 0, process.returncode))
    stage.check("an input without any line", problems)


def hears(process, number):
    """Before that the signal would kill it."""
    with open("/proc/%d/status" % process.pid, encoding="ascii") as status:
        caught = next(line.split()[1] for line in status if line.startswith("SigCgt:"))
    return int(caught, 16) >> (number - 1) & 1


def check_status_line(stage):
    process = stage.open("--quiet")
    process.stdin.write(("\n".join(stage.start() + stage.transaction(1, 1)) + "\n").encode())
    process.stdin.flush()
    said, end = b"", time.monotonic() + 20
    while not said and process.poll() is None and time.monotonic() < end:
        if hears(process, signal.SIGUSR1):
            process.send_signal(signal.SIGUSR1)
        if select.select([process.stderr], [], [], 0.1)[0]:
            said = os.read(process.stderr.fileno(), 65536)
    _, errors = process.communicate((END % 0 + "\n").encode(), timeout=60)
    problems = [expect("status", 0, process.returncode)]
    if not said or b"warning" in said + errors:
        problems.append("status line: %r, then %r" % (said, errors))
    stage.check("USR1 is answered with a line, also with --quiet", problems)


def check_prompt(stage):
    """What was read is written before waiting for more."""
    if not passes_on(stage):
        return
    process = stage.open()
    process.stdin.write(("\n".join(stage.start() + stage.transaction(1, 1)) + "\n").encode())
    process.stdin.flush()
    found = b""
    while b'"mark"' not in found and select.select([process.stdout], [], [], 20)[0]:
        block = os.read(process.stdout.fileno(), 65536)
        if not block:
            break
        found += block
    problems = ["" if b'"mark"' in found else "the mark did not come while the input stayed open: %r" % found[-200:]]
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    problems.append(expect("status after SIGTERM", 0, process.returncode))
    problems.append(expect("end line after SIGTERM", "signal", json.loads(out.splitlines()[-1])["reason"] if out.strip() else "no output"))
    stage.check("it writes before it waits, and SIGTERM ends it in order", problems)


def check_broken_pipe(stage):
    if not passes_on(stage):
        return
    process = stage.open()
    process.stdout.close()
    lines = stage.start()
    for number in range(1, 3000):
        lines += stage.transaction(number, 5)
    try:
        process.stdin.write(("\n".join(lines) + "\n").encode())
        process.stdin.close()
    except BrokenPipeError:
        pass
    errors = process.stderr.read().decode()
    status = process.wait(timeout=60)
    stage.check("a reader that went away ends it quietly", [expect("status", -signal.SIGPIPE, status), expect("message", "", errors)])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--reads", choices=["change", "record"], default="record")
    parser.add_argument("--writes", choices=["record", "nothing"], default="record")
    parser.add_argument("--filtered-option", default="--filtered")
    parser.add_argument("command", nargs="+")
    stage = Stage(parser.parse_args())
    whole = stage.start() + stage.transaction(1, 2)
    check_ordered_end(stage)
    check_unknown_control(stage)
    check_died(stage, "an upstream that died between transactions", whole)
    check_died(stage, "an upstream that died inside a transaction", whole + stage.transaction(2, 2)[:-1])
    check_died(stage, "an upstream that died inside a line", whole + [(END % 0)[:-5]], last_newline=False)
    check_died(stage, "an upstream that died before the last line feed", whole + [END % 0], last_newline=False)
    check_upstream_failed(stage)
    check_refused(stage, "a mark that counts too many", stage.start() + stage.transaction(1, 2, counted=3) + [END % 0], 65, "stdin line ")
    check_refused(stage, "a mark that counts too few", stage.start() + stage.transaction(1, 2, counted=1) + [END % 0], 65, "stdin line ")
    check_refused(stage, "a transaction that is missing", whole + stage.transaction(3, 1) + [END % 0], 65, "stdin line ")
    check_refused(stage, "a row outside begin and mark", whole + [stage.row(5)] + [END % 0], 65, "stdin line ")
    check_refused(stage, "a line that is no line of a stream", stage.start() + ["hello"], 65, "stdin line 3")
    check_refused(stage, "a control line that is cut", stage.start() + ['{"@cdc":"begin","n":1'], 65, "stdin line 3")
    check_refused(stage, "a row that is cut", stage.start() + [stage.transaction(1, 0)[0], stage.row(1)[:-3]], 65, "stdin line 4")
    check_refused(stage, "a newer format", [HELLO.replace('"v":1', '"v":99')], 76, "99")
    check_filtered(stage)
    check_unmarked(stage)
    check_nothing(stage)
    check_status_line(stage)
    check_prompt(stage)
    check_broken_pipe(stage)
    sys.exit(1 if stage.failed else 0)


if __name__ == "__main__":
    main()
