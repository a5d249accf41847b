#!/usr/bin/env python3
"""cdc-encode's records beside those that the original wrote for the same statements.

tests/data/debezium/<variant>/config.json is the connector's configuration, <variant>/<mode>/<file>.ndjson.gz what the
original wrote to Kafka with it, lines/<mode>/<file>.ndjson.gz the change lines of the same statements
(<file>@<variant>.ndjson.gz where the variant changes what is captured). All topics are compared; of lines that begin at a
position, not with a snapshot, only those of the tables. The last line counts all records.
"""

import concurrent.futures
import gzip
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["CDC_SOURCE"], "tests", "judge"))
import record_judge  # noqa: E402

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "debezium")


def lines_of(variant, mode, name):
    own = os.path.join(DATA, "lines", mode, name.replace(".ndjson", "@%s.ndjson" % variant, 1))
    return own if os.path.exists(own) else os.path.join(DATA, "lines", mode, name)


def topics_of(lines_path):
    with gzip.open(lines_path, "rt", encoding="utf-8") as lines:
        # Only what begins with the server's definitions has the original's first records.
        return ".*" if any('"@cdc":"ddl","snapshot":true,' in line for line in lines) else r"mysql\..*"


def encode(config, lines_path, out_path):
    with gzip.open(lines_path) as lines, open(out_path, "wb") as out:
        # Of a source that was stopped and started again there are two streams, each with its hello.
        for stream in re.split(rb'^(?=\{"@cdc":"hello")', lines.read(), flags=re.M)[1:]:
            run = subprocess.run(["cdc-encode", "--quiet", "--connector", config], input=stream, stdout=out,
                                 stderr=subprocess.PIPE, check=False)
            if run.returncode != 0:
                break
    return run


def check(case):
    """One recording: its label, the verdict (None if cdc-encode failed) and what there is to say."""
    variant, mode, name = case
    folder = os.path.join(DATA, variant)
    lines = lines_of(variant, mode, name)
    out = os.path.join(os.environ["TMPDIR"], "-".join(case)[: -len(".gz")])
    run = encode(os.path.join(folder, "config.json"), lines, out)
    if run.returncode != 0:
        return case, None, run.stderr.decode("utf-8", "replace")
    verdict = record_judge.judge(os.path.join(folder, mode, name), out, mode, topics_of(lines))
    os.remove(out)
    return case, verdict, "".join("  %s\n" % line for line in verdict.shown)


def cases():
    for variant in sorted(os.listdir(DATA)):
        for mode in ("stream", "snapshot"):
            folder = os.path.join(DATA, variant, mode)
            for name in sorted(os.listdir(folder)) if variant != "lines" and os.path.isdir(folder) else []:
                yield variant, mode, name


def main():
    total, failures = record_judge.Verdict(), 0
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for (variant, mode, name), verdict, said in pool.map(check, cases()):
            label = "%s %s %s" % (variant, mode, name.split(".")[0])
            good = verdict is not None and verdict.equal == verdict.total and verdict.total + verdict.purpose > 0
            print(said, end="")
            print("%s - %s: %s" % ("ok" if good else "not ok", label, verdict.line() if verdict else "cdc-encode failed"))
            failures += not good
            if verdict:
                total.add(verdict)
    print(total.line() + "".join(", %s: %d" % item for item in sorted(total.facts.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
