#!/usr/bin/env python3
"""Replicates disks with our three programs and copies them with the programs of others, and prints a table with ratios.

    run.py PROGRAMS [--only guest,age,copy,capped,delta,read,sparse,memory] [--rounds 3] [--dir DIR] [--size MIB] [--large GIB]
                    [--plain] [--points 1000]

PROGRAMS is the directory of the release build. Within a round all systems take their turn; medians of the rounds are
shown. What is measured, and how, is in README.md. Standard library only.
"""
import argparse
import filecmp
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

import content
import peers
from content import BLOCK, Content, blank
from rig import Guest, Process, Rig, until

MIB = 1 << 20
SCATTERED = 2_622  # blocks: 1 % of 1 GiB
WARM_UP = 4  # rounds of these before the clock runs: 8 MiB until a process server knows how fast its target is


class Table:
    """Figures by cell and system; bars hold a system of ours against a peer, or against a number."""

    def __init__(self):
        self.samples, self.missed, self.held, self.notes = {}, [], 0, []

    def add(self, cell, system, **figures):
        self.samples.setdefault(cell, {}).setdefault(system, []).append(figures)

    def median(self, cell, system, figure):
        return statistics.median(sample[figure] for sample in self.samples[cell][system])

    def show(self, cell, unit, digits=2):
        print(f"\n{cell} ({unit})")
        for system, samples in self.samples[cell].items():
            medians = {figure: statistics.median(sample[figure] for sample in samples) for figure in samples[0]}
            line = "  ".join(f"{figure} {value:.{digits}f}" for figure, value in medians.items())
            print(f"  {system:28} {line}", flush=True)

    def bar(self, name, value, limit, at_most=True):
        self.held += 1
        met = value <= limit if at_most else value >= limit
        text = f"{name}: {value:.2f}, {'at most' if at_most else 'at least'} {limit} wanted"
        print(f"  {'  met' if met else 'MISSED'} {text}", flush=True)
        if not met:
            self.missed.append(text)

    def memory(self, rig, when):
        figures = ", ".join(f"{name} {now:.0f} (at most {most:.0f})" for name, (now, most) in (
            (name, process.memory()) for name, process in rig.running.items()))
        self.notes.append(f"memory after {when}, MiB: {figures}")


# Guest writes.

LOADS = {  # bs, writes, in flight, writes between flushes
    "4 KiB random": ("4k", 40_000, 32, 0),
    "4 KiB random, flush each 32": ("4k", 10_000, 32, 32),
    "1 MiB sequential": ("1m", 512, 4, 0),
    "1 MiB sequential, flush each 8": ("1m", 256, 4, 8),
}


def fio(socket, size, load, rate=None, seconds=None):
    block, writes, depth, flush = LOADS[load]
    command = ["fio", "--name=guest", "--ioengine=nbd", f"--uri=nbd+unix:///disk-0?socket={socket}", f"--size={size}",
               f"--rw={'randwrite' if 'random' in load else 'write'}", f"--bs={block}", f"--iodepth={depth}",
               "--end_fsync=1", "--randrepeat=1", "--norandommap", "--output-format=json"]
    command += [f"--rate={rate}", "--time_based", f"--runtime={seconds}"] if rate else [f"--number_ios={writes}"]
    command += [f"--fsync={flush}"] if flush else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    job = json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]["write"]
    latency = job["clat_ns"]["percentile"] if "percentile" in job["clat_ns"] else {}
    return {"MB/s": job["io_bytes"] / job["runtime"] / 1e3, "p50 us": latency.get("50.000000", 0) / 1e3,
            "p99 us": latency.get("99.000000", 0) / 1e3, "max ms": job["clat_ns"]["max"] / 1e6}


def stream(rig):
    """Opens a session; returns when it has caught up with what was written while none was."""
    rig.open_session(interval=1)
    rig.settle()


