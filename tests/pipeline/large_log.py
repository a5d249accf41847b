"""Writes a binary log of one large transaction on stdout: large_log.py plain|compressed BYTES ROW-BYTES [blob|json]

Table big.t (id INT, data LONGTEXT, or LONGBLOB, or JSON: an array whose text has about ROW-BYTES), full row metadata. plain: row events of about 8 MB; compressed: one
TRANSACTION_PAYLOAD event around all of them. Events are as MySQL 8.4 writes them, with checksums."""

import ctypes
import struct
import sys
import zlib

KIND, BYTES, ROW_BYTES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
TYPE = (sys.argv[4:] or ["text"])[0]
EVENT_BYTES = 8 << 20
FORMAT, QUERY, XID, TABLE_MAP, WRITE_ROWS, GTID, PAYLOAD = 15, 2, 16, 19, 30, 33, 40
# The body of a format description: version 4, "8.4.0", post-header lengths, checksum algorithm 1 (CRC32).
POST_HEADERS = bytes.fromhex("000d0008000000000400040000006300041a08000000000000020000000a0a0a2a2a001234000a280000")
out = sys.stdout.buffer


def event(kind, body, checksum=True, size=None):
    """`size`: of the body, where only its head is given."""
    length = 19 + (len(body) if size is None else size) + (4 if checksum else 0)
    head = struct.pack("<IBIIIH", 1700000000, kind, 1, length, 0, 0)
    whole = head + body
    return whole + (struct.pack("<I", zlib.crc32(whole)) if checksum and size is None else b"")


def packed(number):
    if number < 251:
        return bytes([number])
    return b"\xfe" + struct.pack("<Q", number) if number >= 1 << 24 else b"\xfd" + struct.pack("<I", number)[:3]


def table_map():
    fields = bytes([1, 1, 0])  # signedness
    if TYPE != "json":
        fields += bytes([2, 1, 63 if TYPE == "blob" else 45])  # collation: binary or utf8mb4_general_ci
    fields += bytes([4, 8, 2]) + b"id" + bytes([4]) + b"data"
    fields += bytes([8, 1, 0])  # the first column is the key
    return struct.pack("<Q", 7)[:6] + b"\1\0" + b"\3big\0" + b"\1t\0" + b"\2" + bytes([3, 245 if TYPE == "json" else 252]) + b"\1\4" + b"\2" + fields


def row(number, data):
    return b"\0" + struct.pack("<i", number) + struct.pack("<I", len(data)) + data


def value():
    if TYPE == "blob":
        return (bytes(i * 37 % 256 for i in range(256)) * (ROW_BYTES // 256 + 1))[:ROW_BYTES]
    if TYPE == "json":
        count = ROW_BYTES // len("12345678,")
        return b"\x03" + struct.pack("<II", count, 8 + 5 * count) + struct.pack("<BI", 7, 12345678) * count
    return b"the quick brown fox \xc3\xa9 " * (ROW_BYTES // 23)


def rows_bodies():
    data = value()
    number, left = 0, BYTES
    while left > 0:
        body = [struct.pack("<Q", 7)[:6] + b"\1\0" + b"\2\0" + b"\2\xff"]
        size = 0
        while size < EVENT_BYTES and left > 0:
            number += 1
            body.append(row(number, data))
            size += len(data)
            left -= len(data)
        yield b"".join(body)


def query(text):
    return struct.pack("<IIBHH", 9, 0, 3, 0, 0) + b"big\0" + text


def gtid(transaction_bytes):
    body = b"\0" + bytes(16) + struct.pack("<q", 1) + b"\2" + struct.pack("<qq", 0, 1) + struct.pack("<Q", 1700000000000000)[:7]
    body += packed(transaction_bytes) if transaction_bytes >= 1 << 24 else b"\xfd" + struct.pack("<I", transaction_bytes)[:3]
    return body + struct.pack("<I", 80400)


class Zstd:
    """A stream of zstd, through the library itself."""

    class Buffer(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("pos", ctypes.c_size_t)]

    def __init__(self):
        self.library = ctypes.CDLL("libzstd.so.1")
        self.library.ZSTD_createCCtx.restype = ctypes.c_void_p
        self.library.ZSTD_compressStream2.restype = ctypes.c_size_t
        self.library.ZSTD_compressStream2.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
        self.context = self.library.ZSTD_createCCtx()
        self.space = ctypes.create_string_buffer(1 << 20)

    def feed(self, data, end):
        given = Zstd.Buffer(ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data), 0)
        result = []
        while True:
            made = Zstd.Buffer(ctypes.cast(self.space, ctypes.c_void_p), len(self.space), 0)
            left = self.library.ZSTD_compressStream2(self.context, ctypes.byref(made), ctypes.byref(given), 2 if end else 0)
            result.append(self.space.raw[:made.pos])
            if given.pos == given.size and (left == 0 or not end):
                return b"".join(result)


format_body = struct.pack("<H", 4) + b"8.4.0".ljust(50, b"\0") + bytes(4) + b"\x13" + POST_HEADERS + b"\1"
out.write(b"\xfebin" + event(FORMAT, format_body))
head = [event(QUERY, query(b"BEGIN")), event(TABLE_MAP, table_map())]
end = event(XID, struct.pack("<Q", 1))
if KIND == "plain":
    total = sum(map(len, head)) + len(end) + sum(23 + len(body) for body in rows_bodies())
    total += len(event(GTID, gtid(total)))
    out.write(event(GTID, gtid(total)))
    out.writelines(head)
    for body in rows_bodies():
        out.write(event(WRITE_ROWS, body))
    out.write(end)
else:
    zstd, frames, inflated = Zstd(), [], 0
    inner = [event(QUERY, query(b"BEGIN"), False), event(TABLE_MAP, table_map(), False)]
    for part in inner:
        frames.append(zstd.feed(part, False))
        inflated += len(part)
    for body in rows_bodies():
        part = event(WRITE_ROWS, body, False)
        frames.append(zstd.feed(part, False))
        inflated += len(part)
    part = event(XID, struct.pack("<Q", 1), False)
    frames.append(zstd.feed(part, True))
    inflated += len(part)
    frame = b"".join(frames)
    field = lambda kind, value: bytes([kind, len(value)]) + value
    payload = field(2, b"\0") + field(3, packed(inflated)) + field(1, packed(len(frame))) + b"\0" + frame
    whole = event(PAYLOAD, payload)
    total = len(whole)
    total += len(event(GTID, gtid(total)))
    out.write(event(GTID, gtid(total)))
    out.write(whole)
out.flush()
