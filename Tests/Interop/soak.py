#!/usr/bin/env python3
"""Memory and descriptors over time: what a server and a client of ours hold must not grow.

    soak.py RPC-ECHO [SECONDS] [CALLS]

First SECONDS (60) with 128 calls in flight: the resident set of both processes stays within 10 % of what it was after
the first 5 s (a quarter of shorter runs). Then CALLS (100,000) of all kinds that are cancelled at random places or not:
no descriptor, call, handler or octet of the shared budget is left of them on either side.
"""

import os
import subprocess
import sys
import time

from hostile import Connection, Server, call_headers, data, message
from http2frames import *

ALLOWED = 1.10
IN_FLIGHT = 128


def resident(pid):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def counts(port):
    """What the server holds, as it says itself."""
    peer = Connection(port)
    body = []
    hear = peer.heard

    def heard(kind, flags, stream, payload):
        if kind == DATA:
            body.append(payload)
        hear(kind, flags, stream, payload)
    peer.heard = heard
    peer.socket.sendall(call_headers(1, "Get", path="/echo.v1.Counts/") + data(1, message(b""), END_STREAM))
    if not peer.until(lambda: peer.statuses.get(1) == 0):
        raise SystemExit("soak: the server does not say what it holds")
    peer.close()
    return lines(b"".join(body)[5:].decode())


def lines(text):
    return {name: int(value) for name, value in (line.split() for line in text.strip().splitlines())}


def load(program, server, seconds):
    client = subprocess.Popen([program, "bench", "127.0.0.1", str(server.port), str(IN_FLIGHT), str(seconds)],
                              stdout=subprocess.PIPE, text=True)
    start, settled = time.monotonic(), min(5, seconds / 4)
    first, most = None, {}
    while client.poll() is None and time.monotonic() - start < seconds - 0.2:
        time.sleep(0.1)
        now = {"client": resident(client.pid), "server": resident(server.process.pid)}
        if time.monotonic() - start < settled:
            continue
        first = first or now
        most = {name: max(most.get(name, 0), size) for name, size in now.items()}
    out = client.communicate(timeout=30)[0].strip()
    if client.returncode != 0:
        raise SystemExit(f"soak: the client ended with {client.returncode}")
    print(f"soak: {out}; " + "; ".join(
        f"{name} {first[name]:.1f} MiB after {settled:g} s, at most {most[name]:.1f} later" for name in most))
    grown = [name for name in most if most[name] > first[name] * ALLOWED]
    if grown:
        raise SystemExit(f"soak: the {' and the '.join(grown)} grew by more than 10 %")


def cancels(program, server, calls):
    before = counts(server.port)
    client = subprocess.run([program, "cancels", "127.0.0.1", str(server.port), str(calls)],
                            stdout=subprocess.PIPE, text=True)
    if client.returncode != 0:
        raise SystemExit(f"soak: the client ended with {client.returncode}")
    own = lines(client.stdout)
    end = time.monotonic() + 10
    after = counts(server.port)
    # Resets and the client's farewell are on their way still.
    while after != before and time.monotonic() < end:
        time.sleep(0.05)
        after = counts(server.port)
    print(f"soak: {calls} calls, {own.pop('clean')} to their end; client {own}; server {after}")
    # The client's own connections are open when it counts: a channel makes more, up to four, when one is full.
    wrong = [f"client: {own[name]} {name}" for name in ("calls", "octets") if own[name] != 0]
    if not 1 <= own["connections"] <= 4 or own["descriptors"] > own["before"] + own["connections"]:
        wrong.append(f"client: {own}")
    if after != before:
        wrong.append(f"server: {before} before, {after} after")
    if wrong:
        raise SystemExit("soak: " + "; ".join(wrong))


def main():
    program = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    calls = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    server = Server(program)
    try:
        load(program, server, seconds)
        cancels(program, server, calls)
    finally:
        server.stop()


main()
