"""The attacks of hostile.py: what each sends, what must become of it, and what it may cost the server.

The limits on memory and processor time are for a server built for debugging; a release build needs a fraction.
"""

import gzip
import os
import resource
import socket
import struct
import subprocess
import time

from hostile import (
    ACKED, HELLO, MIB, PATIENCE, Connection, call_fields, call_headers, data, message, settings)
from http2frames import *


class Attack:
    """- memory: MiB that the server may grow by. - cpu: seconds of processor that it may use. - latency: seconds that
    a good call may take, over a connection that is there and over a new one. - refused: new good connections that may
    fail."""

    def __init__(self, name, body, memory=24, cpu=1.5, latency=0.5, latency_new=1.0, refused=0):
        self.name, self.body = name, body
        self.memory, self.cpu, self.latency, self.latency_new, self.refused = memory, cpu, latency, latency_new, refused


class Group:
    """Attacks on one server process. - idle: descriptors that it has open when nobody is connected but the harness."""

    def __init__(self, attacks, environment=(), limit=None, tls=False, idle=24):
        self.attacks, self.environment, self.limit, self.tls, self.idle = attacks, environment, limit, tls, idle

    @staticmethod
    def certificates(work, here):
        """Both sides' certificates where rpc-echo and this client look for them."""
        subprocess.run(["bash", os.path.join(here, "certificates.sh"), work, "echo", "caller"], check=True)
        own = os.path.join(work, "echo")
        os.mkdir(own)
        for name, source in (("certificate.pem", "echo.pem"), ("key.pem", "echo.key"),
                             ("authority.pem", "authority.pem")):
            os.link(os.path.join(work, source), os.path.join(own, name))
        open(os.path.join(own, "revoked.txt"), "w").close()
        return work


def expect(condition, words):
    return [] if condition else [words]


# Floods: frames that cost their sender nothing.

def flood(first, pieces, limit=4 * MIB, codes=(CALM,), seconds=2.0, listen=True, times=1):
    """Pours `pieces()` after `first`. The server must end the connection before `limit` octets have left, with GOAWAY
    of one of these codes if it says anything."""
    def body(server, long):
        wrong, sent, did = [], 0, ""
        for _ in range(times * (20 if long else 1)):
            peer = Connection(server.port)
            count = peer.pour(pieces(first), seconds, listen)
            sent = max(sent, count)
            did = peer.end()
            wrong = wrong or expect(did != "kept open", "the connection was kept")
            wrong = wrong or expect(not peer.goaway or peer.goaway[0] in codes, did)
            wrong = wrong or expect(count <= limit, f"{count} octets were sent, above {limit}")
            peer.close()
        return f"{did} ({sent >> 10} KiB)", wrong
    return body


def repeated(octets, count=200, of=64):
    """`count` pieces of `of` times these octets."""
    def pieces(first):
        yield first
        for _ in range(count):
            yield octets * of
    return pieces


def rapid_resets(first):
    for start in range(1, 20_000, 200):
        yield b"".join(call_headers(stream, "Stall") + frame(RST, 0, stream, struct.pack(">I", CANCEL))
                       for stream in range(start, start + 200, 2))


def resets_by_the_server(first):
    """RFC 9113 §6.9.1: a stream's window above 2^31-1 is an error of the stream, which the server has to reset."""
    for start in range(1, 20_000, 200):
        yield b"".join(call_headers(stream, "Stall") + frame(WINDOW, 0, stream, b"\x7f\xff\xff\xff")
                       for stream in range(start, start + 200, 2))


OPEN = frame(HEADERS, 0, 1, block(*call_fields("Stall")))
PADDING = block(("x-padding", "x" * 2000))


def expansion(first):
    """RFC 7541 §6.2.1 and §6.1: a field of 4,000 octets enters the table and is named again by one octet, 16,000
    times: 64 MB of fields in 20 KB."""
    entry = b"\x40" + text("x") + text("x" * 4000)
    yield frame(HEADERS, END_HEADERS, 1, block(*call_fields("Stall")) + entry + b"\xbe" * 10_000)


# Streams that hold memory.

