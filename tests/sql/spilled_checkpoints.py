#!/usr/bin/env python3
"""Checkpoints of state on disk that are written while the stream goes on: cdc-sql is killed when it has made some, and goes
on from the newest, with and without room in memory. In the end each group is what the rows say.

  spilled_checkpoints.py CDC-SQL [--seed N]
"""
import argparse, collections, glob, json, os, random, subprocess, sys, tempfile, threading

TABLE = "CREATE TABLE t (id INT, k INT, v INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');"
# Two operators on disk, of which the second sees changes of the first.
QUERY = TABLE + """CREATE VIEW g AS SELECT k, COUNT(*) AS n, SUM(v) AS s, MAX(v) AS m FROM t GROUP BY k;
    SELECT n, COUNT(*) AS groups_with, SUM(s) AS total, SUM(m) AS highest FROM g GROUP BY n;"""
KEYS, ROWS_A_STEP = 20000, 500


def steps(rng, count):
    return [[(rng.randrange(KEYS), rng.randrange(1000)) for _ in range(ROWS_A_STEP)] for _ in range(count)]


def wanted(all_steps):
    groups = collections.defaultdict(list)
    for step in all_steps:
        for key, value in step:
            groups[key].append(value)
    result = collections.defaultdict(lambda: [0, 0, 0])
    for values in groups.values():
        row = result[len(values)]
        row[0] += 1
        row[1] += sum(values)
        row[2] += max(values)
    return {number: tuple(row) for number, row in result.items()}


def checkpoints(folder):
    """Their positions, of those that a copy of the process wrote: all but the first."""
    found = []
    for path in sorted(glob.glob(folder + "/checkpoint-*")):
        if not path.endswith(".tmp"):
            with open(path, "rb") as file:
                found.append(json.loads(file.readline())["pos"]["pos"])
    return found


class Run:
    def __init__(self, tool, folder, begin, options):
        self.process = subprocess.Popen([tool, "--quiet", "-e", QUERY, "--checkpoint", folder + "/state", "--checkpoint-interval", "1",
                                         *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.result = {}
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        self.send('{"@cdc":"hello","v":1,"tool":"t","slot":"s","source":{"kind":"t"},"begins":"%s","resumed":%s,"pos":{"file":"b","pos":%d}}'
                  % ("position" if begin else "beginning", "true" if begin else "false", begin))

    def send(self, text):
        self.process.stdin.write(text + "\n")

    def step(self, number, rows):
        frame = '"n":%d,"pos":{"file":"b","pos":%d}}' % (number, number)
        lines = ['{"@cdc":"begin",' + frame]
        lines += ['{"topic":"t","key":null,"payload":{"id":1,"k":%d,"v":%d}}' % row for row in rows]
        lines.append('{"@cdc":"mark","rows":%d,"ts_us":1,' % len(rows) + frame)
        self.send("\n".join(lines))
        self.process.stdin.flush()

    def read(self):
        for line in self.process.stdout:
            record = json.loads(line)
            if "payload" not in record:
                continue
            for image in (record["payload"]["before"], record["payload"]["after"]):
                if image is not None:
                    self.result.pop(image["n"], None)
            if record["payload"]["after"] is not None:
                self.result[image["n"]] = tuple(image.values())[1:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print("seed", arguments.seed)
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        disk = ["--memory", "256K", "--spill", folder]
        run, all_steps = Run(arguments.tool, folder, 0, disk), []
        while len(checkpoints(folder + "/state")) < 3:
            all_steps += steps(rng, 5)
            for number in range(len(all_steps) - 4, len(all_steps) + 1):
                run.step(number, all_steps[number - 1])
            if run.process.poll() is not None:
                sys.exit("it ended with %d" % run.process.returncode)
        run.process.kill()
        run.process.wait()
        run.reader.join()
        try:
            run.process.stdin.close()
        except BrokenPipeError:
            pass
        # What is on disk has to make up what the checkpoint lacks.
        left = glob.glob(folder + "/cdc-sql-spill-*")
        if len(left) != 1:
            sys.exit("nothing went to disk: %s" % left)
        all_steps += steps(rng, 20)
        for options in (disk, []):
            begin = checkpoints(folder + "/state")[-1]
            run = Run(arguments.tool, folder, begin, options)
            for number in range(begin + 1, len(all_steps) + 1):
                run.step(number, all_steps[number - 1])
            run.send('{"@cdc":"end","reason":"until","exit":0,"pos":{"file":"b","pos":%d}}' % len(all_steps))
            run.process.stdin.close()
            run.reader.join()
            if run.process.wait() != 0:
                sys.exit("it ended with %d" % run.process.returncode)
            expected = wanted(all_steps)
            differing = {n: (row, expected.get(n)) for n, row in run.result.items() if expected.get(n) != row}
            if differing or not run.result:
                sys.exit("got, wanted: %s" % (differing or "nothing"))
            if glob.glob(folder + "/cdc-sql-spill-*"):
                sys.exit("something is left on disk")
            all_steps += steps(rng, 20)
    print("ok: %d steps" % len(all_steps))


if __name__ == "__main__":
    main()
