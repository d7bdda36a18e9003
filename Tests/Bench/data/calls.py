"""Unary gRPC calls by hand (HTTP/2 with literal header blocks, protobuf by field numbers), standard library only."""
import pathlib
import socket
import ssl
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Interop"))
import http2frames as h2  # noqa: E402


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def message(*fields):
    """Of (number, value): an integer, a text or octets; zero and empty are left out, as proto3 does."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            if value:
                out += varint(number << 3) + varint(value)
            continue
        value = value.encode() if isinstance(value, str) else value
        if value:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def fields(data):
    """Number to the list of its values, integers or octets."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            octet = data[at]
            at += 1
            value |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            value = number()
        else:
            length = {1: 8, 5: 4}.get(kind)
            length = number() if length is None else length
            value = data[at:at + length]
            at += length
        found.setdefault(key >> 3, []).append(value)
    return found


def integer(found, number):
    return found.get(number, [0])[-1]


class Refused(Exception):
    pass


class Channel:
    """One connection, one call at a time."""

    WINDOW = 1 << 24

    def __init__(self, host, port, tls=None, timeout=300):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.create_default_context(cafile=tls["authority"])
            context.load_cert_chain(tls["certificate"], tls["key"])
            context.check_hostname = False
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket)
        settings = struct.pack(">HI", 4, self.WINDOW)
        self.send(h2.PREFACE + h2.frame(h2.SETTINGS, payload=settings))
        self.stream = -1

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def exactly(self, count):
        out = b""
        while len(out) < count:
            piece = self.socket.recv(count - len(out))
            if not piece:
                raise Refused("the connection ended")
            out += piece
        return out

    def call(self, method, request=b""):
        """The answer's octets. The status is not decoded: a call that was refused has no answer."""
        return next(self.answers(method, request))

    def answers(self, method, request=b""):
        """The answers of a call that may have several, of less than WINDOW octets in all."""
        self.stream += 2
        head = h2.request(path=method, extra=[("content-type", "application/grpc"), ("te", "trailers")])
        body = b"\0" + struct.pack(">I", len(request)) + request
        self.send(h2.frame(h2.HEADERS, h2.END_HEADERS, self.stream, head)
                  + h2.frame(h2.DATA, h2.END_STREAM, self.stream, body))
        answer, trailers = b"", b""
        while True:
            start = self.exactly(9)
            kind, flags = start[3], start[4]
            stream = struct.unpack(">I", start[5:])[0]
            payload = self.exactly(int.from_bytes(start[:3], "big"))
            if kind == h2.SETTINGS and not flags & h2.ACK:
                self.send(h2.frame(h2.SETTINGS, h2.ACK))
            elif kind == h2.PING and not flags & h2.ACK:
                self.send(h2.frame(h2.PING, h2.ACK, payload=payload))
            elif kind == h2.GOAWAY or kind == h2.RST and stream == self.stream:
                raise Refused(f"{method}: frame {kind}, {payload!r}")
            elif stream == self.stream and kind == h2.DATA:
                answer += payload
                if payload:
                    self.send(h2.frame(h2.WINDOW, payload=struct.pack(">I", len(payload))))
            elif stream == self.stream and kind == h2.HEADERS:
                trailers = payload
            if stream == self.stream and kind in (h2.DATA, h2.HEADERS) and flags & h2.END_STREAM:
                if len(answer) < 5:
                    raise Refused(f"{method}: refused, {trailers!r}")
                break
        at = 0
        while at < len(answer):
            size = struct.unpack_from(">I", answer, at + 1)[0]
            yield answer[at + 5:at + 5 + size]
            at += 5 + size