def kept(first, again):
    """Calls that stay open and hold what one octet of theirs names: RFC 7541 §6.1."""
    def body(server, long):
        peers, opened, refused, closed = [], 0, 0, 0
        for _ in range(40 if long else 8):
            peer = Connection(server.port)
            peers.append(peer)
            head = block(*call_fields("Stall"))
            for start in range(0, 250, 50):
                peer.pour([frame(HEADERS, END_HEADERS, 2 * number + 1, head + (again if number else first))
                           for number in range(start, start + 50)], 3)
            opened += 250
        for peer in peers:
            peer.until(lambda: False, 0.02)
            refused += sum(1 for status in peer.statuses.values() if status == 8)
            closed += peer.closed
        # The handlers run: what they hold is seen now.
        time.sleep(0.2)
        for peer in peers:
            peer.close()
        return f"{refused} of {opened} calls refused", expect(not closed, "a connection was closed")
    return body


# 12 KB of metadata for three octets, and some 450 entries for as many octets: below the limit of a section.
LARGE_FIELD = b"\x40" + text("x") + text("x" * 3900)
kept_headers = kept(LARGE_FIELD + b"\xbe" * 2, b"\xbe" * 3)
many_fields = kept(b"\x40\x01y\x01z" + b"\xbe" * 440, b"\xbe" * 440)


def slow_reader(method, streams, octets, **how):
    """Asks for much and takes nothing: no window, or a socket that is not read."""
    def body(server, long):
        peers, sent, refused = [], 0, 0
        for _ in range(8 if long else 2):
            window = how.get("window", 0)
            all_streams = frame(WINDOW, 0, 0, b"\x3f\xff\xff\xff")
            peer = Connection(server.port, PREFACE + settings((4, window)) + ACKED + all_streams)
            peers.append(peer)
            whole = message(b"x" * octets)
            pieces = (call_headers(2 * number + 1, method) + data(2 * number + 1, whole, END_STREAM)
                      for number in range(streams))
            sent += peer.pour(pieces, 3, listen=how.get("listen", True))
        if how.get("listen", True):
            for peer in peers:
                peer.until(lambda: False, 0.1)
                refused += sum(1 for status in peer.statuses.values() if status == 8)
        else:
            time.sleep(0.3)
        for peer in peers:
            peer.close()
        return f"{sent >> 20} MiB taken, {refused} calls refused", []
    return body


def unread(server, long):
    """Messages for a handler that never reads, and their windows full."""
    peers, sent, refused = [], 0, 0
    for _ in range(8 if long else 3):
        peer = Connection(server.port)
        peers.append(peer)
        pieces = (call_headers(2 * number + 1, "Stall") + data(2 * number + 1, message(b"x" * (1 << 20)))
                  for number in range(150))
        sent += peer.pour(pieces, 3)
        peer.until(lambda: False, 0.1)
        refused += sum(1 for status in peer.statuses.values() if status == 8)
    for peer in peers:
        peer.close()
    return f"{sent >> 20} MiB sent, {refused} calls refused", expect(refused > 0, "no call was refused")


def lies(server, long):
    """Messages that say to be longer than the limit, and messages of the limit's length that never come whole."""
    peers = [Connection(server.port) for _ in range(20 if long else 4)]
    refused = 0
    for peer in peers:
        pieces = []
        for number in range(120):
            stream = 2 * number + 1
            claim, flag = (0xFFFFFFFF, 0) if number % 3 == 0 else (4 << 20, 0) if number % 3 == 1 else (9, 7)
            pieces.append(call_headers(stream, "Unary") + data(stream, message(b"tiny", flag, claim)))
        peer.pour(pieces, 3)
    for peer in peers:
        peer.until(lambda: len(peer.statuses) >= 80, 2)
        refused += len(peer.statuses)
    for peer in peers:
        peer.close()
    return f"{refused} of {80 * len(peers)} refused, the others wait", expect(refused == 80 * len(peers), "not refused")


# Bombs: little that becomes much.

def zstd_bomb(octets, window=0x58):
    """A zstd frame (RFC 8878 §3.1.1) of blocks that repeat one octet: 128 KiB in four octets."""
    count, rest = divmod(octets, 128 << 10)
    sizes = [128 << 10] * count + ([rest] if rest else [])
    blocks = b"".join(struct.pack("<I", (size << 3) | 2 | (at == len(sizes) - 1))[:3] + b"\0"
                      for at, size in enumerate(sizes))
    return b"\x28\xb5\x2f\xfd\0" + bytes([window]) + blocks


