#!/usr/bin/env python3
"""A failover to the latest state whose last interval does not come: with real processes, judged from the
acknowledgement log.

Home's process server may send 64 KiB a second only, so that a backlog waits there. The job asks within the vault's
bound, and says how old the newest point is; told to wait it asks again; told to take the newest point it goes on, and the
machine runs in the cloud from that. The cancel gives home its machine back, with all that it had written; the point that the
cloud's copy ran from is kept for what it wrote, and is an exact prefix of what was acknowledged at home.

Usage: drain_asks.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import signal
import sys
import tempfile
import time

import standing
from standing import DISKS, MACHINE, fail, until

import ledger  # noqa: E402


def configure(lab, site, name, **settings):
    """A component's settings are changed, and it is started again with them."""
    path = lab.root / site / "config" / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    before = lab.component(name)
    os.kill(before, signal.SIGKILL)
    until(f"{name} to be started again", lambda: lab.component(name) not in (None, before))


def asked(lab, job):
    return until("the question", lambda: next(
        (seen for seen in [lab.look("jobs", "show", job)] if seen and seen["state"] == "waitingPerson"), None))


def answer(lab, job, word):
    """It is followed from then on; to its next question or its end."""
    lab.call("jobs", "answer", job, "--answer", word, "--reason", "the line is slow", "--person", "ana")


def scenario(lab):
    configure(lab, "cloud", "vault", drainLimitUs=2_000_000)
    until("the vault", lambda: lab.look("plans") is not None)
    until("recovery points", lambda: len(lab.points()) > 3)
    configure(lab, "home", "ps-home", forwardBandwidth={"bytesPerSecond": 65_536})
    newest = lab.points()[0]["number"]
    until("it to send", lambda: lab.points()[0]["number"] > newest)
    count = len(lab.acknowledged("home"))
    until("a backlog", lambda: len(lab.acknowledged("home")) > count + 600)
    lab.run("failover", MACHINE, "--no-wait", "--person", "ana")
    job = lab.look("jobs", "list")[0]["job"]
    question = asked(lab, job)["message"]
    lab.tell(question)
    if "Latest processed is point" not in question or "old" not in question:
        fail(f"nothing of what would be lost: {question}")
    answer(lab, job, "wait")
    asked(lab, job)
    lab.tell("told to wait, it asked again")
    answer(lab, job, "latest-processed")
    until("the failover", lambda: lab.look("jobs", "show", job)["state"] == "succeeded")
    point = lab.item()["failoverPoint"]
    lab.say("audit", "verify")
    told = lab.call("audit", "show", "--output", "json").stdout
    if told.count("job-answered") != 2:
        fail("the answers are not in the audit log")
    until_then = ledger.read_log(lab.log_path("home"))
    configure(lab, "home", "ps-home", forwardBandwidth={})
    lab.say("cancel-failover", MACHINE, "--confirm-loss", "--person", "ana")
    count = len(lab.acknowledged("home"))
    until("the guest to write at home again", lambda: len(lab.acknowledged("home")) > count + 50)
    images = []
    for disk in range(len(DISKS)):
        copy = lab.root / f"point-{disk}.raw"
        lab.run("points", "export", MACHINE, str(point), "--disk", str(disk), "--to", str(copy))
        images.append((MACHINE, disk, str(copy)))
    findings = ledger.judge(images, until_then, "prefix")
    if findings:
        fail(f"point {point}: {len(findings)} findings: {findings[:5]}")
    lab.tell(f"point {point} is a prefix of what was acknowledged")
    lab.lab("down")
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = ledger.judge(images, ledger.read_log(lab.log_path("home")), "live")
    if findings:
        fail(f"at home: {len(findings)} findings: {findings[:5]}")
    lab.tell("every write acknowledged at home is there")


with tempfile.TemporaryDirectory(prefix="homeward-drain-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        sites.protect()
        scenario(sites)
        print(f"the drain asks: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
