#!/usr/bin/env python3
"""SIGTERM, with real processes and calls of all kinds under way.

    drain.py BIN_DIR

Of an echo server and of a vault: whoever watches health hears NOT_SERVING first; calls under way end as they would
have; new ones go to the server that took the address over, and none of a stock of calls through our client fails; the exit
code is 0 within the bound; a call that never ends, or a peer that never reads, does not hold it up beyond that.
Connections that reach the age of the configuration are replaced without a failed call.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from hostile import (
    ACKED, Connection, call_headers, data, message, settings)
from http2frames import *

BIN = pathlib.Path(sys.argv[1]).resolve()
PATIENCE = 10  # seconds for any one wait
HEALTH = "/grpc.health.v1.Health/"
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"  # HealthCheckResponse.status
ECHO_GRACE, PROGRAM_GRACE = 2.0, 5.0             # what calls may take of an echo server, and of Homeward's programs
LINGER = 5.0                                     # what a connection's last output may take
MARGIN = 1.5                                     # for a busy computer


def check(condition, what):
    if not condition:
        raise SystemExit(f"drain: {what}")


class Calls(Connection):
    """A connection that keeps each stream's messages, and when it heard what."""

    def __init__(self, port):
        self.bodies, self.heard_at, self.last = {}, {}, None
        super().__init__(port, PREFACE + settings((4, 1 << 20)) + ACKED)

    def heard(self, kind, flags, stream, payload):
        if kind == DATA:
            self.bodies[stream] = self.bodies.get(stream, b"") + payload
            self.heard_at.setdefault((stream, payload[5:]), time.monotonic())
        if kind == PING and not flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, payload))
        if kind == GOAWAY:
            self.last = int.from_bytes(payload[:4], "big")
            self.heard_at.setdefault("goaway", time.monotonic())
        super().heard(kind, flags, stream, payload)

    def begin(self, stream, method, body=None, flags=0, path="/echo.v1.Echo/"):
        octets = call_headers(stream, method, path=path)
        if body is not None:
            octets += data(stream, message(body), flags)
        self.socket.sendall(octets)

    def messages(self, stream):
        rest, found = self.bodies.get(stream, b""), []
        while len(rest) >= 5:
            size = int.from_bytes(rest[1:5], "big")
            found.append(rest[5:5 + size])
            rest = rest[5 + size:]
        return found

    def watch(self, service=b""):
        self.begin(1, "Watch", (b"\x0a" + bytes([len(service)]) + service) if service else b"", END_STREAM, HEALTH)
        check(self.until(lambda: SERVING in self.messages(1)), "health does not say SERVING")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def echo(port):
    server = subprocess.Popen([BIN / "rpc-echo", "serve", "127.0.0.1", str(port)], stdout=subprocess.PIPE, text=True)
    check("listening" in server.stdout.readline(), "no server")
    return server