def guest(table, options, root):
    size = 1 << 30
    plain = Rig(options.programs, root / "plain", [size])
    full = Rig(options.programs, root / "full", [size], place=1)
    paths = [root / "qemu.raw", plain.source(), full.source()]
    for path in paths:
        blank(path, size)
    log = root / "qemu-nbd.log"
    server = Process("qemu-nbd", ["qemu-nbd", "-f", "raw", "-x", "disk-0", "-k", root / "qemu.sock", "-t",
                                  "--cache=writeback", "-e", "4", paths[0]], log)
    try:
        until("qemu-nbd", (root / "qemu.sock").exists)
        plain.start_agent(protected=False)
        full.start_services()
        full.start_agent()
        full.open_session()
        full.until_point(0)
        full.close_session()
        for number in range(options.rounds):
            for load in LOADS:
                for system, rig in (("qemu-nbd", None), ("unprotected", plain), ("detached", full),
                                    ("streaming", full)):
                    if system == "streaming":
                        stream(full)
                    os.sync()
                    process = rig.running["agent"] if rig else server
                    before = process.processor()
                    figures = fio(rig.socket if rig else root / "qemu.sock", size, load)
                    table.add(f"guest writes, {load}", system, **figures, cpu=process.processor() - before)
                    if system == "streaming":
                        # What is open is sent before the next system is measured.
                        full.settle()
                        full.close_session()
            for system, rig in (("qemu-nbd", None), ("unprotected", plain), ("detached", full), ("streaming", full)):
                if system == "streaming":
                    stream(full)
                os.sync()
                figures = fio(rig.socket if rig else root / "qemu.sock", size, "4 KiB random", "20m", 5)
                table.add("guest writes, 4 KiB random at 20 MB/s", system, **figures)
                if system == "streaming":
                    full.settle()
                    full.close_session()
        table.memory(full, "guest writes")
    finally:
        server.stop()
        plain.stop()
        full.stop()
    for load in LOADS:
        cell = f"guest writes, {load}"
        table.show(cell, "of the system named; its server's processor seconds")
        rates = {system: table.median(cell, system, "MB/s") for system in table.samples[cell]}
        for system, wanted in (("unprotected", 1.0), ("detached", 0.9), ("streaming", 0.6)):
            table.bar(f"{load}, {system} / qemu-nbd", rates[system] / rates["qemu-nbd"], wanted, at_most=False)
    cell = "guest writes, 4 KiB random at 20 MB/s"
    table.show(cell, "paced")
    for figure, wanted in (("p50 us", 1.1), ("p99 us", 1.5)):
        ratio = table.median(cell, "streaming", figure) / table.median(cell, "qemu-nbd", figure)
        table.bar(f"paced, {figure}, streaming / qemu-nbd", ratio, wanted)


# How old the newest point is under a steady load.

AGE_SECONDS, STALL, BETWEEN_STALLS = 30, 0.5, 5.0


