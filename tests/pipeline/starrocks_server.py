"""A server that answers as StarRocks' documentation says: Stream Load and its transactions over HTTP (a front end and a
back end), and as much SQL over MySQL's protocol as cdc-apply asks of a front end. Rows are kept in SQLite, in memory.

  starrocks_server.py FOLDER [--version 4.0.2] [--redirect-host HOST] [--redirect-transactions] [--password PASSWORD]

Writes FOLDER/ports ("FE BE QUERY") once it listens, and each request to FOLDER/requests.jsonl. FOLDER/fault, if it is
there, names what is to go wrong with the next request of that kind, with "second" behind it the one after that (and is
removed): "lose-answer OPERATION" closes the connection after the operation was done, "hang OPERATION" never answers,
"leave-out OPERATION" answers that a row was left out.
"""
import argparse, base64, hashlib, http.server, json, os, re, socket, socketserver, sqlite3, struct, threading, time, urllib.parse

options = argparse.ArgumentParser()
options.add_argument("folder")
options.add_argument("--version", default="4.0.2")
options.add_argument("--redirect-host", default="127.0.0.1")
options.add_argument("--redirect-transactions", action="store_true")
options.add_argument("--password", default="pw")
options = options.parse_args()

lock = threading.RLock()
tables = {}  # name -> {"columns": [(name, type, nullable)], "key": [...], "comment"}
transactions = {}  # label -> {"state", "id", "table", "multi", "loads"}
numbers = [1000]
error_logs = {}
rows_db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
ports = {}


def say(line):
    with open(os.path.join(options.folder, "requests.jsonl"), "a") as log:
        log.write(json.dumps(line) + "\n")


def take_fault(operation):
    path = os.path.join(options.folder, "fault")
    try:
        text = open(path).read().split()
    except FileNotFoundError:
        return None
    if text[1] != operation:
        return None
    if text[2:] == ["second"]:
        with open(path, "w") as file:
            file.write(" ".join(text[:2]))
        return None
    os.unlink(path)
    return text[0]


# --- rows

class Refused(Exception):
    pass


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def converted(value, type_name, nullable):
    """The stored value, in strict mode."""
    if value is None:
        if not nullable:
            raise Refused("NULL value in non-nullable column")
        return None
    base = re.match(r"\w+", type_name).group(0)
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    if base in ("BIGINT", "INT", "LARGEINT", "BOOLEAN"):
        bits = {"BIGINT": 63, "INT": 31, "LARGEINT": 127, "BOOLEAN": 1}[base]
        try:
            number = int(value)
        except ValueError:
            raise Refused("value %r is not a %s" % (value, base))
        if not -2**bits <= number < 2**bits and base != "BOOLEAN":
            raise Refused("value %r is out of range of %s" % (value, base))
        return str(number)
    if base == "DECIMAL":
        precision, scale = map(int, re.findall(r"\d+", type_name))
        if not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
            raise Refused("value %r is not a DECIMAL" % (value,))
        whole, _, fraction = str(value).lstrip("-").partition(".")
        if len(whole.lstrip("0")) > precision - scale or len(fraction) > scale:
            raise Refused("value %r does not fit %s" % (value, type_name))
        return ("-" if str(value).startswith("-") else "") + whole + ("." + fraction.ljust(scale, "0") if scale else "")
    if base == "DOUBLE":
        return repr(float(value))
    if base in ("DATE", "DATETIME"):
        pattern = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + ("" if base == "DATE" else r"( \d\d:\d\d:\d\d(\.\d{1,6})?)?")
        if not re.fullmatch(pattern, str(value)):
            raise Refused("value %r is not a %s" % (value, base))
        return str(value)
    if base in ("VARCHAR", "STRING"):
        limit = re.search(r"\d+", type_name)
        text = value if isinstance(value, str) else json.dumps(value)
        if limit and len(text.encode()) > int(limit.group(0)):
            raise Refused("value of %d bytes is longer than %s" % (len(text.encode()), type_name))
        return text
    raise Refused("type " + type_name)


