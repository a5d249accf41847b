#!/usr/bin/env python3
"""cdc-sql is stopped while it reads a table that does not come through its input: that is no end of the table. Windows
that are open are not over, a transaction that waits for these rows is not marked, and no checkpoint says that they were read.

  stopped.py CDC-SQL
"""
import glob, json, os, signal, subprocess, sys, tempfile

ENDLESS = """CREATE TABLE g (id INT, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen',
  'rows-per-second' = '200', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000');"""
STREAM = "CREATE TABLE t (id INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');"


def stopped(tool, script, lines, is_time, *options):
    """The output of a run that is stopped when a line has come for which is_time holds."""
    process = subprocess.Popen([tool, "--quiet", "-e", script, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in lines:
        process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    output = []
    for line in process.stdout:
        output.append(json.loads(line))
        if is_time(output[-1]):
            break
    else:
        sys.exit("the line that is waited for did not come: %s" % output[-3:])
    process.send_signal(signal.SIGTERM)
    output += [json.loads(line) for line in process.stdout]  # the input stays open
    if process.wait(60) != 0:
        sys.exit("status %d" % process.returncode)
    return output


def windows_stay_open(tool):
    script = ENDLESS + """
      CREATE TABLE seen (id INT) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
      CREATE TABLE hours (n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'hours', 'format' = 'json');
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO seen SELECT id FROM g;
        INSERT INTO hours SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
      END;"""
    output = stopped(tool, script, [], lambda line: line.get("topic") == "seen")
    fired = [line for line in output if line.get("topic") == "hours" and "payload" in line]
    if fired:
        sys.exit("an open window came: %s" % fired)


def transaction_is_not_marked(tool):
    script = ENDLESS + STREAM + "SELECT COUNT(*) AS n FROM (SELECT id FROM g UNION ALL SELECT id FROM t);"
    at = {"file": "b", "pos": 4}
    then = {"n": 1, "pos": {"file": "b", "pos": 10}}
    lines = [{"@cdc": "hello", "v": 1, "tool": "t", "slot": "s", "source": {"kind": "t"}, "begins": "beginning", "resumed": False, "pos": at},
             {"@cdc": "begin", **then}, {"topic": "t", "key": None, "payload": {"id": 1}}, {"@cdc": "mark", **then}]
    with tempfile.TemporaryDirectory() as folder:
        output = stopped(tool, script, lines, lambda line: line.get("@cdc") == "begin", "--checkpoint", folder, "--checkpoint-interval", "0")
        marks = [line for line in output if line.get("@cdc") == "mark"]
        if marks:
            sys.exit("a transaction is marked that lacks rows: %s" % marks)
        if output[-1].get("reason") != "signal" or output[-1]["pos"] != at:
            sys.exit("the end is told as %s" % output[-1])
        for path in glob.glob(folder + "/checkpoint-*"):
            with open(path, "rb") as file:
                if (head := json.loads(file.readline()))["pos"] != at:
                    sys.exit("a checkpoint is behind rows that were not read: %s" % head)


def file_is_not_at_its_end(tool):
    """A file that is waited for (a FIFO whose writer is there) has more rows, whatever its reading ends by."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        os.mkfifo(path)
        script = """CREATE TABLE f (id INT, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts)
          WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json');
          CREATE TABLE seen (id INT) WITH ('connector' = 'kafka', 'topic' = 'seen', 'format' = 'json');
          CREATE TABLE hours (n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'hours', 'format' = 'json');
          EXECUTE STATEMENT SET BEGIN
            INSERT INTO seen SELECT id FROM f;
            INSERT INTO hours SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE f, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
          END;""" % path
        writer = os.open(path, os.O_RDWR)  # never without a writer
        os.write(writer, b'{"id":1}\n{"id":2}\n')
        process = subprocess.Popen([tool, "--quiet", "-e", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        output = [process.stdout.readline() for _ in range(4)]  # two schemas and two rows: what there is comes before the wait
        process.send_signal(signal.SIGUSR1)  # only asks how it stands
        told = process.stderr.readline()
        os.write(writer, b'{"id":3}\n')
        output.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        output = [json.loads(line) for line in [*output, *process.stdout]]
        os.close(writer)
        if process.wait(60) != 0:
            sys.exit("status %d" % process.returncode)
        seen = [line["payload"]["id"] for line in output if line.get("topic") == "seen" and "payload" in line]
        fired = [line for line in output if line.get("topic") == "hours" and "payload" in line]
        if fired or seen != [1, 2, 3] or output[-1].get("reason") != "signal" or not told:
            sys.exit("the file was taken to be at its end: %s" % output)


def files_that_come_later(tool):
    """'source.monitor-interval': a folder is looked into again and again, and has no end."""
    with tempfile.TemporaryDirectory() as folder:
        def put(name, number):
            with open(os.path.join(folder, "." + name), "w") as file:
                file.write('{"id":%d}\n' % number)
            os.rename(os.path.join(folder, "." + name), os.path.join(folder, name))
        put("b", 1)
        script = """CREATE TABLE f (id INT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json',
          'source.monitor-interval' = '20 ms'); SELECT id FROM f;""" % folder
        process = subprocess.Popen([tool, "--quiet", "--output", "changelog-json", "-e", script], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        seen = [json.loads(process.stdout.readline())["row"]["id"]]
        for name, number in (("a", 2), ("c", 3)):
            put(name, number)
            seen.append(json.loads(process.stdout.readline())["row"]["id"])
        process.send_signal(signal.SIGTERM)
        if seen != [1, 2, 3] or process.stdout.read() or process.wait(60) != 0:
            sys.exit("files that came later gave %s" % seen)


def file_that_comes_while_another_is_read(tool):
    """A file takes longer to read than the interval: what came meanwhile is found at its end, which is not the table's."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a"), "w") as file:
            file.writelines('{"id":%d}\n' % number for number in range(50000))  # more than a pipe holds
        os.symlink("loop", os.path.join(folder, "loop"))  # leads nowhere, and is no file
        script = """CREATE TABLE f (id INT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'json',
          'source.monitor-interval' = '1 ms'); SELECT id FROM f;""" % folder
        process = subprocess.Popen([tool, "--quiet", "--output", "changelog-json", "-e", script], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        with open(os.path.join(folder, ".b"), "w") as file:
            file.write('{"id":-1}\n')
        os.rename(os.path.join(folder, ".b"), os.path.join(folder, "b"))
        last = next((line for line in process.stdout if "-1" in line), None)
        process.send_signal(signal.SIGTERM)
        if last is None or process.stdout.read() or process.wait(60) != 0:
            sys.exit("the file that came while another was read gave %s" % last)


signal.alarm(60)  # what is waited for does not come
windows_stay_open(sys.argv[1])
file_is_not_at_its_end(sys.argv[1])
files_that_come_later(sys.argv[1])
file_that_comes_while_another_is_read(sys.argv[1])
transaction_is_not_marked(sys.argv[1])
