#!/usr/bin/env python3
"""Hostile peers against a real server process, with a good client beside them.

    hostile.py RPC-ECHO [--long] [NAME…]

Each attack of hostile_attacks.py runs over real sockets. Its bounds are on the server's memory (the peak of its
resident set, from /proc) and processor time, and on the longest that a call of a well-behaved client took meanwhile,
over a connection that it keeps as well as over new ones. Where the computer is busy with other things, calls may take longer:
by twice what calls of a server that is not attacked take, or by as long as the attacked one was ready to run and had no
processor, whichever is more. A table tells what was seen. With `--long` every attack goes on for longer. Only Python's
standard library is used.
"""

import json
import os
import resource
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from http2frames import *

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")
ECHO_PATH = "/echo.v1.Echo/"
MIB = 1 << 20
PATIENCE = 10  # seconds for any one wait


def call_fields(method, *extra, path=ECHO_PATH):
    return [(":method", "POST"), (":scheme", "http"), (":path", path + method), (":authority", "localhost"),
            ("te", "trailers"), ("content-type", "application/grpc"), *extra]


def call_headers(stream, method, *extra, path=ECHO_PATH, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block(*call_fields(method, *extra, path=path)))


def message(octets, flag=0, length=None):
    return struct.pack(">BI", flag, len(octets) if length is None else length) + octets


def data(stream, octets, flags=0):
    """DATA frames of 16 KiB, the largest that every server takes (RFC 9113 §4.2)."""
    pieces = [octets[at:at + (1 << 14)] for at in range(0, len(octets), 1 << 14)] or [b""]
    last = len(pieces) - 1
    return b"".join(frame(DATA, flags if at == last else 0, stream, piece) for at, piece in enumerate(pieces))


def huffman(codes):
    bits = "".join(codes.split())
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


# "grpc-status" as nghttp2 encodes it (RFC 7541, appendix B); its value of one or two digits is not shortened by that.
STATUS = huffman("100110 101100 101011 00100 010110 01000 01001 00011 01001 101101 01000")


def status_of(octets):
    """The grpc-status in a header block, if there is one. The encoder has no dynamic table: see `settings`."""
    at = octets.find(STATUS)
    if at < 0:
        return None
    at += len(STATUS)
    return int(octets[at + 1:at + 1 + octets[at]])


def settings(*pairs):
    """With SETTINGS_HEADER_TABLE_SIZE 0: each response's header blocks can be read by themselves."""
    pairs = ((1, 0), *pairs)
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", key, value) for key, value in pairs))


# An acknowledgement before its time: the server's windows are as it announces them from the first octet on.
ACKED = frame(SETTINGS, ACK)
HELLO = PREFACE + settings() + ACKED


class Server:
    """A process of ours. /proc tells what it takes."""

    def __init__(self, program, environment=(), limit=None, tls=None):
        variables = dict(os.environ, **dict(environment))
        if tls:
            variables["HOMEWARD_IDENTITY"] = os.path.join(tls, "echo")

        def bounded():
            if limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        self.process = subprocess.Popen([program, "serve", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True,
                                        env=variables, preexec_fn=bounded)
        line = self.process.stdout.readline()
        if "listening" not in line:
            raise SystemExit("the server did not start")
        self.port = int(line.rsplit(":", 1)[1])
        self.tls = tls

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) * 1024

    def resident(self):
        return self.status("VmRSS")

    def peak(self):
        return self.status("VmHWM")

    def forget_peak(self):
        # proc(5): 5 resets the peak to the present resident set.
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def starved(self):
        """Seconds that its threads were ready to run and had no processor, because the computer was busy with other
        things: the second number of schedstat (Documentation/scheduler/sched-stats.rst)."""
        waited = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{thread}/schedstat") as file:
                    waited += int(file.read().split()[1])
            except OSError:
                pass  # It has ended, or the kernel does not count.
        return waited / 1e9

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.process.kill()
        self.process.wait()


def client_context(tls):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(os.path.join(tls, "authority.pem"))
    context.load_cert_chain(os.path.join(tls, "caller.pem"), os.path.join(tls, "caller.key"))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    return context


def ready(file, event, seconds):
    """poll, because select knows only small descriptors."""
    poll = select.poll()
    poll.register(file, event)
    return bool(poll.poll(seconds * 1000))