def ends(process, began, bound, what):
    try:
        code = process.wait(bound + MARGIN + PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SystemExit(f"drain: {what} did not end")
    took = time.monotonic() - began
    check(code == 0, f"{what} ended with {code}")
    check(took < bound + MARGIN, f"{what} took {took:.1f} s to end, above {bound:.0f}")
    return took


def calls_under_way():
    port = free_port()
    server = echo(port)
    watcher, calls = Calls(port), Calls(port)
    watcher.watch()
    calls.begin(1, "Collect", b"ab")                      # a client's stream, half sent
    calls.begin(3, "Chat", b"one")                        # both ways
    calls.begin(5, "Unary")                               # a unary call whose request has not come
    calls.begin(7, "Expand")                              # a server's stream
    check(calls.until(lambda: calls.messages(3) == [b"one"]), "the chat does not begin")
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)

    check(watcher.until(lambda: NOT_SERVING in watcher.messages(1)), "health does not say NOT_SERVING")
    check(watcher.until(lambda: 1 in watcher.ended), "the watch does not end")
    check(watcher.statuses[1] == 14, f"the watch ends with {watcher.statuses[1]}, not UNAVAILABLE")
    watcher.close()
    check(calls.until(lambda: calls.last == 7), f"GOAWAY names stream {calls.last} as the last, not 7")
    check(watcher.heard_at[1, NOT_SERVING] <= calls.heard_at["goaway"] + 0.05, "GOAWAY came before NOT_SERVING")
    # The next server takes the address over while this one drains; what is new goes there.
    heir = echo(port)
    calls.begin(9, "Unary", b"late", END_STREAM)
    calls.socket.sendall(
        data(1, message(b"cd"), END_STREAM) + data(3, message(b"two"), END_STREAM)
        + data(5, message(b"three"), END_STREAM) + data(7, message(b"xyz"), END_STREAM))
    check(calls.until(lambda: calls.closed), "the connection is not closed")
    wanted = {1: [b"abcd"], 3: [b"one", b"two"], 5: [b"three"], 7: [b"x", b"xy", b"xyz"]}
    for stream, bodies in wanted.items():
        check(calls.messages(stream) == bodies and calls.statuses.get(stream) == 0,
              f"stream {stream}: {calls.messages(stream)}, status {calls.statuses.get(stream)}")
    check(9 not in calls.statuses and not calls.messages(9), "a call after GOAWAY was served")
    took = ends(server, began, 0, "the echo server")
    fresh = Calls(port)
    fresh.begin(1, "Unary", b"again", END_STREAM)
    check(fresh.until(lambda: fresh.statuses.get(1) == 0), "the next server does not answer")
    heir.kill()
    heir.wait()
    print(f"drain: calls of four kinds ended well, exit 0 after {took:.2f} s")


def call_without_end():
    port = free_port()
    server = echo(port)
    calls = Calls(port)
    calls.begin(1, "Stall", b"", END_STREAM)
    calls.begin(3, "Unary", b"x", END_STREAM)
    check(calls.until(lambda: 3 in calls.ended), "the server does not answer")
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    check(calls.until(lambda: calls.closed), "the connection is not closed")
    took = ends(server, began, ECHO_GRACE, "a server with a call that never ends")
    check(took > ECHO_GRACE - 0.5, f"it ended after {took:.1f} s, before its grace of {ECHO_GRACE:.0f}")
    print(f"drain: a call that never ends was cut, exit 0 after {took:.2f} s")


def deaf_peer():
    """A peer that called for much and reads nothing: what waits for it goes after its linger time."""
    port = free_port()
    server = echo(port)
    calls = Calls(port)
    calls.socket.sendall(frame(WINDOW, 0, 0, (1 << 30).to_bytes(4, "big")) + settings((4, 1 << 30)))
    calls.begin(1, "Expand", bytes(10_000), END_STREAM)   # 50 MB
    other = Calls(port)
    other.begin(1, "Unary", b"x", END_STREAM)
    check(other.until(lambda: 1 in other.ended), "the server does not answer")
    began = time.monotonic()
    server.send_signal(signal.SIGTERM)
    took = ends(server, began, ECHO_GRACE + LINGER, "a server whose peer reads nothing")
    check(took > ECHO_GRACE - 0.5, f"it ended after {took:.1f} s: nothing waited for its peer")
    calls.close()
    print(f"drain: a peer that reads nothing was cut, exit 0 after {took:.2f} s")


def rolling():
    """One server after another at one address, and a client that calls all the time."""
    port = free_port()
    server = echo(port)
    command = [BIN / "rpc-echo", "roll", "127.0.0.1", str(port), "3"]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        time.sleep(0.7)
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        ends(server, began, ECHO_GRACE, "a server in the middle of many calls")
        server = echo(port)
    out = client.communicate(timeout=PATIENCE)[0].strip()
    server.kill()
    server.wait()
    check(client.returncode == 0, f"calls failed while servers took over from each other: {out}")
    print(f"drain: {out} while three servers ended")


class Vault:
    def __init__(self, work, **settings):
        self.port = free_port()
        self.process, self.log = start_vault(work, self.port, settings)
        self.first = None
        end = time.monotonic() + PATIENCE
        while not self.first:
            check(time.monotonic() < end and self.process.poll() is None, self.log.read_text())
            try:
                self.first = Calls(self.port)
            except OSError:
                time.sleep(0.02)


