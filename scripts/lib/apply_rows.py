"""Writes the rows of bench-apply: inserts.records and updates.records (what cdc-encode writes, in transactions of 1000
rows), rows.sql (INSERTs of 1000 rows), rows.copy (COPY) and rows.tsv.  apply_rows.py ROWS"""
import sys

ROWS, STEP = int(sys.argv[1]), 1000
HELLO = '{"@cdc":"hello","v":1,"tool":"bench","slot":"bench","source":{"kind":"file"},"begins":"beginning","pos":{"file":"b.000001","pos":4}}\n'
SCHEMA = ('{"@cdc":"schema","topic":"m.d.t","db":"d","table":"t","key":["id"],"columns":['
          '{"name":"id","connect":{"type":"int64","optional":false,"field":"id"},"mysql":"bigint"},'
          '{"name":"number","connect":{"type":"int32","optional":true,"field":"number"},"mysql":"int"},'
          '{"name":"text","connect":{"type":"string","optional":true,"field":"text"},"mysql":"varchar(64)"},'
          '{"name":"amount","connect":{"type":"string","optional":true,"field":"amount"},"mysql":"decimal(12,2)"},'
          '{"name":"at","connect":{"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp","field":"at"},"mysql":"datetime(6)"}]}\n')
SOURCE = '{"version":"3.0","connector":"mysql","name":"m","ts_ms":1700000000000,"snapshot":"false","db":"d","table":"t","server_id":1,"gtid":null,"file":"b.000001","pos":1,"row":0}'


def values(i, turn):
    return i, i * 7919 % 100003 + turn, "row %d of the table, %032x" % (i, i * 2654435761), "%d.%02d" % (i * 37 // 100, i * 37 % 100), i * 1234567


def as_json(row):
    return '{"id":%d,"number":%d,"text":"%s","amount":"%s","at":%d}' % (row[0], row[1], row[2], row[3], 1704067200000000 + row[4])


def time_text(row):
    seconds, microseconds = divmod(row[4], 1000000)
    days, seconds = divmod(seconds, 86400)
    return "2024-01-%02d %02d:%02d:%02d.%06d" % (1 + days % 28, seconds // 3600, seconds // 60 % 60, seconds % 60, microseconds)


for turn, name in enumerate(("inserts", "updates")):
    with open(name + ".records", "w") as out:
        out.write(HELLO + SCHEMA)
        for n, start in enumerate(range(0, ROWS, STEP), 1):
            position = '{"file":"b.000001","pos":%d}' % ((n + turn * ROWS) * 100)
            lines = ['{"@cdc":"begin","n":%d,"pos":%s}' % (n, position)]
            for i in range(start, start + STEP):
                before = as_json(values(i, 0)) if turn else "null"
                payload = '{"before":%s,"after":%s,"source":%s,"transaction":null,"op":"%s","ts_ms":1700000000000}' % (before, as_json(values(i, turn)), SOURCE, "u" if turn else "c")
                key = '{"id":%d}' % i
                lines.append('{"@len":[%d,%d],"topic":"m.d.t","key":%s,"payload":%s}' % (len(key), len(payload), key, payload))
            lines.append('{"@cdc":"mark","n":%d,"rows":%d,"ts_us":1,"pos":%s}\n' % (n, STEP, position))
            out.write("\n".join(lines))
        out.write('{"@cdc":"end","reason":"until","exit":0}\n')
with open("rows.sql", "w") as sql, open("rows.copy", "w") as copy, open("rows.tsv", "w") as tsv:
    for start in range(0, ROWS, STEP):
        rows = [values(i, 0) for i in range(start, start + STEP)]
        texts = ["\t".join((str(r[0]), str(r[1]), r[2], r[3], time_text(r))) + "\n" for r in rows]
        if start % (10 * STEP) == 0:
            sql.write(("COMMIT; " if start else "") + "BEGIN;\n")
            copy.write(("\\.\n" if start else "") + "COPY hand FROM STDIN;\n")
        sql.write("INSERT INTO t VALUES " + ",".join("(%d,%d,'%s',%s,'%s')" % (r[0], r[1], r[2], r[3], time_text(r)) for r in rows) + ";\n")
        copy.write("".join(texts))
        tsv.write("".join(texts))
    sql.write("COMMIT;\n")
    copy.write("\\.\n")
