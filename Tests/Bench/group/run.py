#!/usr/bin/env python3
"""Common cuts of a replication group on real processes: how long its members' writes are parked.

    run.py PROGRAMS [--seconds 60] [--members 3] [--interval 0.5] [--rate 0] [--dir DIR]

One agent for each member, a process server and a master target, TCP on loopback; no vault. A guest at each member writes
4 KiB at a time, one write after the other, as fast as they are acknowledged (or RATE a second). First all members are
cut in common for so many seconds: the table shows how long holds took, by the agents' monotonic clocks, and which share
of the cuts was void. Then one agent is stopped (SIGSTOP) for a third of that time: no cut can be common, and what is
asked here is that the guests of the others never wait longer than the lease for it. Then it goes on (SIGCONT), and
common points must come again.

Fails where guests wait longer than the lease, or common points do not come; bars of time that a busy computer misses
are printed. Standard library only.
"""
import argparse
import multiprocessing
import os
import pathlib
import random
import signal
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))
import calls  # noqa: E402
from rig import Guest, Rig, until  # noqa: E402

SIZE = 128 << 20
BLOCK = 4096
LEASE = 0.05  # seconds: the process server's setting, and its default
# A wait in the middle of the stops is the lease and what one write takes beside it.
SLACK = 0.025


def write(socket, export, rate, orders, answers, seed):
    """One guest: writes until told to stop; on `take`, what each write since the last one took: (when, seconds)."""
    guest, dice, seen = Guest(socket, export), random.Random(seed), []
    block = dice.randbytes(BLOCK)
    due = time.monotonic()
    while True:
        if orders.poll():
            if orders.recv() == "stop":
                return
            answers.send(seen)
            seen = []
        began = time.monotonic()
        guest.put(dice.randrange(SIZE // BLOCK) * BLOCK, block)
        ended = time.monotonic()
        seen.append((began, ended - began))
        if rate:
            due = max(due + 1 / rate, ended - 1)
            time.sleep(max(0, due - ended))


class Member:
    def __init__(self, rig, rate, seed):
        self.rig = rig
        self.orders, orders = multiprocessing.Pipe()
        self.answers, answers = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=write, args=(rig.socket, "disk-0", rate, orders, answers, seed), daemon=True)
        self.process.start()

    def take(self):
        self.orders.send("take")
        if not self.answers.poll(120):
            raise SystemExit(f"the guest of {self.rig.item} does not go on")
        return self.answers.recv()

    def stop(self):
        self.process.kill()
        self.process.join()


def figures(rig):
    found = calls.fields(rig.call("ps-1", "process.v1.ProcessControl/GetGroup", (1, "group")))
    names = {"attempts": 6, "recorded": 7, "void": 8, "longest": 10, "p99": 11, "p99.9": 19}
    out = {name: calls.integer(found, number) for name, number in names.items()}
    return out | {"why": found.get(9, [b""])[-1].decode()}


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def show(what, value, bar):
    print(f"  {'met' if value <= bar else 'MISSED':6} {what}: {value:.2f}, at most {bar:g} wanted", flush=True)


def measure(options, root):
    items = [f"member-{number}" for number in range(options.members)]
    rigs = []
    for place, item in enumerate(items):
        servers = rigs[0] if rigs else None
        rig = Rig(options.programs, root / item, [SIZE], place=place, item=item, machine=item, servers=servers,
                  group=items, compress=False)
        rigs.append(rig)
        if servers:
            rig.enroll()
        else:
            rig.start_services(groupIntervalMilliseconds=int(options.interval * 1000),
                               groupLeaseMilliseconds=int(LEASE * 1000))
        rig.start_agent()
    members = []
    try:
        for rig in rigs:
            rig.open_session(options.interval)
        until("a common point", lambda: figures(rigs[0])["recorded"] > 1, every=0.1)
        members = [Member(rig, options.rate, seed) for seed, rig in enumerate(rigs)]
        return judge(options, rigs, members)
    finally:
        for member in members:
            member.stop()
        for rig in reversed(rigs):
            rig.stop()


def judge(options, rigs, members):
    time.sleep(2)
    for member in members:
        member.take()
    before = figures(rigs[0])
    time.sleep(options.seconds)
    after, writes = figures(rigs[0]), [latency for member in members for _, latency in member.take()]
    cuts, void = after["attempts"] - before["attempts"], after["void"] - before["void"]
    megabytes = len(writes) * BLOCK / options.seconds / 1e6
    print(f"\n{options.members} members, a common cut each {options.interval} s, {megabytes:.1f} MB/s written in all: "
          f"{cuts} cuts, {void} void" + (f", the last because {after['why']}" if void else ""))
    print(f"  guests' writes: p50 {statistics.median(writes) * 1e3:.2f} ms, p99 {quantile(writes, 0.99) * 1e3:.2f} ms, "
          f"p99.9 {quantile(writes, 0.999) * 1e3:.2f} ms, longest {max(writes) * 1e3:.1f} ms")
    print(f"  holds: p99 {after['p99'] / 1e3:.2f} ms, longest {after['longest'] / 1e3:.2f} ms since the start")
    show("hold, p99.9, ms", after["p99.9"] / 1e3, 50)
    show("void cuts, %", 100 * void / max(1, cuts), 1)
    if cuts < options.seconds / options.interval / 4:
        raise SystemExit(f"failed: {cuts} cuts only")
    return stopped(options, rigs, members) and resumed(rigs)


def stopped(options, rigs, members):
    """Writes of the others meet a hold that nobody releases in time: each of those waits is one lease."""
    agent = rigs[-1].running["agent"].pid
    before = figures(rigs[0])
    for member in members[:-1]:
        member.take()
    os.kill(agent, signal.SIGSTOP)
    try:
        time.sleep(options.seconds / 3)
        writes = [latency for member in members[:-1] for _, latency in member.take()]
    finally:
        os.kill(agent, signal.SIGCONT)
    after = figures(rigs[0])
    held = after["void"] - before["void"]
    waits = sorted(latency for latency in writes if latency > LEASE / 2)
    print(f"\none member stopped for {options.seconds / 3:.0f} s: {held} cuts void, {len(waits)} writes of the others "
          f"waited for {LEASE * 500:.0f} ms or more")
    if not held or not waits:
        raise SystemExit("failed: no cut met the stopped member, so nothing was measured")
    middle = statistics.median(waits)
    print(f"  waits: median {middle * 1e3:.1f} ms, longest {waits[-1] * 1e3:.1f} ms")
    show("longest wait beside the lease, ms", (waits[-1] - LEASE) * 1e3, 50)
    # What one write takes on a busy computer says nothing; what half of them do is the hold.
    good = middle <= LEASE + SLACK
    print(f"  {'passed' if good else 'FAILED'}: the others are held for no longer than the lease "
          f"({middle * 1e3:.1f} ms of {(LEASE + SLACK) * 1e3:.0f} ms)")
    return good


def resumed(rigs):
    seen = figures(rigs[0])["recorded"]
    until("common points again", lambda: figures(rigs[0])["recorded"] > seen + 1, every=0.1)
    print("\nthe member goes on: common points come again")
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--interval", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--dir")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="homeward-group-", dir=options.dir) as folder:
        good = measure(options, pathlib.Path(folder))
    print("passed" if good else "failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
