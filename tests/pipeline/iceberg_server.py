#!/usr/bin/env python3
"""A REST catalog of Iceberg and an S3 server in one, for tests: what it gets is checked, and it fails when it is told to.

  iceberg_server.py FOLDER WAREHOUSE

FOLDER/port tells the port once it listens. Objects are files FOLDER/s3/BUCKET/KEY, tables FOLDER/tables/NAME.metadata.json (their
newest metadata). WAREHOUSE, such as s3://lake, is before the locations of tables. A file FOLDER/fail, if it is there,
tells what is to go wrong, once: "lost-commit" (the commit is made, the connection ends), "error-commit" (it is made, the
answer is 500), "conflict" (409), "conflict-and-no-deletes" (409 for a commit of rows; no object can be removed from then on), "busy" (503 of S3), "lost-complete" (an upload is joined, the connection ends),
"expired" (401 for the token), "expired-keys" (the keys for S3 that were lent hold no longer), "hang" (a commit is never answered). Requests are listed in FOLDER/requests.
"""

import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse
import uuid

FOLDER, WAREHOUSE = sys.argv[1:3]
KEYS = {"key": "secret/with+signs", "lent-1": "first"}  # the last one is lent, the others but the first have expired
CREDENTIAL = ("me", "s:cret")
lock = threading.RLock()
tables, namespaces, uploads, tokens = {}, set(), {}, set()


def failure(*names):
    path = os.path.join(FOLDER, "fail")
    if os.path.exists(path) and open(path).read().strip() in names:
        name = open(path).read().strip()
        os.unlink(path)
        return name
    return None


class Refused(Exception):
    def __init__(self, status, kind, message):
        super().__init__(message)
        self.status, self.kind = status, kind


class Broken(Exception):
    """The connection ends without an answer."""


def check(requirement, metadata):
    kind = requirement["type"]
    if kind == "assert-table-uuid":
        good = metadata["table-uuid"] == requirement["uuid"]
    elif kind == "assert-ref-snapshot-id":
        good = metadata["refs"].get(requirement["ref"], {}).get("snapshot-id") == requirement["snapshot-id"]
    elif kind == "assert-current-schema-id":
        good = metadata["current-schema-id"] == requirement["current-schema-id"]
    elif kind == "assert-default-spec-id":
        good = metadata["default-spec-id"] == requirement["default-spec-id"]
    else:
        raise Refused(400, "BadRequestException", "requirement " + kind)
    if not good:
        raise Refused(409, "CommitFailedException", "Requirement failed: " + json.dumps(requirement))


def update(change, metadata):
    action = change["action"]
    if action == "add-schema":
        metadata["schemas"].append(change["schema"])
        metadata["last-column-id"] = max(metadata["last-column-id"], max(f["id"] for f in change["schema"]["fields"]))
    elif action == "set-current-schema":
        metadata["current-schema-id"] = metadata["schemas"][-1]["schema-id"] if change["schema-id"] == -1 else change["schema-id"]
    elif action == "add-spec":
        metadata["partition-specs"].append(change["spec"])
    elif action == "set-properties":
        metadata["properties"].update(change["updates"])
    elif action == "remove-snapshots":
        held = [ref["snapshot-id"] for ref in metadata["refs"].values()]
        if any(i in held for i in change["snapshot-ids"]):
            raise Refused(400, "ValidationException", "a snapshot that is removed has a reference")
        metadata["snapshots"] = [s for s in metadata["snapshots"] if s["snapshot-id"] not in change["snapshot-ids"]]
    elif action == "add-snapshot":
        snapshot = change["snapshot"]
        if "parent-snapshot-id" in snapshot and snapshot["sequence-number"] <= metadata["last-sequence-number"]:
            raise Refused(400, "ValidationException", "sequence number %d" % snapshot["sequence-number"])
        metadata["last-sequence-number"] = max(metadata["last-sequence-number"], snapshot["sequence-number"])
        metadata["snapshots"].append(snapshot)
    elif action == "set-snapshot-ref":
        metadata["refs"][change["ref-name"]] = {"snapshot-id": change["snapshot-id"], "type": change["type"]}
        if change["ref-name"] == "main":
            metadata["current-snapshot-id"] = change["snapshot-id"]
    else:
        raise Refused(400, "BadRequestException", "update " + action)


def commit(changes):
    """All or nothing."""
    new = {}
    for name, change in changes:
        if name not in tables:
            raise Refused(404, "NoSuchTableException", name)
        metadata = json.loads(json.dumps(tables[name]))
        for requirement in change["requirements"]:
            check(requirement, metadata)
        for one in change["updates"]:
            update(one, metadata)
        metadata["last-updated-ms"] = max(metadata["last-updated-ms"], int(time.time() * 1000))
        new[name] = metadata
    tables.update(new)
    for name in new:
        save(name)


def location_of(name):
    return "%s/metadata/%s.metadata.json" % (tables[name]["location"], uuid.uuid4())


