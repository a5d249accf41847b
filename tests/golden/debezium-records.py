#!/usr/bin/env python3
"""cdc-encode's records beside those that the original wrote for the same statements.

tests/data/debezium/<variant>/config.json is the connector's configuration, <variant>/<mode>/<file>.ndjson.gz what the
original wrote to Kafka with it, lines/<mode>/<file>.ndjson.gz the change lines of the same statements. Only the tables'
topics are compared. The last line counts all records.
"""

import gzip
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["CDC_SOURCE"], "tests", "judge"))
import record_judge  # noqa: E402

DATA = os.path.join(os.environ["CDC_SOURCE"], "tests", "data", "debezium")


def encode(config, lines_path, out_path):
    with gzip.open(lines_path) as lines, open(out_path, "wb") as out:
        return subprocess.run(["cdc-encode", "--quiet", "--connector", config], input=lines.read(), stdout=out,
                              stderr=subprocess.PIPE, check=False)


def main():
    total, failures = record_judge.Verdict(), 0
    for variant in sorted(os.listdir(DATA)):
        config = os.path.join(DATA, variant, "config.json")
        for mode in ("stream", "snapshot"):
            folder = os.path.join(DATA, variant, mode)
            for name in sorted(os.listdir(folder)) if variant != "lines" and os.path.isdir(folder) else []:
                lines = os.path.join(DATA, "lines", mode, name)
                out = os.path.join(os.environ["TMPDIR"], "records")
                label = "%s %s %s" % (variant, mode, name.split(".")[0])
                run = encode(config, lines, out)
                if run.returncode != 0:
                    print(run.stderr.decode("utf-8", "replace"), end="")
                    print("not ok - %s: cdc-encode ended with %d" % (label, run.returncode))
                    failures += 1
                    continue
                verdict = record_judge.judge(os.path.join(folder, name), out, mode, r"mysql\..*")
                total.add(verdict)
                good = verdict.equal == verdict.total and verdict.total + verdict.purpose > 0
                for line in verdict.shown:
                    print("  " + line)
                print("%s - %s: %s" % ("ok" if good else "not ok", label, verdict.line()))
                failures += not good
    print(total.line() + "".join(", %s: %d" % item for item in sorted(total.facts.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
