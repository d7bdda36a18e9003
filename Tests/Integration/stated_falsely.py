#!/usr/bin/env python3
"""A person states that the source is dead, and it is not: with real processes, judged from the acknowledgement logs.

Home's ways to the cloud are cut (its configuration server and its process server stand still), its guest goes on. The
failover by statement makes the cloud's copy active: now both are written to, which the statement allows until the first
contact. Then the ways are open again: home's copy is stopped within 30 s, acknowledges nothing after that, and all that
it acknowledged is readable as `home-before-reprotect`. The cloud's writes come home and go on there.

Usage: stated_falsely.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import os
import pathlib
import signal
import sys
import tempfile
import time

import standing
from standing import DISKS, MACHINE, fail, until

import ledger  # noqa: E402

BOUND = 30  # seconds from the first contact until the stale copy acknowledges nothing any more (I1)
STATED = ["--source-dead", "--person", "ana", "--reason", "nobody there answers"]


def acks(lab, site):
    return [line for line in ledger.read_log(lab.log_path(site)) if line["event"] == "ack"]


def cut_off(lab):
    """Answers the processes to be woken."""
    ways = [lab.component(name) for name in ("cs-home", "ps-home")]
    for process in ways:
        os.kill(process, signal.SIGSTOP)
    lab.tell("home is cut off, and runs")
    return ways


def failover(lab):
    refused = until("home to be missed", lambda: next(
        (r for r in [lab.call("failover", MACHINE)] if "SOURCE_CONFIRMED_OFF" in r.stderr), None))
    if refused.returncode != 1:
        fail(f"a failover without a statement: {refused.stdout}{refused.stderr}")
    stated = time.time_ns() // 1000
    lab.say("failover", MACHINE, *STATED)
    counts = [len(lab.acknowledged(site)) if lab.log_path(site).exists() else 0 for site in ("home", "cloud")]
    until("writes on both sides", lambda: all(
        len(lab.acknowledged(site)) > count + 30 for site, count in zip(("home", "cloud"), counts)))
    return stated


def contact(lab, ways, stated):
    met = time.time_ns() // 1000
    for process in ways:
        os.kill(process, signal.SIGCONT)
    until("the debts to be paid", lambda: lab.item().get("owed") == [])
    last = acks(lab, "home")[-1]["t_us"]
    lab.tell(f"home's last write {(last - met) / 1e6:.1f} s after the first contact")
    if last - met > BOUND * 1_000_000:
        fail(f"that is more than {BOUND} s")
    first = acks(lab, "cloud")[0]["t_us"]
    if first < stated:
        fail("the cloud acknowledged before anybody stated that home is dead")
    count = len(acks(lab, "home"))
    writes = len(lab.acknowledged("cloud"))
    until("the cloud's writes", lambda: len(lab.acknowledged("cloud")) > writes + 50)
    if len(acks(lab, "home")) != count:
        fail("home's copy acknowledges writes after it was stopped")
    return count


def divergent(lab):
    """All that home acknowledged, both before and after the statement."""
    log = ledger.read_log(lab.log_path("home"))
    for disk, size in enumerate(DISKS):
        kept, blank = lab.root / f"before-{disk}.raw", lab.root / f"blank-{disk}.raw"
        lab.say("points", "export", MACHINE, "home-before-reprotect", "--disk", str(disk), "--to", str(kept))
        with open(blank, "wb") as file:
            file.truncate(size)
        problems, unjudged = ledger.replay(blank, kept, log, MACHINE, disk)
        if problems:
            fail(f"disk {disk} of home-before-reprotect: {problems[:5]}")
        lab.tell(f"disk {disk}: every block as home acknowledged it, {unjudged} sectors open")


def judge(lab, stale):
    """From the cloud's first look on: what home wrote beside it is its own."""
    home, left = ledger.read_log(lab.log_path("home")), acks(lab, "cloud")[-1]["t_us"]
    again = [line for line in home if line["t_us"] > left]
    if sum(line["event"] == "ack" for line in again) < 50:
        fail("home was not written to again")
    if [line for line in home if line["event"] == "ack"][stale]["t_us"] < left:
        fail("home came back to life before the cloud's copy was stopped")
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = ledger.judge(images, ledger.read_log(lab.log_path("cloud")) + again, "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    lab.tell("all acknowledged writes of the cloud, and of home again, are at home")


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    ways = cut_off(lab)
    try:
        stated = failover(lab)
    except BaseException:
        for process in ways:
            os.kill(process, signal.SIGCONT)
        raise
    stale = contact(lab, ways, stated)
    lab.say("commit", MACHINE)
    lab.say("reprotect", MACHINE)
    divergent(lab)
    for verb in ("failback", "commit"):
        lab.say(verb, MACHINE)
    count = len(lab.acknowledged("home"))
    until("home's writes", lambda: len(lab.acknowledged("home")) > count + 50)
    lab.say("audit", "verify")
    lab.lab("down")
    judge(lab, stale)


with tempfile.TemporaryDirectory(prefix="homeward-false-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"stated falsely: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