def save(name):
    os.makedirs(os.path.join(FOLDER, "tables"), exist_ok=True)
    path = os.path.join(FOLDER, "tables", name + ".metadata.json")
    with open(path + ".new", "w") as file:
        json.dump(tables[name], file)
    os.rename(path + ".new", path)


def create(namespace, request):
    name = request["name"]
    if name in tables:
        raise Refused(409, "AlreadyExistsException", name)
    spec = request.get("partition-spec") or {"spec-id": 0, "fields": []}
    tables[name] = {
        "format-version": 2, "table-uuid": str(uuid.uuid4()), "location": "%s/%s/%s" % (WAREHOUSE, namespace, name),
        "last-sequence-number": 0, "last-updated-ms": int(time.time() * 1000), "current-schema-id": 0, "schemas": [request["schema"]],
        "last-column-id": max(f["id"] for f in request["schema"]["fields"]), "default-spec-id": 0, "partition-specs": [spec],
        "last-partition-id": 999 + len(spec["fields"]), "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": request.get("properties", {}), "refs": {}, "snapshots": [], "snapshot-log": [], "metadata-log": [],
        "current-snapshot-id": -1}
    save(name)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the client died in the midst
            self.close_connection = True
            return
        parts = urllib.parse.urlsplit(self.path)
        if self.command == "POST" and "/tables/" in parts.path and failure("hang"):
            threading.Event().wait()
        with lock:
            with open(os.path.join(FOLDER, "requests"), "a") as file:
                print(self.command, self.path, len(body), file=file)
            try:
                if parts.path.startswith("/v1/"):
                    answer = self.catalog(parts, body)
                    self.answer(200 if answer is not None else 204, b"" if answer is None else json.dumps(answer).encode(), [("Content-Type", "application/json")])
                else:
                    self.s3(parts, body)
            except Refused as refused:
                error = {"error": {"message": str(refused), "type": refused.kind, "code": refused.status}}
                self.answer(refused.status, json.dumps(error).encode())
            except Broken:
                self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_request

    # The catalog, under the prefix "p".

    def catalog(self, parts, body):
        path = [urllib.parse.unquote(part) for part in parts.path.split("/")[2:]]
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        if path == ["oauth", "tokens"]:
            form = dict(urllib.parse.parse_qsl(body.decode()))
            if (form.get("client_id"), form.get("client_secret")) != CREDENTIAL or form["grant_type"] != "client_credentials":
                raise Refused(401, "NotAuthorizedException", "wrong credential")
            token = str(uuid.uuid4())
            tokens.add(token)
            return {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        if failure("expired"):
            tokens.clear()
        if self.headers.get("Authorization", "").partition("Bearer ")[2] not in tokens:
            raise Refused(401, "NotAuthorizedException", "no token of ours")
        if path == ["config"]:
            endpoints = ["POST /v1/{prefix}/transactions/commit"] if query.get("warehouse") == "multi" else []
            return {"defaults": {"prefix": "p"}, "overrides": {}, "endpoints": endpoints}
        if path.pop(0) != "p":
            raise Refused(404, "NotFoundException", parts.path)
        return self.namespaced(path, query, json.loads(body) if body else None)

    def namespaced(self, path, query, request):
        if path == ["transactions", "commit"]:
            return self.commit_all([(c["identifier"]["name"], c) for c in request["table-changes"]])
        if path == ["namespaces"]:
            namespaces.add("\x1f".join(request["namespace"]))
            return {"namespace": request["namespace"]}
        namespace = path[1]
        if namespace not in namespaces:
            raise Refused(404, "NoSuchNamespaceException", namespace)
        if len(path) == 2:
            return {"namespace": namespace.split("\x1f")}
        if len(path) == 3 and self.command == "GET":
            # One a page.
            names = sorted(tables)
            at = names.index(query["pageToken"]) if query.get("pageToken") else 0
            more = names[at + 1] if at + 1 < len(names) else None
            return {"identifiers": [{"namespace": [namespace], "name": n} for n in names[at:at + 1]], "next-page-token": more}
        if len(path) == 3:
            create(namespace.replace("\x1f", "/"), request)
            return self.table(request["name"])
        if path[3] not in tables:
            raise Refused(404, "NoSuchTableException", path[3])
        if self.command == "POST":
            self.commit_all([(path[3], request)])
        return self.table(path[3])

    def commit_all(self, changes):
        late = any(name != "cdc_position" for name, _ in changes) and failure("conflict-and-no-deletes")
        if late:
            open(os.path.join(FOLDER, "no-deletes"), "w").close()
        if late or failure("conflict"):
            raise Refused(409, "CommitFailedException", "somebody was quicker")
        commit(changes)
        failed = failure("lost-commit", "error-commit")
        if failed == "lost-commit":
            raise Broken
        if failed == "error-commit":
            raise Refused(500, "CommitStateUnknownException", "who knows")
        return None

    def table(self, name):
        key = list(KEYS)[-1]
        config = {"s3.access-key-id": key, "s3.secret-access-key": KEYS[key], "s3.endpoint": "http://127.0.0.1:%d" % self.server.server_address[1]}
        answer = {"metadata-location": location_of(name), "metadata": tables[name]}
        if self.headers.get("X-Iceberg-Access-Delegation") == "vended-credentials":
            answer["storage-credentials"] = [{"prefix": tables[name]["location"], "config": config}]
        return answer

    # S3.

    def s3(self, parts, body):
        if not self.is_signed(parts, body):
            return self.error(403, "SignatureDoesNotMatch")
        if failure("busy"):
            return self.error(503, "SlowDown")
        if failure("expired-keys"):
            KEYS["lent-%d" % len(KEYS)] = str(uuid.uuid4())
        if self.headers["Authorization"].partition("Credential=")[2].partition("/")[0] not in ("key", list(KEYS)[-1]):
            return self.error(403, "ExpiredToken")
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        path = os.path.join(FOLDER, "s3", urllib.parse.unquote(parts.path).lstrip("/"))
        if not os.path.isdir(os.path.join(FOLDER, "s3", urllib.parse.unquote(parts.path).split("/")[1])):
            return self.error(404, "NoSuchBucket")
        if "uploads" in query:
            upload = str(uuid.uuid4())
            uploads[upload] = {}
            return self.answer(200, ("<R><UploadId>%s</UploadId></R>" % upload).encode())
        if "uploadId" in query:
            return self.part(query, path, body)
        if self.command == "PUT":
            self.store(path, body)
            return self.answer(200, b"", [("ETag", '"%s"' % hashlib.md5(body).hexdigest())])
        if not os.path.isfile(path):
            return self.error(404, "NoSuchKey") if self.command != "DELETE" else self.answer(204)
        if self.command == "DELETE":
            if os.path.exists(os.path.join(FOLDER, "no-deletes")):
                return self.error(403, "AccessDenied")
            os.unlink(path)
            return self.answer(204)
        return self.send_file(path)

    def send_file(self, path):
        data = open(path, "rb").read()
        given = self.headers.get("Range")
        if self.command == "HEAD":
            return self.answer(200, b"", [("Content-Length", str(len(data))), ("Accept-Ranges", "bytes"), ("ETag", '"x"'), ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")])
        if not given:
            return self.answer(200, data)
        first, last = given.partition("=")[2].split("-")
        begin = int(first) if first else len(data) - int(last)
        end = int(last) + 1 if first and last else len(data)
        end = min(end, len(data))
        return self.answer(206, data[begin:end], [("Content-Range", "bytes %d-%d/%d" % (begin, end - 1, len(data)))])

    def part(self, query, path, body):
        parts = uploads.get(query["uploadId"])
        if parts is None:
            return self.error(404, "NoSuchUpload")
        if self.command == "DELETE":
            del uploads[query["uploadId"]]
            return self.answer(204)
        if self.command == "PUT":
            parts[int(query["partNumber"])] = body
            return self.answer(200, b"", [("ETag", '"%s"' % hashlib.md5(body).hexdigest())])
        for number, data in parts.items():
            tag = '<PartNumber>%d</PartNumber><ETag>"%s"</ETag>' % (number, hashlib.md5(data).hexdigest())
            if tag not in body.decode():
                return self.error(400, "InvalidPart")
        self.store(path, b"".join(parts[n] for n in sorted(parts)))
        del uploads[query["uploadId"]]
        if failure("lost-complete"):
            raise Broken
        return self.answer(200, b"<CompleteMultipartUploadResult/>")

    def store(self, path, data):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def error(self, status, code):
        self.answer(status, ("<Error><Code>%s</Code><Message>told so</Message></Error>" % code).encode())

    def is_signed(self, parts, body):
        """Whether the signature is that of the request as it came, by AWS's own description of version 4."""
        scheme, _, fields = self.headers.get("Authorization", "").partition(" ")
        if scheme != "AWS4-HMAC-SHA256":
            return False
        field = dict(f.strip().split("=", 1) for f in fields.split(","))
        key, day, region, service, _ = field["Credential"].split("/")
        payload = self.headers["x-amz-content-sha256"]
        if payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(body).hexdigest():
            return False
        names = field["SignedHeaders"].split(";")
        query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
        headers = "".join("%s:%s\n" % (n, " ".join(self.headers[n].split())) for n in names)
        canonical = "\n".join([self.command, parts.path, query, headers, ";".join(names), payload])
        stamp = self.headers["x-amz-date"]
        text = "\n".join([scheme, stamp, "/".join([day, region, service, "aws4_request"]), hashlib.sha256(canonical.encode()).hexdigest()])
        secret = ("AWS4" + KEYS.get(key, "")).encode()
        for part in (day, region, service, "aws4_request", text):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        return secret.hex() == field["Signature"]


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(os.path.join(FOLDER, "port.new"), "w") as out:
    out.write(str(server.server_address[1]))
os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
server.serve_forever()