def age(table, options, root):
    """A point's age is the time since its cut; the newest counts from when it is seen sealed. The clock of all programs
    is this computer's."""
    rig = Rig(options.programs, root / "age", [1 << 30])
    blank(rig.source(), 1 << 30)
    try:
        rig.start_services()
        rig.start_agent()
        rig.open_session(interval=1)
        rig.until_point(0)
        for cell, stall in (("as it is", 0), (f"stream stalled {STALL * 1e3:.0f} ms", STALL)):
            written = []
            load = threading.Thread(target=lambda: written.append(
                fio(rig.socket, 1 << 30, "4 KiB random", "20m", AGE_SECONDS)))
            load.start()
            ages, begin, stalled = [], time.monotonic(), 0
            while load.is_alive():
                if stall and (time.monotonic() - begin) // BETWEEN_STALLS > stalled:
                    stalled += 1
                    rig.running["ps-1"].pause(stall)
                ages.append(time.time() - rig.newest_cut())
                time.sleep(0.005)
            if not written:
                raise SystemExit("the load ended early")
            ages.sort()
            table.add("age of the newest sealed point at 20 MB/s, s", cell, p50=ages[len(ages) // 2],
                      p99=ages[len(ages) * 99 // 100], most=ages[-1], **{"MB/s": written[0]["MB/s"]})
            rig.settle()
        table.memory(rig, "a steady load")
    finally:
        rig.stop()
    cell = "age of the newest sealed point at 20 MB/s, s"
    table.show(cell, "interval 1 s")
    for system in table.samples[cell]:
        table.bar(f"age of the newest point, {system}, p99", table.median(cell, system, "p99"), 2.0)


# Full copy, and what changed since.

def measured(rig, above=0):
    before = rig.meter()
    rig.open_session()
    sealed, applied = rig.until_point(above)
    spent = rig.since(before)
    return {"seconds": applied, "sealed": sealed, "cpu": sum(spent["cpu"].values()),
            **{f"cpu {name}": seconds for name, seconds in spent["cpu"].items()},
            "hop 1 MB": spent["hops"][0] / 1e6, "hop 2 MB": spent["hops"][1] / 1e6, "read MB": spent["read"] / 1e6}


def same(a, b):
    """The clock has stopped."""
    if not filecmp.cmp(a, b, shallow=False):
        raise SystemExit(f"{b} is not {a}")


def copy_and_delta(table, options, root, kinds):
    size = options.size * MIB
    made = Content()
    source = root / "content.raw"
    made.write(source, size)
    target = root / "copy" / "target.raw"
    target.parent.mkdir()
    others = peers.Peers(root)
    rig = None
    for number in range(options.rounds if "copy" in kinds else 1):
        if rig:
            rig.stop()
            shutil.rmtree(rig.root)
        rig = Rig(options.programs, root / f"rig-{number}", [size], tls=not options.plain)
        rig.source().unlink()
        os.link(source, rig.source())
        blank(rig.target(), size)
        os.sync()
        rig.start_services()
        rig.start_agent()
        table.add("full copy", "ours", **measured(rig))
        same(source, rig.target())
        if "copy" not in kinds:
            break
        for name in ("nbdcopy", "rsync_whole", "rsync_zstd", "qemu_img", "zstd_pipe"):
            blank(target, size)
            os.sync()
            seconds, cpu = getattr(others, name)(source, target)
            same(source, target)
            table.add("full copy", name, seconds=seconds, cpu=cpu)
    table.memory(rig, "the full copy")
    if "copy" in kinds:
        cell = f"full copy of {options.size} MiB"
        table.samples[cell] = table.samples.pop("full copy")
        table.show(cell, "ours " + ("in plaintext" if options.plain else "over mutual TLS"))
        table.bar("full copy, ours / nbdcopy", table.median(cell, "ours", "seconds")
                  / table.median(cell, "nbdcopy", "seconds"), 1.0)
    try:
        if "delta" in kinds:
            delta(table, options, root, rig, made, source, others)
    finally:
        rig.stop()


CAP = 50_000_000  # octets of payload a second between process server and master target


def capped(table, options, root):
    """The process server keeps the cap itself (`forwardBandwidth`)."""
    size = options.size * MIB
    source = root / "capped.raw"
    Content().write(source, size)
    rig = Rig(options.programs, root / "capped", [size], tls=not options.plain)
    try:
        rig.source().unlink()
        os.link(source, rig.source())
        blank(rig.target(), size)
        os.sync()
        rig.start_services(forwardBandwidth={"bytesPerSecond": CAP})
        rig.start_agent()
        table.add("full copy over a capped hop", "ours", **measured(rig))
        same(source, rig.target())
    finally:
        rig.stop()
    table.show("full copy over a capped hop", f"{CAP / 1e6:.0f} MB/s")
    rate = size / table.median("full copy over a capped hop", "ours", "seconds")
    table.bar("full copy over a capped hop, content a second / cap", rate / CAP, 1.8, at_most=False)


def delta(table, options, root, rig, made, source, others):
    """Changes are written while no session is open; the clock runs from the command that opens one."""
    size = options.size * MIB
    targets = {}
    for name in ("rsync_blocks", "rsync_delta"):
        targets[name] = root / name / "target.raw"
        targets[name].parent.mkdir()
        shutil.copyfile(source, targets[name])
    for number in range(options.rounds):
        for percent in (1, 5):
            cell = f"{percent} % of {options.size} MiB changed"
            rig.close_session()
            guest = Guest(rig.socket, "disk-0")
            guest.write(made.changes(size, size // BLOCK * percent // 100))
            guest.close()
            os.sync()
            table.add(cell, "ours", **measured(rig, above=rig.relay()[2]))
            same(source, rig.target())
            for name, target in targets.items():
                seconds, cpu = getattr(others, name)(source, target)
                same(source, target)
                table.add(cell, name, seconds=seconds, cpu=cpu)
    table.memory(rig, "the changes")
    for percent, wanted in ((1, 0.25), (5, 1.0)):
        cell = f"{percent} % of {options.size} MiB changed"
        table.show(cell, "ours as above", digits=3)
        changed = size / 1e6 * percent / 100
        table.bar(f"{percent} % changed, seconds until applied", table.median(cell, "ours", "seconds"), wanted)
        for figure in ("hop 1 MB", "hop 2 MB"):
            table.bar(f"{percent} % changed, {figure} / changed", table.median(cell, "ours", figure) / changed, 1.1)


# What the agent reads of its disk.

def read(table, options, root):
    """By the calls that it makes, as `strace` sees them: no time is taken here."""
    size = 1 << 30
    rig = Rig(options.programs, root / "read", [size])
    made = Content()
    try:
        made.write(rig.source(), size)
        rig.start_services()
        rig.start_agent()
        rig.open_session()
        rig.until_point(0)
        for percent in (1, 5):
            rig.close_session()
            guest = Guest(rig.socket, "disk-0")
            guest.write(made.changes(size, size // BLOCK * percent // 100))
            guest.close()
            seen = root / "read.strace"
            tracer = subprocess.Popen(["strace", "-f", "-y", "-e", "trace=read,readv,pread64,preadv", "-o", str(seen),
                                       "-p", str(rig.running["agent"].pid)], stderr=subprocess.PIPE, text=True)
            tracer.stderr.readline()  # it is attached
            before = rig.relay()[2]
            rig.open_session()
            rig.until_point(before)
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
            table.add("read by the agent, MB", f"{percent} % changed", changed=size * percent / 1e8,
                      disk=read_of(seen, "disk.raw") / 1e6, digests=read_of(seen, "digests") / 1e6)
    finally:
        rig.stop()
    table.show("read by the agent, MB", "of its disk, and of its digests")
    for system, samples in table.samples["read by the agent, MB"].items():
        table.bar(f"read of the disk / changed, {system}", samples[0]["disk"] / samples[0]["changed"], 1.1)


def read_of(trace, name):
    """Octets that calls on files of this name returned; one that another thread interrupted is told in two lines."""
    total, waiting = 0, set()
    for line in trace.read_text(errors="replace").splitlines():
        thread = line.split(None, 1)[0]
        ours = re.search(rf"\(\d+<[^>]*/{re.escape(name)}[^>/]*>", line)
        if line.endswith("<unfinished ...>"):
            if ours:
                waiting.add(thread)
            continue
        if ours or (" resumed>" in line and thread in waiting):
            waiting.discard(thread)
            answer = re.search(r"= (\d+)$", line)
            total += int(answer[1]) if answer else 0
    return total


# The same changes on a small and on a large disk.

def sparse(table, options, root):
    sizes = [("1 GiB", 1 << 30), (f"{options.large} GiB", options.large << 30)]
    cell = f"{SCATTERED} scattered blocks"
    rigs = {name: Rig(options.programs, root / f"sparse-{place}", [size], place, spool=1 << 30)
            for place, (name, size) in enumerate(sizes)}
    made = Content()
    try:
        for name, rig in rigs.items():
            rig.start_services()
            rig.start_agent()
            rig.open_session()
            table.add("first copy of a blank disk", name, seconds=rig.until_point(0)[1])
            table.memory(rig, f"the first copy of a blank disk of {name}")
        for number in range(WARM_UP + options.rounds):
            for name, size in sizes:
                rig = rigs[name]
                rig.close_session()
                guest = Guest(rig.socket, "disk-0")
                guest.write(made.changes(size, SCATTERED))
                guest.close()
                os.sync()
                figures = measured(rig, above=rig.relay()[2])
                if number >= WARM_UP:
                    table.add(cell, name, **figures)
        for name, rig in rigs.items():
            table.memory(rig, f"{cell} of {name}")
    finally:
        for rig in rigs.values():
            rig.stop()
    table.show("first copy of a blank disk", "plaintext")
    table.show(cell, "plaintext", digits=3)
    small, large = (table.median(cell, name, "seconds") for name, _ in sizes)
    table.bar(f"{cell}, {sizes[1][0]} / {sizes[0][0]}", large / small, 1.2)


# Memory with many large disks and many points.

def memory(table, options, root):
    """`delta` of agents is what a first copy, with every block changed, leaves; a master target holds all its points."""
    count, size = 20, options.large << 30
    rig = Rig(options.programs, root / "memory", [size] * count, spool=1 << 30, points=options.points)
    made = Content()
    try:
        rig.start_services()
        rig.start_agent()
        rig.open_session()
        rig.until_point(0)
        table.memory(rig, f"the first copy of {count} blank disks of {options.large} GiB")
        first = {name: process.memory()[1] for name, process in rig.running.items()}
        guests = [Guest(rig.socket, disk) for disk, _ in rig.disks]
        half = None
        for number in range(options.points):
            guests[number % count].write(made.changes(size, 1))
            rig.settle()
            if number == options.points // 2:
                half = {name: process.memory()[0] for name, process in rig.running.items()}
        for guest in guests:
            guest.close()
        table.memory(rig, f"{options.points} points of {count} disks of {options.large} GiB")
        now = {name: process.memory() for name, process in rig.running.items()}
    finally:
        rig.stop()
    print(f"\nmemory, {count} disks of {options.large} GiB, {options.points} points (MiB)")
    disks = count * size / MIB
    table.bar("agent at most, while all is changed", first["agent"], 64 + 3 * disks / 32768)
    table.bar("agent with all points", now["agent"][0], 64 + 3 * disks / 32768)
    for name in ("ps-1", "mt-1"):
        table.bar(f"{name} at most", now[name][1], 256)
        table.bar(f"{name}, growth over the second half of the points", now[name][0] / half[name], 1.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--only", default="guest,age,copy,capped,delta,read,sparse,memory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=2048, help="MiB of the disk that is copied")
    parser.add_argument("--large", type=int, default=64, help="GiB of the large sparse disk")
    parser.add_argument("--points", type=int, default=1000, help="for memory")
    parser.add_argument("--plain", action="store_true", help="the full copy in plaintext")
    parser.add_argument("--dir", help="where disks are made, 20 GiB; a temporary directory unless named")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.programs = pathlib.Path(options.programs).resolve()
    kinds = options.only.split(",")
    if absent := peers.missing():
        raise SystemExit(f"not installed: {' '.join(absent)}")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {options.rounds} rounds", flush=True)
    table = Table()
    with tempfile.TemporaryDirectory(prefix="bench-data-", dir=options.dir) as directory:
        root = pathlib.Path(directory)
        if "guest" in kinds:
            guest(table, options, root)
        if "age" in kinds:
            age(table, options, root)
        if "capped" in kinds:
            capped(table, options, root)
        if {"copy", "delta"} & set(kinds):
            copy_and_delta(table, options, root, kinds)
        if "read" in kinds:
            read(table, options, root)
        if "sparse" in kinds:
            sparse(table, options, root)
        if "memory" in kinds:
            memory(table, options, root)
    print("\n" + "\n".join(table.notes))
    print(f"load {os.getloadavg()[0]:.1f} after")
    print("\n  ".join([f"{table.held - len(table.missed)} of {table.held} bars are met"
                       + (", missed:" if table.missed else "")] + table.missed))
    if options.json:
        with open(options.json, "w") as out:
            json.dump(table.samples, out, indent=1)


if __name__ == "__main__":
    main()
