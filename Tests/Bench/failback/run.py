#!/usr/bin/env python3
"""Machines go out and home on real processes: seconds and blocks of each leg, on a small and on a large disk.

    run.py PROGRAMS [--sizes 1,64] [--rounds 3] [--full 2]

PROGRAMS is the directory of the release build. For each size in GiB a lab stands with one machine; before each leg 1 %
of 1 GiB of its blocks (2,622, scattered) are overwritten at the active side. A failback is also called off once before
its commit, and one of `--full` GiB of content is read back whole while its guest goes on writing. What is measured, and
how, is in ../README.md. Standard library only; fio for the guest's latency.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parents[1] / "Integration"), str(HERE.parent / "data")]
import standing  # noqa: E402
from content import BLOCK, Content  # noqa: E402
from rig import Guest  # noqa: E402

MACHINE, SCATTERED = standing.MACHINE, 2_622
BOOT = ("power-on", "start-source", "booted")


class Bars:
    def __init__(self):
        self.held, self.missed = 0, []

    def at_most(self, name, value, limit):
        self.judge(value <= limit, f"{name}: {value:.2f}, at most {limit:g} wanted")

    def at_least(self, name, value, limit):
        self.judge(value >= limit, f"{name}: {value:.2f}, at least {limit:g} wanted")

    def judge(self, is_met, text):
        self.held += 1
        print(f"  {'  met' if is_met else 'MISSED'} {text}", flush=True)
        if not is_met:
            self.missed.append(text)


class Cycle:
    """One machine in a lab of its own."""

    def __init__(self, programs, root, size, guest="idle"):
        self.lab, self.size = standing.Lab(programs, root / "lab"), size
        self.content = Content(seed=3)
        self.lab.lab("up")
        try:
            self.lab.lab("add-machine", MACHINE, "--guest", guest, "--disks-mib", str(size >> 20))
            self.lab.say("protect", MACHINE)
        except BaseException:
            self.lab.down()
            raise

    def socket(self, site):
        """The NBD socket of the agent that serves the machine's disks at this site."""
        return standing.until(f"the agent at {site}", lambda: next(
            (path for path in self.lab.root.glob(f"{site}/machines/*/nbd.sock")), None))

    def change(self, site):
        guest = Guest(self.socket(site), "disk-0")
        guest.write(self.content.changes(self.size, SCATTERED))
        guest.close()

    def fill(self, site):
        """All of the disk gets content."""
        guest, offset = Guest(self.socket(site), "disk-0"), 0
        def pieces():
            nonlocal offset
            while offset < self.size:
                length = min(1 << 20, self.size - offset)
                yield offset, self.content.piece(length)
                offset += length
        guest.write(pieces(), in_flight=4)
        guest.close()

    def go(self, *arguments):
        """Runs an operation; the job that it was."""
        # A day's overlay at the pace of these seconds may not fit beside 64 GiB.
        runs = arguments[0] in ("failover", "failback")
        waive = ["--person", "bench", "--waive", "OVERLAY_SPACE=it runs for seconds"] if runs else []
        self.lab.run(arguments[0], MACHINE, *arguments[1:], *waive)
        newest = self.lab.look("jobs", "list", "--item", MACHINE)[0]
        return self.lab.look("jobs", "show", newest["job"])


def seconds(job, without=()):
    """From the job's start to its end, without the time of these steps."""
    span = job["endedUnixUs"] - job["createdUnixUs"]
    for step in job["steps"]:
        if step["id"] in without:
            span -= step["endedUnixUs"] - step["startedUnixUs"]
    return span / 1e6


def moved(job):
    return sum(int(value) for key, value in job["facts"].items() if key.startswith("moved."))


