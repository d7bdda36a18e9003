#!/usr/bin/env python3
"""A failover that is given up after its source was fenced and not seen to stop: with real processes, judged from the
acknowledgement log.

Home's configuration server is down, so that nobody stops the machine: its agent is fenced by the process server's stream,
and its guest, which runs, is refused its writes and gives up. The failover is cancelled. Agent and platform then say that
all is well with the machine, and its guest is gone. Once the configuration server is back the machine is turned off and
on, and its guest writes again.

Usage: given_up_unseen.py BIN_DIR. Ends every process that it started. Standard library only.
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


def hold_down(lab, name):
    """Ends a component, and stops its successor before that listens; answers the successor's process."""
    before = lab.component(name)
    os.kill(before, signal.SIGKILL)
    after = until(
        f"{name} to be started again", lambda: next((p for p in [lab.component(name)] if p not in (None, before)), None),
        pause=0.001)
    os.kill(after, signal.SIGSTOP)
    lab.tell(f"{name} is down")
    return after


def give_up(lab):
    """A failover that is cancelled while the cloud's platform is down, after home's copy was fenced."""
    job = lab.cancel_fenced_failover(
        hold_down(lab, "host-cloud"), lambda job: "restart-source" in lab.item().get("owed", []))
    until("the failover to be given up", lambda: lab.look("jobs", "show", job)["state"] == "cancelled")


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    server = hold_down(lab, "cs-home")
    try:
        give_up(lab)
        count = len(lab.acknowledged("home"))
        time.sleep(3)
        if len(lab.acknowledged("home")) != count:
            fail("the guest still writes: this shows nothing")
        lab.tell("the failover was given up, and the guest writes no more")
    finally:
        os.kill(server, signal.SIGCONT)
    until("the debts to be paid", lambda: lab.item().get("owed") == [])
    until("the guest to write again", lambda: len(lab.acknowledged("home")) > count + 50)
    lab.tell("the machine was booted, and its guest writes again")
    lab.say("audit", "verify")
    lab.lab("down")
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = ledger.judge(images, ledger.read_log(lab.log_path("home")), "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    lab.tell("every acknowledged write is there")


with tempfile.TemporaryDirectory(prefix="homeward-given-up-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"given up unseen: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
