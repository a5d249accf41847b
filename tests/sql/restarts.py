#!/usr/bin/env python3
"""cdc-sql --checkpoint is killed at random moments and started again, for each query of recompute.py: what a sink that
holds a position has taken in the end is, step by step and byte by byte, what a run that never stopped gives.

  restarts.py CDC-SQL [--seed N] [--steps N] [--kafka] [--memory SIZE]

--kafka: the stream has offsets of partitions as positions, and comes in another order and other batches each time.
--memory: of state in the runs that are killed; the rest is on disk, of which a kill leaves nothing behind that the next
start does not remove.
The seed is printed.
"""
import argparse, glob, json, os, random, subprocess, sys, tempfile, threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import recompute


def changing_records(rng, count):
    rows, ids, records = {"t": {}, "u": {}}, 0, []
    for _ in range(count):
        table = rng.choice("tu")
        name = "v" if table == "t" else "x"
        kind = rng.choice("cud") if rows[table] else "c"
        key = rng.choice(list(rows[table])) if kind != "c" else (ids := ids + 1)
        old = rows[table].get(key)
        new = None if kind == "d" else {"id": key, "k": rng.choice(["a", "b", "c", None]), name: rng.choice([-2, 0, 1, 2, 3, None])}
        rows[table].pop(key, None)
        if new:
            rows[table][key] = new
        records.append((table, {"before": old, "after": new, "op": kind}))
    return records


def timed_records(rng, count):
    records = []
    for i in range(count):
        second, key = 60 + i + rng.randint(0, 20), rng.choice("abc")
        if rng.random() < 0.6:
            records.append(("e", {"k": key, "v": rng.choice([1, 2, 3, None]), "ts": recompute.clock(second)}))
        else:
            records.append(("f", {"k": key, "x": rng.randint(1, 5), "ts": recompute.clock(second)}))
    return records


class BinlogSource:
    """Transactions whose positions grow by 10."""

    def __init__(self, rng, records):
        self.steps = []
        while records:
            size = rng.randint(1, 4)
            self.steps.append(records[:size])
            records = records[size:]
        self.beginning = {"file": "b", "pos": 4}

    def not_ahead(self, position, sink):
        return position["pos"] <= sink["pos"]

    def lines(self, rng, begin):
        for number, records in enumerate(self.steps):
            position = {"file": "b", "pos": 10 * (number + 1)}
            if position["pos"] > begin["pos"]:
                yield position, "", [json.dumps({"topic": topic, "key": None, "payload": payload}) for topic, payload in records]


class KafkaSource:
    """Records in partitions by topic and key; each reading mixes the partitions anew."""

    def __init__(self, rng, records):
        self.partitions = {}
        for topic, payload in records:
            row = payload.get("after") or payload.get("before") or payload
            partition = (row.get("id") or ord(row["k"])) % 2 if "k" in row else 0
            self.partitions.setdefault((topic, partition), []).append(payload)
        self.beginning = {"kafka": {}}
        for topic, partition in self.partitions:
            self.beginning["kafka"].setdefault(topic, {})[str(partition)] = 0

    def not_ahead(self, position, sink):
        return all(offset <= sink["kafka"].get(topic, {}).get(partition, 0)
                   for topic, offsets in position["kafka"].items() for partition, offset in offsets.items())

    def lines(self, rng, begin):
        next_ = json.loads(json.dumps(begin["kafka"]))
        while True:
            batch = []
            for _ in range(rng.randint(1, 6)):
                open_ = [(t, p) for (t, p), all_ in self.partitions.items() if next_[t][str(p)] < len(all_)]
                if not open_:
                    break
                topic, partition = rng.choice(open_)
                for _ in range(rng.randint(1, 3)):
                    offset = next_[topic][str(partition)]
                    if offset == len(self.partitions[(topic, partition)]):
                        break
                    next_[topic][str(partition)] += 1
                    batch.append(json.dumps({"topic": topic, "partition": partition, "offset": offset, "key": None,
                                             "payload": self.partitions[(topic, partition)][offset]}))
            if not batch:
                return
            yield {"kafka": json.loads(json.dumps(next_))}, ',"txn":"none"', batch


class Sink:
    """Takes the transactions that are after its position."""

    def __init__(self, source):
        self.source, self.position, self.taken = source, None, []

    def read(self, output):
        rows, dropping = [], False
        for line in output.splitlines(keepends=True):
            if not line.endswith("\n"):
                return
            if line.startswith('{"@cdc":"begin"'):
                position = json.loads(line)["pos"]
                dropping = self.position is not None and self.source.not_ahead(position, self.position)
                if self.position and not dropping and not self.source.not_ahead(self.position, position):
                    raise Exception("%s cannot be compared with %s" % (position, self.position))
                rows = []
            elif line.startswith('{"@cdc":"mark"'):
                mark = json.loads(line)
                assert mark["rows"] == len(rows), line
                if not dropping:
                    self.position = mark["pos"]
                    self.taken.append((mark["pos"], rows))
            elif not line.startswith('{"@cdc"'):
                rows.append(line)


def heads(folder):
    found = []
    for path in sorted(glob.glob(folder + "/checkpoint-*")):
        if not path.endswith(".tmp"):
            with open(path, "rb") as file:
                found.append(json.loads(file.readline())["pos"])
    return found