def start_vault(work, port, settings):
    (work / "passphrase").write_text("correct horse\n")
    service = {"id": "vault", "site": "cloud", "listen": f"127.0.0.1:{port}", "stateDirectory": str(work / "vault"),
               "logLevel": "info", "plaintext": True, **settings}
    config = work / "vault.json"
    config.write_text(json.dumps({
        "service": service, "platform": f"127.0.0.1:{free_port()}", "passphraseFile": str(work / "passphrase"),
        "heartbeatLimitUs": 10_000_000, "defaultIntervalUs": 5_000_000}))
    with open(work / "vault.log", "w") as log:
        process = subprocess.Popen([BIN / "vault-orchestrator", "--config", config], stdout=log, stderr=log)
    return process, work / "vault.log"


def vault(work):
    server = Vault(work)
    process, watcher = server.process, server.first
    watcher.watch()
    items = Calls(server.port)
    items.begin(1, "WatchItems", b"", END_STREAM, "/homeward.vault.v1.Items/")
    items.begin(3, "ListItems", b"", END_STREAM, "/homeward.vault.v1.Items/")
    check(items.until(lambda: 3 in items.ended), "the vault does not answer")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    check(watcher.until(lambda: NOT_SERVING in watcher.messages(1)), "the vault's health does not say NOT_SERVING")
    watcher.close()
    check(items.until(lambda: items.last == 3 and items.closed), "the vault's connection is not closed")
    check(watcher.heard_at[1, NOT_SERVING] <= items.heard_at["goaway"] + 0.05, "the vault's GOAWAY came first")
    took = ends(process, began, PROGRAM_GRACE, "the vault")
    print(f"drain: a vault with a watch under way, exit 0 after {took:.2f} s")


def ageing(work):
    """Connections that the configuration gives two seconds and one of grace: drained, and replaced under calls."""
    server = Vault(work, connections={"maxAgeSeconds": 2, "maxAgeGraceSeconds": 1})
    client = subprocess.Popen([BIN / "rpc-echo", "age", "127.0.0.1", str(server.port), "5"], stdout=subprocess.PIPE,
                              text=True)
    began = time.monotonic()
    peer = Calls(server.port)
    peer.watch()
    check(peer.until(lambda: peer.last is not None), "an old connection is not drained")
    drained = time.monotonic() - began
    check(1.8 - 0.1 < drained < 2.2 + MARGIN, f"it was drained after {drained:.2f} s")
    # Its calls go on, to the end of the grace; then it is closed.
    check(peer.until(lambda: peer.last == 1), f"GOAWAY names {peer.last} as the last stream, not 1")
    check(1 not in peer.ended, "the drain ended a stream at once")
    check(peer.until(lambda: peer.closed), "the connection outlived its grace")
    closed = time.monotonic() - began
    check(2.8 - 0.1 < closed < 3.2 + MARGIN, f"it was closed after {closed:.2f} s")
    # An idle one is closed when its drain is over.
    server.first.until(lambda: server.first.closed)
    check(server.first.closed, "an idle connection outlived its age")
    out = client.communicate(timeout=PATIENCE)[0].strip()
    server.process.kill()
    server.process.wait()
    check(client.returncode == 0, f"calls failed while connections were replaced: {out}")
    check("ended with unavailable" in out, out)
    after = int(out.split()[-2]) / 1000
    check(2.8 - 0.1 < after < 3.2 + MARGIN, f"the stream ended after {after:.2f} s")
    check("its maximum age is over" in server.log.read_text(), "the log does not say why")
    print(f"drain: {out}; drained after {drained:.1f} s, closed after {closed:.1f}")


def main():
    calls_under_way()
    call_without_end()
    deaf_peer()
    rolling()
    if (BIN / "vault-orchestrator").exists():
        for case in vault, ageing:
            with tempfile.TemporaryDirectory() as work:
                case(pathlib.Path(work))


main()