def legs(bars, programs, root, gib, rounds):
    """Rounds out and home; the slowest failback counts."""
    cycle = Cycle(programs, root, gib << 30)
    slowest, boots, most, cancels = 0, [], 0, []
    try:
        for number in range(rounds):
            cycle.change("home")
            cycle.go("failover")
            cycle.go("commit")
            cycle.change("cloud")
            home = cycle.go("reprotect")
            if number == 0:
                cycle.go("failback")
                cancelled = cycle.go("cancel-failover", "--confirm-loss")
                cancels.append((seconds(cancelled, without=BOOT), moved(cancelled)))
            back = cycle.go("failback")
            slowest = max(slowest, seconds(back, without=BOOT))
            boots.append(seconds(back) - seconds(back, without=BOOT))
            cycle.go("commit")
            cycle.change("home")
            out = cycle.go("reprotect")
            most = max(most, moved(home), moved(out))
            print(f"  {gib} GiB, round {number + 1}: reprotect home {seconds(home):.2f} s, {moved(home)} blocks; failback "
                  f"{seconds(back):.2f} s, certificate {back['facts']['certificate']} of "
                  f"{back['facts']['certificate.blocks']} blocks; reprotect out {seconds(out):.2f} s, {moved(out)} "
                  "blocks", flush=True)
    finally:
        cycle.lab.down()
    bars.at_most(f"{gib} GiB, failback without the guest's boot, s (slowest; boots took {max(boots):.2f})", slowest, 2)
    bars.at_most(f"{gib} GiB, blocks moved by a leg / changed", most / SCATTERED, 1.1)
    bars.at_most(f"{gib} GiB, cancel of a failback without the boot, s", cancels[0][0], 2)
    bars.at_most(f"{gib} GiB, cancel of a failback, blocks moved", cancels[0][1], 0)


def paced(socket, size, span):
    """p99 of 4 KiB writes at 1,000 in a second, µs."""
    done = subprocess.run(
        ["fio", "--name=guest", "--ioengine=nbd", f"--uri=nbd+unix:///disk-0?socket={socket}", f"--size={size}",
         "--rw=randwrite", "--bs=4k", "--iodepth=4", "--rate_iops=1000", "--time_based", f"--runtime={span}",
         "--norandommap", "--output-format=json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]["write"]["clat_ns"]["percentile"][
        "99.000000"] / 1e3


def began(failback):
    """When the agent was asked to read the disks back, Unix seconds."""
    return next(step["endedUnixUs"] for step in failback["steps"] if step["id"] == "read-back") / 1e6


def completed(lab):
    """When the disks were read back, Unix seconds."""
    lab.run("certificate", "complete", MACHINE)
    job = lab.look("jobs", "list", "--item", MACHINE)[0]["job"]
    return int(lab.look("jobs", "show", job)["facts"]["full.endedUnixUs"]) / 1e6


def full(bars, programs, root, gib):
    """How fast a full certificate's disks are read back, alone and beside a guest that writes, and what that does to the
    guest."""
    cycle = Cycle(programs, root, gib << 30)
    try:
        cycle.fill("home")
        cycle.go("failover")
        cycle.go("commit")
        cycle.go("reprotect")
        since = began(cycle.go("failback", "--certificate", "full"))
        rate = (gib << 30) / (completed(cycle.lab) - since) / 1e9
        cycle.go("cancel-failover", "--confirm-loss")
        since = began(cycle.go("failback", "--certificate", "full"))
        socket = cycle.socket("home")
        beside = paced(socket, gib << 30, 2)
        # All of it, or what was read while the guest wrote.
        looked = time.time()
        found = re.search(r"(\d+) of \d+ blocks read back", cycle.lab.item()["certificate"])
        asked = time.monotonic()
        ended = completed(cycle.lab)
        waited = time.monotonic() - asked
        read, until = (int(found[1]) * BLOCK, looked) if found and ended > looked else (gib << 30, ended)
        paced_rate = read / (until - since) / 1e9
        item = cycle.lab.item()
        alone = paced(socket, gib << 30, 2)
        print(f"  {gib} GiB read back: {item['certificate']}; waited {waited:.2f} s after two seconds of writing; p99 of "
              f"the guest's writes {beside:.0f} µs meanwhile, {alone:.0f} µs alone", flush=True)
        bars.at_least("disks read back for a full certificate, GB/s", rate, 1)
        bars.at_least("the same beside a guest of 1,000 writes a second, GB/s", paced_rate, 1)
        bars.at_most("p99 of the guest's writes while all is read back / alone", beside / alone, 2)
    finally:
        cycle.lab.down()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--sizes", default="1,64", help="GiB of the disk, sparse")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", type=int, default=2, help="GiB that are read back; 0: not measured")
    options = parser.parse_args()
    bars = Bars()
    for size in options.sizes.split(","):
        with tempfile.TemporaryDirectory(prefix="bench-failback-") as root:
            legs(bars, options.programs, pathlib.Path(root), int(size), options.rounds)
    if options.full:
        with tempfile.TemporaryDirectory(prefix="bench-failback-") as root:
            full(bars, options.programs, pathlib.Path(root), options.full)
    print("\n  ".join([f"{bars.held - len(bars.missed)} of {bars.held} bars are met"
                       + (", missed:" if bars.missed else "")] + bars.missed))


if __name__ == "__main__":
    main()
