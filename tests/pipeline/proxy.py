"""Stands between a reader and the MySQL server of the sandbox: proxy.py PORT-FILE [REGEX COMMAND]

Writes its port into PORT-FILE and passes bytes on, and nothing while a file "silent" is in its folder. Before the first
bytes of the reader that match REGEX go on, COMMAND is run to its end: what it does comes at that very moment. If it
makes a file "cut", that connection is closed instead."""

import os
import re
import select
import socket
import subprocess
import sys

listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
moment = re.compile(sys.argv[2].encode(), re.DOTALL) if len(sys.argv) > 2 else None
peer, clients = {}, set()
while True:
    silent = os.path.exists("silent")
    for ready in select.select([listener] + ([] if silent else list(peer)), [], [], 0.05)[0]:
        if ready is listener:
            client = listener.accept()[0]
            server = socket.create_connection((os.environ["MYSQL_HOST"], int(os.environ["MYSQL_PORT"])))
            peer[client], peer[server] = server, client
            clients.add(client)
            continue
        if ready not in peer:
            continue
        try:
            data = ready.recv(65536)
        except OSError:
            data = b""
        if data:
            if moment and ready in clients and moment.search(data):
                moment = None
                subprocess.run(["bash", "-c", sys.argv[3]], check=True)
                if os.path.exists("cut"):
                    os.remove("cut")
                    data = b""
        if data:
            peer[ready].sendall(data)
        else:
            other = peer.pop(ready)
            peer.pop(other, None)
            clients.discard(ready)
            clients.discard(other)
            ready.close()
            other.close()