def rows_of(headers, table, body):
    """[(is_delete, {column: value})] of a load's body."""
    if headers.get("format") != "json":
        raise Refused("format is not json")
    if headers.get("timezone") != "UTC" or headers.get("strict_mode") != "true" or headers.get("max_filter_ratio") != "0":
        raise Refused("a default of StarRocks' was left in place")
    document = json.loads(body)
    if headers.get("strip_outer_array") != "true":
        raise Refused("an array, and not to be stripped")
    names = [n.strip("`") for n in headers["columns"].split(",")]
    paths = [re.fullmatch(r'\$\.(?:"(.*)"|(.*))', p) for p in json.loads(headers["jsonpaths"])]
    paths = [m.group(1) if m.group(1) is not None else m.group(2) for m in paths]
    if len(names) != len(paths):
        raise Refused("columns and jsonpaths differ in number")
    columns = {name: (type_name, nullable) for name, type_name, nullable in table["columns"]}
    out = []
    for row in document:
        values = {name: row.get(path) for name, path in zip(names, paths)}
        is_delete = int(values.pop("__op", 0) or 0) == 1
        if "__op" in names and not table["key"]:
            raise Refused("__op of a table without a primary key")
        for name in values:
            if name not in columns:
                raise Refused("unknown column " + name)
        stored = {}
        for name, (type_name, nullable) in columns.items():
            if is_delete and name not in table["key"]:
                continue
            stored[name] = converted(values.get(name), type_name, nullable)
        out.append((is_delete, stored))
    return out


def apply(loads):
    rows_db.execute("BEGIN")
    for name, changes in loads:
        table = tables[name]
        for is_delete, row in changes:
            if table["key"]:
                where = " AND ".join("%s = ?" % quoted(k) for k in table["key"])
                rows_db.execute("DELETE FROM %s WHERE %s" % (quoted(name), where), [row[k] for k in table["key"]])
            if not is_delete:
                rows_db.execute("INSERT INTO %s (%s) VALUES (%s)" % (quoted(name), ", ".join(map(quoted, row)), ", ".join("?" * len(row))), list(row.values()))
    rows_db.execute("COMMIT")


# --- Stream Load

def new_transaction(label, table, multi):
    numbers[0] += 1
    transactions[label] = {"state": "PREPARE", "id": numbers[0], "table": table, "multi": multi, "loads": []}
    return transactions[label]


def label_exists(label, status):
    state = transactions[label]["state"]
    return {"TxnId": -1, "Label": label, "Status": status, "ExistingJobStatus": "FINISHED" if state in ("COMMITTED", "VISIBLE") else "RUNNING",
            "Message": "Label [%s] has already been used." % label}


def take_rows(transaction, headers, body):
    """What the answer says of a load."""
    name = headers.get("table", "")
    answer = {"TxnId": transaction["id"], "Label": headers["label"], "Status": "OK", "Message": "", "LoadBytes": len(body)}
    if name not in tables:
        return dict(answer, Status="Fail", Message="unknown table \"%s\"" % name)
    try:
        rows = rows_of(headers, tables[name], body)
    except Refused as refused:
        numbers[0] += 1
        error_logs[str(numbers[0])] = "Error: %s. Row: %s" % (refused, body[:200].decode(errors="replace"))
        return dict(answer, Status="Fail", Message="too many filtered rows",
                    ErrorURL="http://%s:%d/api/_load_error_log?file=%d" % (options.redirect_host, ports["be"], numbers[0]))
    transaction["loads"].append((name, rows))
    return answer


def counts(transaction):
    """What the answers to prepare, commit and a plain load say of rows; those to the loads of a transaction do not."""
    rows = sum(len(changes) for _, changes in transaction["loads"])
    return {"NumberTotalRows": rows, "NumberLoadedRows": rows, "NumberFilteredRows": 0}


def stream_load(headers, body):
    label = headers["label"]
    if label in transactions and transactions[label]["state"] != "ABORTED":
        return label_exists(label, "Label Already Exists")
    transaction = new_transaction(label, headers["table"], False)
    answer = take_rows(transaction, headers, body)
    if answer["Status"] != "OK":
        transaction["state"] = "ABORTED"
        return answer
    apply(transaction["loads"])
    transaction["state"] = "VISIBLE"
    return dict(answer, **counts(transaction), Status="Success", Message="OK")


