"""Compares our requests with those that StarRocks' own client sent (tests/data/starrocks, recorded byte for byte).

  starrocks_requests.py RECORDING REQUESTS: each request of the recording is to be there, in this order, with the same
  method, path, headers and body. What may differ is said in the code.
"""
import gzip, json, re, sys

# They are of the connection or of the client, or a value that each load has anew.
OTHERWISE = {"host", "connection", "user-agent", "accept-encoding", "accept", "label", "content-type"}
# What the official client leaves to StarRocks' defaults (times of China's zone, NULL for what does not fit).
OURS = {"timezone": "UTC", "strict_mode": "true", "max_filter_ratio": "0"}


def recorded(path):
    requests = []
    for part in gzip.open(path, "rt").read().split(">>> to ")[1:]:
        asked = part.split("\n<<< ")[0]
        role, _, rest = asked.partition("\n")
        head, _, body = rest.partition("\n\n")
        lines = head.split("\n")
        method, target, _ = lines[0].split(" ")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        requests.append({"to": role, "method": method, "path": target, "headers": headers, "body": body})
    return requests


def comparable(request):
    headers = {name.lower(): value for name, value in request["headers"].items()}
    added = {name: headers.pop(name) for name in OURS if name in headers}
    if "format" in headers and added and added != OURS:
        sys.exit("our own headers are %s" % added)
    # Ours quotes all names, since one may be a word of SQL.
    if "columns" in headers:
        headers["columns"] = headers["columns"].replace("`", "")
    if headers.get("content-length") == "0":  # said or not, there is no body
        del headers["content-length"]
    plain = {name: value for name, value in headers.items() if name not in OTHERWISE}
    return [request["to"], request["method"], request["path"], plain, request.get("body", "")]


wanted = [comparable(r) for r in recorded(sys.argv[1])]
ours = [comparable(json.loads(line)) for line in open(sys.argv[2])]
labels = [{n.lower(): v for n, v in json.loads(line)["headers"].items()}.get("label", "") for line in open(sys.argv[2])]
if not all(re.fullmatch(r"[-_A-Za-z0-9]{1,128}", label) for label in labels):
    sys.exit("labels: %s" % labels)
# Ours are among others: of the slot's row, for example.
at = 0
for request in wanted:
    rest = [i for i in range(at, len(ours)) if ours[i] == request]
    if not rest:
        near = [r for r in ours[at:] if r[:3] == request[:3]]
        sys.exit("not there: %s\nnearest: %s" % (request, near[:1]))
    at = rest[0] + 1
print("%d requests as recorded" % len(wanted))