def bombs(encoding, bomb, window, wanted):
    """`wanted`: the statuses that calls may end with."""
    def body(server, long):
        peers, statuses, answered = [], [], 0
        calls = 100 if long else 50
        for _ in range(6 if long else 2):
            peer = Connection(server.port, PREFACE + settings((4, window)) + ACKED)
            peers.append(peer)
            pieces = [call_headers(2 * number + 1, "Unary", ("grpc-encoding", encoding))
                      + data(2 * number + 1, message(bomb, 1), END_STREAM) for number in range(calls)]
            peer.pour(pieces, 5)
            peer.until(lambda: len(peer.statuses) >= calls, 10 if wanted else 0.5)
            statuses += peer.statuses.values()
        for peer in peers:
            peer.close()
        seen = ", ".join(f"{statuses.count(code)} × {code}" for code in sorted(set(statuses))) or "none"
        wrong = expect(set(statuses) <= set(wanted), f"statuses {seen}") if wanted else []
        return f"{len(bomb)} octets each; statuses: {seen}", wrong
    return body


# Connections.

def most_descriptors(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - 200)


def idle(count, held_by_server):
    """Connections that say hello and nothing else: more than the server takes. New ones take the place of the longest
    idle, those of others too: none is refused."""
    def body(server, long):
        held = []
        for _ in range(most_descriptors(count)):
            peer = Connection(server.port)
            held.append(peer)
            if len(held) % 50 == 0:
                # The server has come so far.
                peer.hear(1)
        time.sleep(15 if long else 1.3)
        most = server.descriptors()
        for peer in held:
            peer.close()
        return f"{len(held)} made, {most} descriptors", expect(most < held_by_server + 100, f"{most} descriptors")
    return body


def half_open(server, long):
    """Connections that never say the preface. The server waits for it for half a second here (ten by default)."""
    held = [socket.create_connection(("127.0.0.1", server.port), PATIENCE) for _ in range(most_descriptors(500))]
    for peer in held[::2]:
        peer.sendall(PREFACE[:9])
    end = time.monotonic() + 5
    while server.descriptors() > 200 and time.monotonic() < end:
        time.sleep(0.05)
    left = server.descriptors()
    for peer in held:
        peer.close()
    return "closed after the handshake's time", expect(left < 200, f"{left} descriptors are open still")


def slow_writers(server, long):
    """Requests that come octet by octet: their header sections, or their messages."""
    head = HELLO
    calls = call_headers(1, "Unary") + data(1, message(b"x" * 100), END_STREAM)
    peers = []
    for number in range(100):
        peer = Connection(server.port, head if number % 2 else head + call_headers(1, "Unary"))
        peers.append((peer, calls if number % 2 else data(1, message(b"x" * 100), END_STREAM)))
    end = time.monotonic() + (20 if long else 0.9)
    at = 0
    while time.monotonic() < end:
        for peer, octets in peers:
            if not peer.closed and at < len(octets) - 1:
                try:
                    peer.socket.send(octets[at:at + 1])
                except OSError:
                    peer.closed = True
        at += 1
        time.sleep(0.03)
    cut = 0
    for number, (peer, _) in enumerate(peers):
        peer.until(lambda: peer.closed, 0.01)
        cut += peer.closed
        peer.close()
    return f"{cut} of 50 slow header sections cut", expect(cut == 50, f"{cut} cut, not 50")


def out_of_descriptors(server, long):
    """More connections than the process may have descriptors: those that are there go on, and when the others have
    gone, new ones are taken again."""
    held = []
    for _ in range(400):
        peer = socket.socket()
        peer.setblocking(False)
        peer.connect_ex(("127.0.0.1", server.port))
        held.append(peer)
    time.sleep(1.5 if not long else 10)
    most = server.descriptors()
    for peer in held:
        peer.close()
    peer = Connection(server.port, HELLO + call_headers(1, "Unary") + data(1, message(b"x"), END_STREAM))
    back = peer.until(lambda: 1 in peer.ended, 5)
    peer.close()
    return f"{most} descriptors, then served again", expect(back, "new connections were not taken again")


