"""HTTP/2 frames (RFC 9113) and header blocks of literals (RFC 7541 §6.2.2) by hand: a test sends what it says."""

import struct

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32
NO_ERROR, PROTOCOL, INTERNAL, FLOW, TIMEOUT, CLOSED, SIZE, REFUSED, CANCEL, COMPRESSION = range(10)
CALM = 11
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def text(value):
    value = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if len(value) < 127:
        return bytes([len(value)]) + value
    rest, out = len(value) - 127, b"\x7f"
    while rest >= 128:
        out += bytes([rest & 127 | 128])
        rest >>= 7
    return out + bytes([rest]) + value


def block(*fields):
    return b"".join(b"\0" + text(name) + text(value) for name, value in fields)


def request(method="POST", path="/", extra=(), without=(), first=()):
    fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")]
    return block(*first, *[field for field in fields if field[0] not in without], *extra)
