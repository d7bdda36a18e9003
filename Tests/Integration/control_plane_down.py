#!/usr/bin/env python3
"""Vault and configuration server both stand still (SIGSTOP): replication goes on, on what was assigned last.

Recovery points are cut, sealed and retained all the while, also after the machine's agent and the cloud's process
server were killed (-9) within that time; the control plane then finds them there.

Usage: control_plane_down.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import os
import pathlib
import signal
import sys
import tempfile
import time

import standing
from standing import MACHINE, fail, until

CONTROL = ("vault", "cs-home")
POINTS = 5  # recovery points of each stretch


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    before = lab.points()[0]["number"]
    stopped = [lab.component(name) for name in CONTROL]
    began = time.time_ns() // 1000
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        lab.tell("vault and configuration server stand still")
        agent = lab.serving()
        time.sleep(8)
        os.kill(agent, signal.SIGKILL)
        until("another agent to serve", lambda: lab.serving(other_than=agent))
        again = time.time_ns() // 1000
        lab.tell("the agent was killed, and another one serves")
        time.sleep(8)
        end = time.time_ns() // 1000
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    points = until("the vault to answer", lab.points)
    cuts = sorted(point["cutUnixUs"] for point in points if point["number"] > before)
    for what, start, stop in (("before", began, again), ("after", again, end)):
        count = sum(start < cut < stop for cut in cuts)
        lab.tell(f"{count} recovery points of the {(stop - start) / 1e6:.0f} s {what} the agent's restart")
        if count < POINTS:
            fail(f"that is less than {POINTS}")
    if lab.item()["phase"] != "protected (out)":
        fail(f"the item is {lab.item()['phase']}")


with tempfile.TemporaryDirectory(prefix="homeward-control-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"control plane down: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
