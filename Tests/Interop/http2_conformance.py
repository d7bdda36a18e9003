#!/usr/bin/env python3
"""Conformance of an HTTP/2 server to RFC 9113 and RFC 7541, with nghttpd beside it as the measure.

    http2_conformance.py RPC-ECHO [NGHTTPD]

Each case sends octets that a section of the RFC speaks of and looks at what comes back, as h2spec does. A case that our
server fails and nghttpd passes is a failure. Only Python's standard library is used: header blocks are literals without
indexing (RFC 7541 §6.2.2), so that a case says exactly what is sent.

h2spec itself runs after it, in the same way, when the environment variable H2SPEC names its binary (`make h2spec`).
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

from http2frames import *

TIME_LIMIT = 2.0


class Peer:
    def __init__(self, port, handshake=True):
        self.socket = socket.create_connection(("127.0.0.1", port), TIME_LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.settings = {}
        if handshake:
            self.send(PREFACE + frame(SETTINGS))
            acked = seen = False
            while not (acked and seen):
                kind, flags, _, payload = self.next()
                if kind == SETTINGS and flags & ACK:
                    acked = True
                elif kind == SETTINGS:
                    seen = True
                    for place in range(0, len(payload), 6):
                        key, value = struct.unpack_from(">HI", payload, place)
                        self.settings[key] = value
                    self.send(frame(SETTINGS, ACK))

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError:
            pass

    def next(self):
        """A frame; (None, "closed"|"silent", 0, b"") when there is none."""
        while True:
            if len(self.buffer) >= 9:
                size = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) >= 9 + size:
                    head, payload = self.buffer[:9], self.buffer[9:9 + size]
                    self.buffer = self.buffer[9 + size:]
                    return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, payload
            try:
                got = self.socket.recv(1 << 16)
            except socket.timeout:
                return None, "silent", 0, b""
            except OSError:
                got = b""
            if not got:
                return None, "closed", 0, b""
            self.buffer += got

    # What is expected of the server. Each returns None or what came instead.

    def until(self, wanted):
        seen = "nothing"
        while True:
            kind, flags, stream, payload = self.next()
            if kind is None:
                return None if flags == "closed" and wanted("closed", 0, 0, b"") else f"{flags} after {seen}"
            if wanted(kind, flags, stream, payload):
                return None
            seen = f"frame {kind} flags {flags} stream {stream} {payload[:8].hex()}"

    def connection_error(self, *codes):
        def wanted(kind, flags, stream, payload):
            return kind == "closed" or kind == GOAWAY and int.from_bytes(payload[4:8], "big") in codes
        return self.until(wanted)

    def stream_error(self, *codes):
        def wanted(kind, flags, stream, payload):
            if kind == "closed" or kind == GOAWAY:
                return kind == "closed" or int.from_bytes(payload[4:8], "big") in codes
            return kind == RST and int.from_bytes(payload[:4], "big") in codes
        return self.until(wanted)

    def answers(self, kind, stream=None):
        def wanted(got, flags, on, payload):
            return got == kind and (stream is None or on == stream)
        return self.until(wanted)

    def pong(self, payload=b"pingpong"):
        self.send(frame(PING, 0, 0, payload))
        return self.until(lambda kind, flags, _, got: kind == PING and flags & ACK and got == payload)

    def settled(self):
        return self.until(lambda kind, flags, stream, payload: kind == SETTINGS and flags & ACK)

    def ended(self, stream):
        return self.until(lambda kind, flags, on, payload: on == stream and kind in (DATA, HEADERS) and flags & 1)


CASES = []


def case(section, title, handshake=True):
    def keep(body):
        CASES.append((section, title, handshake, body))
        return body
    return keep


def sends(section, title, octets, expected, *codes):
    """A case that is one message and one expectation; `octets` may be a function of the peer."""
    @case(section, title)
    def body(peer):
        peer.send(octets(peer) if callable(octets) else octets)
        if expected == "ping":
            return peer.pong()
        if expected == "response":
            return peer.answers(HEADERS)
        return getattr(peer, expected)(*codes)


def open_stream(stream=1, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, request())


FULL = END_HEADERS | END_STREAM
MAX = (1 << 31) - 1


@case("3.4", "a preface that is not one closes the connection", handshake=False)
def _(peer):
    peer.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
    return peer.connection_error(PROTOCOL)


@case("3.4", "the server's preface is SETTINGS", handshake=False)
def _(peer):
    peer.send(PREFACE + frame(SETTINGS))
    kind = peer.next()[0]
    return None if kind == SETTINGS else f"frame {kind}"


sends("4.1", "a frame of unknown type is ignored", frame(0xFF, 0, 0, b"12345678"), "ping")
sends("4.1", "undefined flags are ignored", frame(PING, 0x16, 0, b"12345678"), "ping")
sends("4.1", "the reserved bit is ignored", frame(PING, 0, 1 << 31, b"12345678"), "ping")
sends("4.2", "a DATA frame of 2^14 octets is taken",
      open_stream() + frame(DATA, END_STREAM, 1, bytes(1 << 14)), "response")
sends("4.2", "a DATA frame above SETTINGS_MAX_FRAME_SIZE is an error",
      lambda peer: open_stream() + frame(DATA, END_STREAM, 1, bytes(peer.settings.get(5, 1 << 14) + 1)),
      "stream_error", SIZE)
sends("4.2", "a HEADERS frame above SETTINGS_MAX_FRAME_SIZE ends the connection",
      lambda peer: frame(HEADERS, FULL, 1, request() + bytes(peer.settings.get(5, 1 << 14) + 1)),
      "connection_error", SIZE)
sends("4.3", "a header block that cannot be decoded ends the connection",
      frame(HEADERS, FULL, 1, b"\x40\x85\x82"), "connection_error", COMPRESSION)
sends("4.3", "PRIORITY within a header block ends the connection",
      frame(HEADERS, END_STREAM, 1, request()) + frame(PRIORITY, 0, 1, bytes(5)), "connection_error", PROTOCOL)
sends("4.3", "HEADERS of another stream within a header block end the connection",
      frame(HEADERS, END_STREAM, 1, request()) + frame(HEADERS, FULL, 3, request()), "connection_error", PROTOCOL)

sends("5.1", "idle: DATA ends the connection", frame(DATA, END_STREAM, 1, b"x"), "connection_error", PROTOCOL)
sends("5.1", "idle: RST_STREAM ends the connection", frame(RST, 0, 1, bytes(4)), "connection_error", PROTOCOL)
sends("5.1", "idle: WINDOW_UPDATE ends the connection", frame(WINDOW, 0, 1, b"\0\0\0\1"), "connection_error", PROTOCOL)
sends("5.1", "idle: CONTINUATION ends the connection",
      frame(CONTINUATION, END_HEADERS, 1, request()), "connection_error", PROTOCOL)
sends("5.1", "idle: PRIORITY is accepted", frame(PRIORITY, 0, 1, bytes(4) + b"\xff"), "ping")
sends("5.1", "half-closed (remote): DATA is an error",
      open_stream(1, FULL) + frame(DATA, END_STREAM, 1, b"x"), "stream_error", CLOSED)
sends("5.1", "half-closed (remote): HEADERS are an error",
      open_stream(1, FULL) + open_stream(1, FULL), "stream_error", CLOSED)
sends("5.1", "half-closed (remote): CONTINUATION is an error",
      open_stream(1, FULL) + frame(CONTINUATION, END_HEADERS, 1, request()), "stream_error", CLOSED, PROTOCOL)
for name, late in (("DATA", frame(DATA, END_STREAM, 1, b"x")), ("HEADERS", open_stream(1, FULL)),
                   ("CONTINUATION", frame(CONTINUATION, END_HEADERS, 1, block(("a", "b"))))):
    sends("5.1", f"closed by RST_STREAM: {name} is an error",
          open_stream() + frame(RST, 0, 1, struct.pack(">I", CANCEL)) + late, "stream_error", CLOSED, PROTOCOL)

    @case("5.1", f"closed by END_STREAM: {name} is an error")
    def _(peer, late=late):
        peer.send(open_stream(1, FULL))
        wrong = peer.ended(1)
        peer.send(late)
        return wrong or peer.stream_error(CLOSED, PROTOCOL)


@case("5.1", "half-closed (remote): WINDOW_UPDATE and PRIORITY are accepted")
def _(peer):
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)) + open_stream(1, FULL))
    peer.send(frame(WINDOW, 0, 1, b"\0\0\0\1") + frame(PRIORITY, 0, 1, bytes(4) + b"\xff"))
    return peer.answers(DATA, 1)


@case("5.1", "closed: PRIORITY and WINDOW_UPDATE are accepted")
def _(peer):
    peer.send(open_stream(1, FULL))
    wrong = peer.ended(1)
    peer.send(frame(PRIORITY, 0, 1, bytes(4) + b"\xff") + frame(WINDOW, 0, 1, b"\0\0\0\1"))
    return wrong or peer.pong()


sends("5.1.1", "an even stream number ends the connection", open_stream(2, FULL), "connection_error", PROTOCOL)
sends("5.1.1", "a smaller stream number ends the connection",
      open_stream(5, FULL) + open_stream(3, FULL), "connection_error", PROTOCOL)


@case("5.1.2", "a stream above SETTINGS_MAX_CONCURRENT_STREAMS is an error")
def _(peer):
    limit = peer.settings.get(3)
    if limit is None:
        return None
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
    peer.send(b"".join(open_stream(2 * number + 1, FULL) for number in range(limit + 1)))
    return peer.stream_error(PROTOCOL, REFUSED)


sends("5.3.1", "HEADERS that depend on their own stream are harmless or an error",
      frame(HEADERS, FULL | PRIORITIZED, 1, struct.pack(">IB", 1, 255) + request()), "until",
      lambda kind, flags, stream, payload: kind in (HEADERS, RST, GOAWAY, "closed"))
sends("5.3.1", "PRIORITY that depends on its own stream is harmless or an error",
      frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 255)) + open_stream(3, FULL), "until",
      lambda kind, flags, stream, payload: kind in (HEADERS, RST, GOAWAY, "closed"))


@case("5.4.1", "a connection error says GOAWAY and closes")
def _(peer):
    peer.send(frame(PING, 0, 3, bytes(8)))
    wrong = peer.connection_error(PROTOCOL)
    return wrong or peer.until(lambda kind, flags, stream, payload: kind == "closed")


sends("5.5", "an unknown extension frame is ignored", frame(0x16, 0, 0, b"extended"), "ping")
sends("5.5", "an extension frame within a header block ends the connection",
      frame(HEADERS, END_STREAM, 1, request()) + frame(0x16, 0, 0, b"x"), "connection_error", PROTOCOL)

sends("6.1", "DATA on stream 0 ends the connection", frame(DATA, END_STREAM, 0, b"x"), "connection_error", PROTOCOL)
sends("6.1", "padding as long as DATA ends the connection",
      open_stream() + frame(DATA, END_STREAM | PADDED, 1, b"\6Test"), "connection_error", PROTOCOL)
sends("6.1", "padded DATA is taken", open_stream() + frame(DATA, END_STREAM | PADDED, 1, b"\2xxxx"), "response")
sends("6.2", "HEADERS without END_HEADERS and another stream end the connection",
      frame(HEADERS, END_STREAM, 1, request()) + open_stream(3, FULL), "connection_error", PROTOCOL)
sends("6.2", "HEADERS on stream 0 end the connection", open_stream(0, FULL), "connection_error", PROTOCOL)
sends("6.2", "padding as long as HEADERS ends the connection",
      frame(HEADERS, FULL | PADDED, 1, b"\xff" + request()[:20]), "connection_error", PROTOCOL)
sends("6.2", "padded HEADERS with priority are taken",
      frame(HEADERS, FULL | PADDED | PRIORITIZED, 1, b"\3" + bytes(4) + b"\x10" + request() + bytes(3)), "response")
sends("6.3", "PRIORITY on stream 0 ends the connection", frame(PRIORITY, 0, 0, bytes(5)), "connection_error", PROTOCOL)
sends("6.3", "PRIORITY of another length is an error",
      frame(PRIORITY, 0, 1, bytes(4)), "stream_error", SIZE)
sends("6.4", "RST_STREAM on stream 0 ends the connection", frame(RST, 0, 0, bytes(4)), "connection_error", PROTOCOL)
sends("6.4", "RST_STREAM of another length ends the connection",
      open_stream() + frame(RST, 0, 1, bytes(3)), "connection_error", SIZE)
sends("6.5", "SETTINGS with ACK and a payload end the connection",
      frame(SETTINGS, ACK, 0, bytes(6)), "connection_error", SIZE)
sends("6.5", "SETTINGS on a stream end the connection", frame(SETTINGS, 0, 1), "connection_error", PROTOCOL)
sends("6.5", "SETTINGS of another length end the connection", frame(SETTINGS, 0, 0, bytes(3)), "connection_error", SIZE)
for key, value, code, title in (
        (2, 2, PROTOCOL, "ENABLE_PUSH neither 0 nor 1"), (4, 1 << 31, FLOW, "INITIAL_WINDOW_SIZE above 2^31-1"),
        (5, (1 << 14) - 1, PROTOCOL, "MAX_FRAME_SIZE below 2^14"), (5, 1 << 24, PROTOCOL, "MAX_FRAME_SIZE above 2^24-1")):
    sends("6.5.2", title + " ends the connection", frame(SETTINGS, 0, 0, struct.pack(">HI", key, value)),
          "connection_error", code)
sends("6.5.2", "an unknown setting is ignored", frame(SETTINGS, 0, 0, struct.pack(">HI", 0xFF, 1)), "ping")
sends("6.5.3", "SETTINGS are acknowledged", frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)), "settled")


@case("6.5.3", "the last of several values of one setting counts")
def _(peer):
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 100, 4, 1)) + open_stream(1, FULL))
    return peer.until(lambda kind, flags, on, payload: kind == DATA and len(payload) == 1)


@case("6.7", "PING is answered with its payload")
def _(peer):
    return peer.pong(b"\0\1\2\3\4\5\6\7")


@case("6.7", "PING with ACK is not answered")
def _(peer):
    peer.send(frame(PING, ACK, 0, b"unwanted"))
    peer.send(frame(PING, 0, 0, b"wanted!!"))
    kind, _, _, payload = peer.next()
    return None if kind == PING and payload == b"wanted!!" else f"frame {kind} {payload!r}"


sends("6.7", "PING on a stream ends the connection", frame(PING, 0, 1, bytes(8)), "connection_error", PROTOCOL)
sends("6.7", "PING of another length ends the connection", frame(PING, 0, 0, bytes(6)), "connection_error", SIZE)
sends("6.8", "GOAWAY on a stream ends the connection", frame(GOAWAY, 0, 1, bytes(8)), "connection_error", PROTOCOL)


@case("6.8", "after the client's GOAWAY what is under way is served")
def _(peer):
    peer.send(open_stream() + frame(GOAWAY, 0, 0, bytes(8)) + frame(DATA, END_STREAM, 1, b""))
    return peer.answers(HEADERS, 1)


sends("6.9", "WINDOW_UPDATE of 0 ends the connection", frame(WINDOW, 0, 0, bytes(4)), "connection_error", PROTOCOL)
sends("6.9", "WINDOW_UPDATE of 0 on a stream is an error",
      open_stream() + frame(WINDOW, 0, 1, bytes(4)), "stream_error", PROTOCOL)
sends("6.9", "WINDOW_UPDATE of another length ends the connection", frame(WINDOW, 0, 0, bytes(3)),
      "connection_error", SIZE)
sends("6.9.1", "a connection window above 2^31-1 ends the connection",
      frame(WINDOW, 0, 0, struct.pack(">I", MAX)) * 2, "connection_error", FLOW)
sends("6.9.1", "a stream window above 2^31-1 is an error",
      open_stream() + frame(WINDOW, 0, 1, struct.pack(">I", MAX)) * 2, "stream_error", FLOW)


@case("6.9.2", "a window that grows by SETTINGS lets DATA go on")
def _(peer):
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)) + open_stream(1, FULL))
    wrong = peer.answers(HEADERS, 1)
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1)))
    return wrong or peer.until(lambda kind, flags, on, payload: kind == DATA and len(payload) == 1)


@case("6.9.2", "a window may become negative")
def _(peer):
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 3)) + open_stream(1, FULL))
    wrong = peer.until(lambda kind, flags, on, payload: kind == DATA and len(payload) == 3)
    peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 2)) + frame(WINDOW, 0, 1, struct.pack(">I", 2)))
    return wrong or peer.until(lambda kind, flags, on, payload: kind == DATA and len(payload) == 1)


sends("6.10", "CONTINUATION frames carry the rest of a header block",
      frame(HEADERS, END_STREAM, 1, request()) + frame(CONTINUATION, 0, 1, block(("x-a", "b")))
      + frame(CONTINUATION, END_HEADERS, 1, block(("x-b", "c"))), "response")
sends("6.10", "a frame that is not CONTINUATION within a block ends the connection",
      frame(HEADERS, 0, 1, request()) + frame(DATA, END_STREAM, 1, b"x"), "connection_error", PROTOCOL)
sends("6.10", "CONTINUATION on stream 0 ends the connection",
      frame(HEADERS, END_STREAM, 1, request()) + frame(CONTINUATION, END_HEADERS, 0, block(("a", "b"))),
      "connection_error", PROTOCOL)
sends("6.10", "CONTINUATION after END_HEADERS ends the connection",
      frame(HEADERS, FULL, 1, request()) + frame(CONTINUATION, END_HEADERS, 1, block(("a", "b"))),
      "connection_error", PROTOCOL, CLOSED)
sends("7", "GOAWAY with an unknown code is harmless", frame(GOAWAY, 0, 0, bytes(4) + b"\0\0\0\xff"), "until",
      lambda kind, flags, stream, payload: kind in (PING, GOAWAY, "closed"))
sends("7", "RST_STREAM with an unknown code is harmless",
      open_stream() + frame(RST, 0, 1, b"\0\0\0\xff"), "ping")
sends("8.1", "a second HEADERS frame without END_STREAM is an error",
      open_stream() + frame(HEADERS, END_HEADERS, 1, block(("x-a", "b"))), "stream_error", PROTOCOL)
for title, payload in (
        ("8.2 upper-case field name", request(extra=[("X-TEST", "ok")])),
        ("8.2.2 connection field", request(extra=[("connection", "keep-alive")])),
        ("8.2.2 te other than trailers", request(extra=[("te", "trailers, deflate")])),
        ("8.3 pseudo-header after a field", request(first=[("x-test", "ok")])),
        ("8.3 unknown pseudo-header", request(extra=(), first=[(":test", "ok")])),
        ("8.3 response pseudo-header", request(first=[(":status", "200")])),
        ("8.3.1 empty :path", request(path="")),
        ("8.3.1 no :method", request(without=[":method"])),
        ("8.3.1 no :scheme", request(without=[":scheme"])),
        ("8.3.1 no :path", request(without=[":path"])),
        ("8.3.1 two :method", request(first=[(":method", "POST")])),
        ("8.3.1 two :scheme", request(first=[(":scheme", "http")])),
        ("8.3.1 two :path", request(first=[(":path", "/")]))):
    section, title = title.split(" ", 1)
    sends(section, title + " is malformed", frame(HEADERS, FULL, 1, payload), "stream_error", PROTOCOL)
sends("8.1", "a pseudo-header in trailers is malformed",
      open_stream() + frame(HEADERS, FULL, 1, block((":method", "POST"))), "stream_error", PROTOCOL)
sends("8.1.1", "content-length that DATA does not have is malformed",
      frame(HEADERS, END_HEADERS, 1, request(extra=[("content-length", "1")]))
      + frame(DATA, END_STREAM, 1, b"test"), "stream_error", PROTOCOL)
sends("8.1.1", "content-length that several DATA frames do not have is malformed",
      frame(HEADERS, END_HEADERS, 1, request(extra=[("content-length", "1")]))
      + frame(DATA, 0, 1, b"te") + frame(DATA, END_STREAM, 1, b"st"), "stream_error", PROTOCOL)
sends("8.4", "PUSH_PROMISE from a client ends the connection",
      open_stream() + frame(PUSH, END_HEADERS, 1, struct.pack(">I", 3) + request()), "connection_error", PROTOCOL)
sends("7541 2.3.3", "an index beyond both tables ends the connection",
      frame(HEADERS, FULL, 1, b"\xff\x80\x80\x01" + request()), "connection_error", COMPRESSION)
sends("7541 4.2", "a table size update at the end of a block ends the connection",
      frame(HEADERS, FULL, 1, request() + b"\x20"), "connection_error", COMPRESSION)
sends("7541 5.2", "Huffman padding longer than 7 bits ends the connection",
      frame(HEADERS, FULL, 1, request() + b"\0\x85\xf2\xb2\x4a\x84\xff\x81\xff"), "connection_error", COMPRESSION)
sends("7541 6.1", "index 0 ends the connection", frame(HEADERS, FULL, 1, request() + b"\x80"),
      "connection_error", COMPRESSION)
sends("7541 6.3", "a table larger than announced ends the connection",
      frame(HEADERS, FULL, 1, b"\x3f\xe1\xff\x03" + request()), "connection_error", COMPRESSION)


def run(port):
    failures = {}
    for section, title, handshake, body in CASES:
        try:
            peer = Peer(port, handshake)
            wrong = body(peer)
            peer.socket.close()
        except OSError as error:
            wrong = f"{error}"
        if wrong:
            failures[section, title] = wrong
    return failures


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"a server ended with {process.returncode}")
            import time
            time.sleep(0.05)
    raise SystemExit("a server does not listen")


def h2spec(binary, port, *more):
    """h2spec's failed cases against a port: (section, case); and how many cases it ran."""
    with tempfile.TemporaryDirectory() as work:
        report = os.path.join(work, "report.xml")
        run = subprocess.run([binary, "-h", "127.0.0.1", "-p", str(port), "-o", "2", "-j", report, *more],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        # It may end with 1 only because of a case that fails; without a report it ran none.
        if not os.path.exists(report):
            raise SystemExit(f"{binary} wrote no report: {run.stdout[-1000:]}")
        cases = [case for case in ElementTree.parse(report).iter("testcase") if case.find("skipped") is None]
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return {(case.get("package"), case.get("classname")) for case in failed}, len(cases)


def compare_by_h2spec(binary, ours, theirs):
    """The failures of ours that nghttpd does not have."""
    # Header fields long enough for our frame size.
    (mine, count), (measure, measured) = h2spec(binary, ours, "--max-header-length", "16000"), h2spec(binary, theirs)
    for case in sorted(mine):
        print(f"h2spec {case[0]} {case[1]}{' (nghttpd too)' if case in measure else ''}")
    print(f"h2spec: {count} cases, ours fails {len(mine)}, nghttpd fails {len(measure)}")
    if count < 100 or count != measured:
        raise SystemExit(f"h2spec ran {count} cases against ours and {measured} against nghttpd")
    return mine - measure


def main():
    echo = sys.argv[1]
    nghttpd = sys.argv[2] if len(sys.argv) > 2 else shutil.which("nghttpd") or "/usr/sbin/nghttpd"
    with tempfile.TemporaryDirectory() as root:
        with open(os.path.join(root, "index.html"), "w") as page:
            page.write("hello, this is nghttpd\n")
        port = free_port()
        theirs = subprocess.Popen([nghttpd, "--no-tls", "-d", root, str(port)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ours = subprocess.Popen([echo, "serve", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True)
        try:
            own = int(ours.stdout.readline().rsplit(":", 1)[1])
            wait_for(port, theirs)
            mine, measure = run(own), run(port)
            for (section, title), wrong in mine.items():
                excused = " (nghttpd too)" if (section, title) in measure else ""
                print(f"§{section} {title}: {wrong}{excused}")
            print(f"HTTP/2 conformance: {len(CASES)} cases, ours fails {len(mine)}, nghttpd fails {len(measure)}")
            worse = set(mine) - set(measure)
            if os.environ.get("H2SPEC"):
                worse |= compare_by_h2spec(os.environ["H2SPEC"], own, port)
            if worse:
                raise SystemExit(f"failures that nghttpd does not have: {sorted(map(str, worse))}")
        finally:
            for process in (ours, theirs):
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