class Connection:
    """An HTTP/2 connection that says what it is told to say and keeps what it hears."""

    def __init__(self, port, preface=HELLO, timeout=PATIENCE, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = client_context(tls).wrap_socket(self.socket, server_hostname="echo")
        self.buffer = b""
        self.closed = False
        self.goaway = None
        self.resets = {}
        self.ended = {}
        self.statuses = {}
        self.octets = 0
        self.socket.sendall(preface)

    def close(self):
        self.socket.close()

    def hear(self, wait=0.0):
        """Reads what is there, or waits so long for something. False once the server has closed."""
        if self.closed:
            return False
        if not (isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()):
            if not ready(self.socket, select.POLLIN, wait):
                return True
        try:
            got = self.socket.recv(1 << 18)
        except (socket.timeout, ssl.SSLWantReadError):
            return True
        except OSError:
            got = b""
        self.octets += len(got)
        self.closed = not got
        self.buffer += got
        at = 0
        while len(self.buffer) - at >= 9:
            size = int.from_bytes(self.buffer[at:at + 3], "big")
            if len(self.buffer) - at < 9 + size:
                break
            kind, flags = self.buffer[at + 3], self.buffer[at + 4]
            stream = int.from_bytes(self.buffer[at + 5:at + 9], "big")
            self.heard(kind, flags, stream, self.buffer[at + 9:at + 9 + size])
            at += 9 + size
        self.buffer = self.buffer[at:]
        return not self.closed

    def heard(self, kind, flags, stream, payload):
        if kind == GOAWAY:
            self.goaway = (int.from_bytes(payload[4:8], "big"), payload[8:].decode("utf-8", "replace"))
        elif kind == RST:
            self.resets[stream] = int.from_bytes(payload, "big")
        elif kind == HEADERS:
            status = status_of(payload)
            if status is not None:
                self.statuses[stream] = status
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.ended[stream] = time.monotonic()

    def until(self, condition, seconds=PATIENCE):
        """True when the condition came to hold; False when time is up, or the server has closed without it."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or not self.hear(0.02) and not condition():
                return False
        return True

    def pour(self, pieces, seconds, listen=True):
        """Sends piece after piece until the server closes, the time is up or all is sent. Octets that left."""
        sent, end = 0, time.monotonic() + seconds
        self.socket.settimeout(0)
        for piece in pieces:
            view = memoryview(piece)
            while view:
                if time.monotonic() > end:
                    return sent
                writable = ready(self.socket, select.POLLOUT, 0.02)
                if listen and not self.hear():
                    return sent
                if not writable:
                    continue
                try:
                    count = self.socket.send(view)
                except BlockingIOError:
                    continue
                except OSError:
                    self.closed = True
                    return sent
                sent += count
                view = view[count:]
        return sent

    def end(self):
        """What the server did, in words."""
        if listening := not self.closed:
            self.until(lambda: self.closed, 0.3)
        if self.goaway:
            names = {NO_ERROR: "NO_ERROR", PROTOCOL: "PROTOCOL_ERROR", CALM: "ENHANCE_YOUR_CALM", INTERNAL: "INTERNAL"}
            code, words = self.goaway
            return f"GOAWAY {names.get(code, code)}" + (f" {words}" if words else "")
        return "closed" if self.closed else "kept open" if listening else "closed"


# The good client.

class Caller:
    """Calls over a connection that it keeps, and now and then over a new one."""

    def __init__(self, port, tls=None):
        self.port, self.tls = port, tls
        self.kept = None
        self.next = 1
        self.forget()

    def forget(self):
        self.calls = self.lost = self.refused = 0
        self.worst = self.worst_new = 0.0

    def connect(self):
        return Connection(self.port, HELLO + frame(WINDOW, 0, 0, b"\x3f\xff\x00\x00"), 5, self.tls)

    def call(self, connection, stream):
        start = time.monotonic()
        octets = call_headers(stream, "Unary") + data(stream, message(b"good" * 25), END_STREAM)
        connection.socket.sendall(octets)
        good = connection.until(lambda: stream in connection.ended, 5)
        connection.ended.pop(stream, None)
        if not good or connection.statuses.pop(stream, 0) != 0:
            raise OSError("not answered")
        self.calls += 1
        return time.monotonic() - start

    def once(self, number):
        try:
            if not self.kept:
                self.kept, self.next = self.connect(), 1
            self.worst = max(self.worst, self.call(self.kept, self.next))
            self.next += 2
        except OSError:
            self.lost += 1
            if self.kept:
                self.kept.close()
            self.kept = None
        if number % 10 == 0:
            start = time.monotonic()
            try:
                fresh = self.connect()
                self.call(fresh, 1)
                fresh.close()
                self.worst_new = max(self.worst_new, time.monotonic() - start)
            except OSError:
                self.refused += 1


def good(port, calm, tls):
    """Calls for as long as standard input is open; a line there asks for what was seen since the last."""
    caller, control, number = Caller(port, tls), Caller(calm), 0
    while True:
        if select.select([sys.stdin], [], [], 0.01)[0]:
            if not sys.stdin.readline():
                return
            seen = {name: getattr(caller, name) for name in ("calls", "lost", "refused", "worst", "worst_new")}
            print(json.dumps(dict(seen, calm=max(control.worst, control.worst_new))), flush=True)
            caller.forget()
            control.forget()
        caller.once(number)
        control.once(number)
        number += 1


class Good:
    def __init__(self, port, calm, tls=None):
        command = [sys.executable, os.path.abspath(__file__), "--good", str(port), str(calm), tls or ""]
        self.process = subprocess.Popen(command,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.report()

    def report(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class Row:
    def __init__(self, name, did, peak, grown, cpu, seen, seconds, wrong):
        self.cells = (name, did, f"{peak / MIB:.0f}", f"{grown / MIB:.0f}", f"{cpu:.2f}", f"{seconds:.1f}",
                      f"{seen['worst'] * 1000:.0f}", f"{seen['worst_new'] * 1000:.0f}", f"{seen['calm'] * 1000:.0f}",
                      str(seen["calls"]),
                      "; ".join(wrong) or "held")
        self.wrong = wrong


def run(attack, server, good_client, long):
    good_client.report()
    server.forget_peak()
    before, cpu, starved, start = server.resident(), server.cpu(), server.starved(), time.monotonic()
    try:
        did, wrong = attack.body(server, long)
    except OSError as error:
        did, wrong = f"{type(error).__name__}: {error}", ["the attack could not be made"]
    # Long enough that good calls of both kinds are among it.
    time.sleep(max(0, 0.3 - (time.monotonic() - start)))
    seen = good_client.report()
    seconds, used, peak = time.monotonic() - start, server.cpu() - cpu, server.peak()
    wrong = list(wrong)
    if server.process.poll() is not None:
        wrong.append(f"the server ended with {server.process.returncode}")
    if peak - before > attack.memory * MIB:
        wrong.append(f"{(peak - before) / MIB:.0f} MiB more than before, above {attack.memory}")
    if used > attack.cpu * (max(1, seconds / 2) if long else 1):
        wrong.append(f"{used:.2f} s of processor, above {attack.cpu}")
    busy = max(2 * seen["calm"], server.starved() - starved)
    if seen["worst"] > attack.latency + busy:
        wrong.append(f"a call took {seen['worst'] * 1000:.0f} ms, above {attack.latency * 1000:.0f}")
    if seen["worst_new"] > attack.latency_new + busy:
        wrong.append(f"a call over a new connection took {seen['worst_new'] * 1000:.0f} ms")
    if seen["lost"] or seen["refused"] > attack.refused:
        wrong.append(f"{seen['lost']} calls lost, {seen['refused']} connections refused")
    if not seen["calls"]:
        wrong.append("no good call was served")
    return Row(attack.name, did, peak, peak - before, used, seen, seconds, wrong)


def table(rows):
    head = ("attack", "what the server did", "peak MiB", "grown", "cpu s", "for s", "worst ms", "new", "calm", "calls",
            "")
    widths = [max(len(row[at]) for row in [head] + [row.cells for row in rows]) for at in range(len(head))]
    for row in [head] + [row.cells for row in rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    from hostile_attacks import groups
    names = [word for word in sys.argv[2:] if not word.startswith("--")]
    long = "--long" in sys.argv
    rows = []
    calm = Server(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        for group in groups(long):
            attacks = [attack for attack in group.attacks if not names or any(name in attack.name for name in names)]
            if not attacks:
                continue
            tls = group.certificates(work, HERE) if group.tls else None
            server = Server(sys.argv[1], group.environment, group.limit, tls)
            good_client = Good(server.port, calm.port, tls)
            try:
                for attack in attacks:
                    rows.append(run(attack, server, good_client, long))
                good_client.stop()
                # Whatever was attacked, nothing of it is left.
                end = time.monotonic() + PATIENCE
                while server.descriptors() > group.idle and time.monotonic() < end:
                    time.sleep(0.02)
                if server.descriptors() > group.idle:
                    rows[-1].wrong.append(f"{server.descriptors()} descriptors are left open")
            finally:
                good_client.process.kill()
                server.stop()
    calm.stop()
    table(rows)
    wrong = [f"{row.cells[0]}: {'; '.join(row.wrong)}" for row in rows if row.wrong]
    if wrong:
        raise SystemExit("hostile peers: " + "\n".join(wrong))
    print(f"hostile peers: {len(rows)} attacks, the server stayed within its bounds and served others")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--good"]:
        good(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] or None)
    else:
        main()