def transaction_call(operation, headers, body):
    label, table, multi = headers.get("label"), headers.get("table", ""), headers.get("transaction_type") == "multi"
    if multi and int(options.version.split(".")[0]) < 4:
        multi = False  # a header that older versions do not know
    if not label or not headers.get("db") or not (table or multi):
        return {"Status": "FAILED", "Message": "Must contains label, db and table"}
    if operation == "begin":
        if label in transactions:
            state = transactions[label]["state"]
            if state not in ("PREPARE", "ABORTED"):
                return label_exists(label, "LABEL_ALREADY_EXISTS")
            transactions[label]["state"] = "ABORTED"  # the one before fails
        if table and table not in tables:
            return {"Status": "FAILED", "Message": "unknown table " + table}
        return {"Status": "OK", "Message": "", "Label": label, "TxnId": new_transaction(label, table, multi)["id"], "BeginTxnTimeMs": 0}
    transaction = transactions.get(label)
    if transaction is None:
        return {"Status": "TXN_NOT_EXISTS", "Message": "transaction with label %s does not exist" % label}
    state = transaction["state"]
    answer = {"TxnId": transaction["id"], "Label": label, "Status": "OK", "Message": ""}
    if operation == "load":
        if state != "PREPARE":
            return dict(answer, Status="Fail", Message="transaction is " + state)
        if not transaction["multi"] and table != transaction["table"]:
            return dict(answer, Status="Fail", Message="table differs from the transaction's")
        loaded = take_rows(transaction, headers, body)
        if loaded["Status"] != "OK":
            transaction["state"] = "ABORTED"
        return loaded
    if operation == "prepare":
        if transaction["multi"]:
            return dict(answer, Status="Fail", Message="multi-table transactions have no prepare")
        if state != "PREPARE":
            return dict(answer, Status="Fail", Message="transaction is " + state)
        transaction["state"] = "PREPARED"
        return dict(answer, **counts(transaction))
    if operation == "commit":
        if state == "VISIBLE":
            return answer
        if state != ("PREPARE" if transaction["multi"] else "PREPARED"):
            return dict(answer, Status="Fail", Message="transaction is " + state)
        apply(transaction["loads"])
        transaction["state"] = "VISIBLE"
        return dict(answer, **counts(transaction))
    if operation == "rollback":
        if state == "VISIBLE":
            return dict(answer, Status="Fail", Message="transaction is committed")
        transaction["state"] = "ABORTED"
        return answer
    return {"Status": "FAILED", "Message": "unknown operation " + operation}


class LoadHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        return True  # said when the body is wanted

    def role(self):
        return "be" if self.server.server_address[1] == ports["be"] else "fe"

    def answer(self, status, document, headers=(), close=False):
        body = json.dumps(document).encode() if document is not None else b""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def take(self):
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/rows":  # for tests: an SQL statement's result as tab-separated lines
            with lock:
                try:
                    result = run_sql(urllib.parse.unquote(path.query)) or ([], [])
                except sqlite3.OperationalError as failure:
                    result = ["error"], [[failure]]
            text = "".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in (result[1] if result else [])).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            return self.wfile.write(text)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = {"to": self.role(), "method": self.command, "path": self.path, "headers": dict(self.headers.items())}
        if path.path == "/api/_load_error_log":
            text = error_logs.get(urllib.parse.parse_qs(path.query)["file"][0], "").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            return say(request)
        wanted = "Basic " + base64.b64encode(("root:" + options.password).encode()).decode()
        if headers.get("authorization") != wanted:
            say(request)
            return self.answer(401, {"Status": "FAILED", "Message": "Access denied"}, close=True)
        is_load = path.path.endswith("/_stream_load")
        if self.role() == "fe" and (is_load or (options.redirect_transactions and path.path.startswith("/api/transaction/"))):
            say(request)
            location = "http://root:%s@%s:%d%s" % (options.password, options.redirect_host, ports["be"], self.path)
            return self.answer(307, None, [("Location", location)], close="expect" in headers)
        if headers.get("expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        length = int(headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the client died in the midst
            self.close_connection = True
            return
        say(dict(request, body=body.decode()))
        operation = "stream_load" if is_load else path.path.rsplit("/", 1)[-1]
        with lock:
            if is_load:
                document = stream_load(headers, body)
            elif path.path.startswith("/api/transaction/"):
                document = transaction_call(operation, headers, body)
            elif path.path.endswith("/get_load_state"):
                label = urllib.parse.parse_qs(path.query)["label"][0]
                document = {"status": "OK", "msg": "Success", "state": transactions.get(label, {"state": "UNKNOWN"})["state"]}
            else:
                return self.answer(404, {"Status": "FAILED", "Message": "no such path"})
        fault = take_fault(operation)
        if fault == "hang":
            threading.Event().wait()
        if fault == "leave-out":
            document.update(NumberLoadedRows=document["NumberLoadedRows"] - 1, NumberFilteredRows=0 if operation == "prepare" else 1)
        if fault == "lose-answer":
            self.close_connection = True
            return None
        self.answer(200, document)

    do_GET = do_PUT = do_POST = take


# --- SQL over MySQL's protocol

def split_list(text):
    """At commas that are in no brackets."""
    items, depth = [""], 0
    for c in text:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "," and depth == 0:
            items.append("")
        else:
            items[-1] += c
    return [item.strip() for item in items]


def bracket(text, at):
    """(inside, end) of the bracket that opens at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return text[at + 1:i], i + 1
    raise Refused("no closing bracket")


def column_of(text):
    match = re.fullmatch(r"(?:`((?:[^`]|``)+)`|(\w+)) (.*?) (NOT NULL|NULL)", text)
    return (match.group(1) or match.group(2)).replace("``", "`"), match.group(3), match.group(4) == "NULL"


def create_table(sql):
    match = re.match(r"CREATE TABLE (IF NOT EXISTS )?(?:`((?:[^`]|``)+)`|(\w+)) \(", sql)
    name = (match.group(2) or match.group(3)).replace("``", "`")
    if name in tables:
        if match.group(1):
            return
        raise Refused("Table '%s' already exists" % name)
    inside, end = bracket(sql, match.end() - 1)
    columns = [column_of(item) for item in split_list(inside)]
    for column, _, _ in columns:
        if column == "__op":
            raise Refused("Column name [__op] is a system reserved name")
    tail = sql[end:].strip()
    key = []
    if tail.startswith("PRIMARY KEY"):
        keys, after = bracket(tail, tail.index("("))
        key = [k.strip("`") for k in split_list(keys)]
        tail = tail[after:].strip()
        if [c[0] for c in columns[:len(key)]] != key:
            raise Refused("Key columns should be the first few columns of the schema")
    comment = re.match(r"COMMENT '([^']*)' ?", tail)
    if not re.match(r"DISTRIBUTED BY (RANDOM|HASH \(.*?\))( BUCKETS \d+)?( PROPERTIES \(.*\))?$", tail[comment.end() if comment else 0:]):
        raise Refused("syntax: " + tail)
    tables[name] = {"columns": columns, "key": key, "comment": comment.group(1) if comment else ""}
    indexed = ", PRIMARY KEY (%s)" % ", ".join(map(quoted, key)) if key else ""
    rows_db.execute("CREATE TABLE %s (%s%s)" % (quoted(name), ", ".join(quoted(c[0]) + " TEXT" for c in columns), indexed))


def run_sql(sql):
    """(column names, rows) or None."""
    sql = sql.strip().rstrip(";")
    if re.match(r"(USE|SET) ", sql):
        return None
    if sql == "SELECT current_version()":
        return ["version"], [[options.version + "-abcdef0"]]
    match = re.match(r"SELECT COLUMN_NAME, COLUMN_KEY FROM information_schema.columns WHERE TABLE_SCHEMA = '(.*?)' AND TABLE_NAME = '(.*?)' ORDER BY", sql)
    if match:
        table = tables.get(match.group(2).replace("''", "'"))
        return ["COLUMN_NAME", "COLUMN_KEY"], [[c[0], "PRI" if c[0] in table["key"] else ""] for c in table["columns"]] if table else []
    if re.match(r"SELECT TABLE_COMMENT FROM information_schema.tables", sql):
        name = re.search(r"TABLE_NAME = '(.*?)'", sql).group(1)
        return ["TABLE_COMMENT"], [[tables[name]["comment"]]] if name in tables else []
    if sql.startswith("CREATE TABLE"):
        return create_table(sql)
    match = re.match(r"ALTER TABLE `(.*?)` (ADD COLUMN .*)", sql)
    if match:
        for item in split_list(match.group(2)):
            column = column_of(item[len("ADD COLUMN "):])
            tables[match.group(1)]["columns"].append(column)
            rows_db.execute("ALTER TABLE %s ADD COLUMN %s TEXT" % (quoted(match.group(1)), quoted(column[0])))
        return None
    match = re.match(r"(DROP|TRUNCATE) TABLE `?(.*?)`?$", sql)
    if match:
        rows_db.execute(("DROP TABLE %s" if match.group(1) == "DROP" else "DELETE FROM %s") % quoted(match.group(2)))
        if match.group(1) == "DROP":
            del tables[match.group(2)]
        return None
    if sql.startswith("SELECT "):
        cursor = rows_db.execute(sql)
        return [d[0] for d in cursor.description], [list(r) for r in cursor.fetchall()]
    raise Refused("syntax: " + sql)


def length_encoded(data):
    n = len(data)
    head = bytes([n]) if n < 251 else b"\xfc" + struct.pack("<H", n) if n < 1 << 16 else b"\xfd" + struct.pack("<I", n)[:3]
    return head + data


class SqlHandler(socketserver.BaseRequestHandler):
    def send(self, payload):
        self.request.sendall(struct.pack("<I", len(payload))[:3] + bytes([self.sequence % 256]) + payload)
        self.sequence += 1

    def read(self, n):
        data = b""
        while len(data) < n:
            part = self.request.recv(n - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def receive(self):
        head = self.read(4)
        self.sequence = head[3] + 1
        return self.read(head[0] | head[1] << 8 | head[2] << 16)

    def ok(self):
        self.send(b"\x00\x00\x00\x02\x00\x00\x00")

    def error(self, number, text):
        self.send(b"\xff" + struct.pack("<H", number) + b"#HY000" + text.encode())

    def handle(self):
        try:
            self.talk()
        except ConnectionError:
            pass

    def talk(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sequence, salt = 0, b"abcdefghijklmnopqrst"
        # PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, CONNECT_WITH_DB, LONG_PASSWORD
        capabilities = 0x200 | 0x8000 | 0x80000 | 0x8 | 0x1
        self.send(b"\x0a8.0.33\x00" + struct.pack("<I", 7) + salt[:8] + b"\x00" + struct.pack("<H", capabilities & 0xFFFF) + b"\x21\x02\x00" +
                  struct.pack("<H", capabilities >> 16) + bytes([21]) + b"\x00" * 10 + salt[8:] + b"\x00mysql_native_password\x00")
        login = self.receive()
        rest = login[32:]
        user, _, rest = rest.partition(b"\x00")
        proof = rest[1:1 + rest[0]]
        once = hashlib.sha1(options.password.encode()).digest()
        mask = hashlib.sha1(salt + hashlib.sha1(once).digest()).digest()
        if user != b"root" or proof != bytes(a ^ b for a, b in zip(once, mask)):
            return self.error(1045, "Access denied for user '%s'" % user.decode())
        self.ok()
        while True:
            command = self.receive()
            if command[0] == 1:
                return None
            if command[0] != 3:
                self.ok()
                continue
            try:
                with lock:
                    result = run_sql(command[1:].decode())
            except Exception as failure:
                self.error(1064, str(failure))
                continue
            if result is None:
                self.ok()
                continue
            names, rows = result
            self.send(bytes([len(names)]))
            for name in names:
                self.send(length_encoded(b"def") + length_encoded(b"") * 3 + length_encoded(name.encode()) + length_encoded(name.encode()) +
                          b"\x0c\x2d\x00" + struct.pack("<I", 1 << 24) + b"\xfd\x00\x00\x00\x00\x00")
            self.send(b"\xfe\x00\x00\x02\x00")
            for row in rows:
                self.send(b"".join(b"\xfb" if v is None else length_encoded(str(v).encode()) for v in row))
            self.send(b"\xfe\x00\x00\x02\x00")


class HttpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True


class SqlServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


servers = {"fe": HttpServer(("127.0.0.1", 0), LoadHandler), "be": HttpServer(("127.0.0.1", 0), LoadHandler), "query": SqlServer(("127.0.0.1", 0), SqlHandler)}
for role, server in servers.items():
    ports[role] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open(os.path.join(options.folder, "ports.new"), "w") as file:
    file.write("%(fe)d %(be)d %(query)d\n" % ports)
os.rename(os.path.join(options.folder, "ports.new"), os.path.join(options.folder, "ports"))
while True:
    time.sleep(3600)