# Handshakes.

def silent_handshakes(server, long):
    """TLS that is never begun, or begun and left, more often than handshakes may be under way."""
    hello = client_hello()
    held, cut = [], 0
    for number in range(most_descriptors(1_300)):
        peer = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        peer.sendall(hello if number % 3 == 0 else b"" if number % 3 == 1 else hello[:40])
        held.append(peer)
        if number % 50 == 0:
            time.sleep(0.02)
    end = time.monotonic() + 6
    most = server.descriptors()
    while most < 1_000 and time.monotonic() < end:
        time.sleep(0.05)
        most = server.descriptors()
    # The oldest are old enough now to make room for others.
    time.sleep(0.5 if not long else 12)
    for peer in held:
        peer.close()
    wrong = expect(900 < most < 1_200, f"{most} descriptors, where 1,024 handshakes may be under way")
    return f"{len(held)} made, {most} descriptors", wrong


def client_hello():
    incoming, outgoing = ssl_memory()
    made = plain_context().wrap_bio(incoming, outgoing, server_hostname="echo")
    try:
        made.do_handshake()
    except ssl_wants():
        pass
    return outgoing.read()


def ssl_memory():
    import ssl
    return ssl.MemoryBIO(), ssl.MemoryBIO()


def ssl_wants():
    import ssl
    return ssl.SSLWantReadError


def plain_context():
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def nobody(server, long):
    """Full handshakes without a certificate, one after another: a signature each."""
    import ssl
    refused = 0
    for _ in range(2_000 if long else 100):
        try:
            plain = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
            with plain_context().wrap_socket(plain, server_hostname="echo") as secured:
                secured.sendall(HELLO)
                refused += not secured.recv(1)
        except (ssl.SSLError, OSError):
            refused += 1
    return f"{refused} refused", expect(refused >= 100, "strangers were let in")


# Nonsense.

def not_text(server, long):
    """Octets that are not UTF-8 in a string field, in metadata and in the path."""
    peer = Connection(server.port)
    broken = b"\xc3\x28\xff\xfe"
    field = b"\x0a" + bytes([len(broken)]) + broken  # HealthCheckRequest.service
    peer.pour([
        call_headers(1, "Check", path="/grpc.health.v1.Health/") + data(1, message(field), END_STREAM),
        call_headers(3, "Unary", ("note", broken), ("grpc-message", broken)) + data(3, message(b"x"), END_STREAM),
        call_headers(5, "Unary", ("k-bin", broken)) + data(5, message(b"x"), END_STREAM),
        call_headers(7, "\udcff\udcfe") + data(7, message(b"x"), END_STREAM),
        call_headers(9, "Unary") + data(9, message(broken), END_STREAM)], 2)
    peer.until(lambda: len(peer.statuses) + len(peer.resets) >= 5, 2)
    seen = {stream: peer.statuses.get(stream, "reset" if stream in peer.resets else None) for stream in (1, 3, 5, 7, 9)}
    wrong = expect(not peer.closed, "the connection was closed") + expect(seen[9] == 0, f"a good call: {seen[9]}")
    wrong += expect(None not in seen.values(), f"not answered: {seen}")
    peer.close()
    return "statuses " + ", ".join(str(code) for code in seen.values()), wrong


def trailers_first(server, long):
    """A header section without a request's fields, then trailers after trailers; the next call is served."""
    peer = Connection(server.port)
    trailers = block(("grpc-status", "0"), ("grpc-message", "none"))
    peer.pour([
        frame(HEADERS, END_HEADERS | END_STREAM, 1, trailers),
        call_headers(3, "Unary") + frame(HEADERS, END_HEADERS | END_STREAM, 3, trailers)
        + frame(HEADERS, END_HEADERS | END_STREAM, 5, trailers),
        call_headers(7, "Unary") + data(7, message(b"x"), END_STREAM)], 2)
    good = peer.until(lambda: peer.statuses.get(7) == 0, 2)
    resets = len(peer.resets)
    peer.close()
    return f"{resets} streams reset", expect(good, "the connection's next call was not served")


SETTING = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1))