def run(tool, sql, source, sink, folder, rng, interval, kill_after=None, memory=()):
    """One run of cdc-sql; killed after so many lines of input. Returns how it ended if that is wrong."""
    resumed = sink.position is not None
    begin = source.beginning
    if resumed:
        fitting = [position for position in heads(folder) if source.not_ahead(position, sink.position)]
        if not fitting:
            return "no checkpoint is at or before what the sink has"
        begin = fitting[-1]
    hello = {"@cdc": "hello", "v": 1, "tool": "t", "slot": "s", "source": {"kind": "t"},
             "begins": "position" if resumed else "beginning", "resumed": resumed, "pos": begin}
    lines, number = [json.dumps(hello, separators=(",", ":"))], 0
    for position, more, rows in source.lines(rng, begin):
        number += 1
        frame = '"n":%d,"pos":%s%s}' % (number, json.dumps(position), more)
        lines += ['{"@cdc":"begin",' + frame] + rows + ['{"@cdc":"mark","rows":%d,"ts_us":1,' % len(rows) + frame]
    if kill_after is None:
        lines.append('{"@cdc":"end","reason":"until","exit":0,"pos":%s}' % json.dumps(source.beginning))
    else:
        lines = lines[:1 + rng.randrange(len(lines))]
    process = subprocess.Popen([tool, "--quiet", "-e", sql, "--checkpoint", folder, "--checkpoint-interval", interval,
                                "--checkpoint-keep", "1000", *memory],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if kill_after is None:
        output, errors = process.communicate(("\n".join(lines) + "\n").encode())
        sink.read(output.decode())
        return None if process.returncode == 0 else "status %d: %s" % (process.returncode, errors.decode())
    chunks = []
    reader = threading.Thread(target=lambda: chunks.append(process.stdout.read()))
    reader.start()
    try:
        process.stdin.write(("\n".join(lines) + "\n").encode())
        process.stdin.flush()
    except BrokenPipeError:
        pass
    try:
        process.wait(timeout=rng.random() * kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    reader.join()
    errors = process.stderr.read().decode()
    process.stderr.close()
    # The sink dies with it: what was under way is lost.
    output = b"".join(chunks).decode()
    sink.read(output[:rng.randrange(len(output) + 1)])
    return None if process.returncode == -9 else "status %d: %s" % (process.returncode, errors)


def compare(tool, sql, make_source, records, seed, kafka, memory):
    rng = random.Random(seed)
    source = make_source(rng, records)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/disk")

        def disk(share):
            """Some runs have all state in memory: checkpoints go from the one kind to the other."""
            return ("--memory", memory, "--spill", folder + "/disk") if memory and rng.random() < share else ()

        killed, kills = Sink(source), 0
        for _ in range(rng.randint(2, 5)):
            problem = run(tool, sql, source, killed, folder + "/a", rng, "0", 0.05, disk(0.8))
            if problem:
                return "a killed run ended with " + problem
            kills += 1
        problem = run(tool, sql, source, killed, folder + "/a", rng, "0", None, disk(1))
        if problem:
            return problem
        if os.listdir(folder + "/disk"):
            return "left on disk: %s" % os.listdir(folder + "/disk")
        if kafka:
            # The order is that of the first reading, so there is nothing to compare byte by byte: the results are.
            whole = Sink(source)
            problem = run(tool, sql, source, whole, folder + "/b", rng, "3600")
            return problem or (None if sums(killed) == sums(whole) else
                               "after %d kills: %s\n  without: %s" % (kills, sums(killed), sums(whole)))
        whole = Sink(source)
        problem = run(tool, sql, source, whole, folder + "/b", rng, "3600")
        if problem:
            return problem
        for one, other in zip(killed.taken, whole.taken):
            if one != other:
                return "after %d kills: %s\n  without: %s" % (kills, one, other)
        return None if len(killed.taken) == len(whole.taken) else "%d steps instead of %d" % (len(killed.taken), len(whole.taken))


def sums(sink):
    """What the rows that the sink has taken add up to."""
    result = {}
    for _, rows in sink.taken:
        for row in rows:
            payload = json.loads(row)["payload"]
            for image, weight in ((payload["before"], -1), (payload["after"], 1)):
                if image is not None:
                    key = json.dumps(image)
                    result[key] = result.get(key, 0) + weight
    if any(count < 0 for count in result.values()):
        return "taken away but not there: %s" % result
    return {key: count for key, count in result.items() if count}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--memory", default=None)
    arguments = parser.parse_args()
    print("seed", arguments.seed)
    failed = 0
    cases = [(recompute.TABLES, query, changing_records) for query in recompute.CHANGING]
    # Read in another order, event times are late or not.
    cases += [] if arguments.kafka else [(recompute.EVENTS, query[0], timed_records) for query in recompute.TIMED]
    for number, (tables, query, make_records) in enumerate(cases):
        sql = query[0] if isinstance(query, tuple) else query
        # The order of arrival decides there.
        if arguments.kafka and ("LIMIT" in sql or "OVER" in sql):
            continue
        seed = arguments.seed + number
        records = make_records(random.Random(seed), arguments.steps)
        problem = compare(arguments.tool, tables + sql, KafkaSource if arguments.kafka else BinlogSource, records, seed, arguments.kafka, arguments.memory)
        if problem:
            failed += 1
            print(f"not ok - {sql}\n  {problem}")
    print("failed: %d" % failed if failed else "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