SHORT_WAITS = {"ECHO_HANDSHAKE_MS": "500"}.items()
FEW_CONNECTIONS = {"ECHO_CONNECTIONS": "1000"}.items()
# What a server may hold for all its connections (RPCConfiguration.maxServerBufferedBytes) and as much again for the
# allocator and for what is on its way.
BUDGET = 384
REFUSALS = (PROTOCOL, CALM, INTERNAL, COMPRESSION)


def alone(attack, environment=()):
    """On a server of its own: memory that another attack has left to the allocator would hide this one's."""
    return Group([attack], environment)


def groups(long):
    return [
        Group([
            Attack("rapid reset", flood(b"", rapid_resets, times=2), memory=40),
            Attack("resets made by the server", flood(b"", resets_by_the_server, codes=REFUSALS), memory=40),
            Attack("CONTINUATION flood", flood(OPEN, repeated(frame(CONTINUATION, 0, 1, PADDING)), codes=REFUSALS)),
            Attack("empty CONTINUATION flood", flood(OPEN, repeated(frame(CONTINUATION, 0, 1)), codes=REFUSALS)),
            Attack("SETTINGS flood", flood(b"", repeated(SETTING))),
            Attack("SETTINGS flood, answers unread", flood(b"", repeated(SETTING), listen=False)),
            Attack("PING flood", flood(b"", repeated(frame(PING, 0, 0, bytes(8))))),
            Attack("PING flood, answers unread", flood(b"", repeated(frame(PING, 0, 0, bytes(8))), listen=False)),
            Attack("PRIORITY flood", flood(b"", repeated(frame(PRIORITY, 0, 1, bytes(4) + b"\x10")))),
            Attack("zero-length DATA flood", flood(call_headers(1, "Collect"), repeated(frame(DATA, 0, 1)))),
            Attack("HPACK expansion", flood(b"", expansion, codes=REFUSALS)),
            Attack("message-length lies", lies),
            Attack("slow writer", slow_writers),
            Attack("half-open connections", half_open),
            Attack("not UTF-8", not_text),
            Attack("trailers before headers", trailers_first),
        ], SHORT_WAITS),
        alone(Attack("large header sections kept", kept_headers, memory=64, cpu=6, latency=2, latency_new=3)),
        alone(Attack("many small fields kept", many_fields, memory=64, cpu=6, latency=2, latency_new=3)),
        alone(Attack("gzip bombs above the limit", bombs("gzip", gzip.compress(bytes(64 * MIB)), 1 << 20, {8}), cpu=4)),
        alone(Attack("zstd bombs above the limit", bombs("zstd", zstd_bomb(64 * MIB), 1 << 20, {8}), cpu=3)),
        alone(Attack("zstd window of 2 GiB", bombs("zstd", zstd_bomb(1 << 20, 0xa8), 1 << 20, {13, 8}))),
        alone(Attack("gzip bombs, answers unread", bombs("gzip", gzip.compress(bytes(4 * MIB)), 0, None), BUDGET, 4)),
        alone(Attack("zstd bombs, answers unread", bombs("zstd", zstd_bomb(4 * MIB), 0, None), BUDGET, 3)),
        alone(Attack("messages that no handler reads", unread, BUDGET, 3)),
        alone(Attack("slow reader: no window", slow_reader("Unary", 100, 1 << 20), BUDGET, 3)),
        alone(Attack("slow reader: socket unread",
                     slow_reader("Unary", 60, 1 << 20, window=(1 << 31) - 1, listen=False), BUDGET, 3)),
        alone(Attack("slow reader of streams", slow_reader("Expand", 200, 1 << 20), BUDGET, 3)),
        alone(Attack("idle connections", idle(4_300, 4_096), memory=160, cpu=8)) if long else
        alone(Attack("idle connections", idle(1_200, 1_000), memory=60, cpu=3), FEW_CONNECTIONS),
        Group([Attack("out of descriptors", out_of_descriptors, latency_new=4, refused=20)], limit=200),
        Group([
            Attack("handshakes never finished", silent_handshakes, memory=120, cpu=4, latency_new=3,
                   refused=8),
            Attack("handshakes without a certificate", nobody, cpu=2),
        ], tls=True),
    ]
