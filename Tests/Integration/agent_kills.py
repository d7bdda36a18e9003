#!/usr/bin/env python3
"""A machine's agent is killed -9 again and again while its guest writes; no changed block may be missed.

Between kills the agent serves for a random moment. Every twenty kills the guest is held (SIGSTOP), a recovery point that
equals both disks block by block must come, and the guest goes on. What the guest was told is on its disks in the end.

Usage: agent_kills.py BIN_DIR [KILLS] [SEED]. Ends every process that it started. Standard library only.
"""
import os
import pathlib
import random
import signal
import statistics
import sys
import tempfile
import time

import standing
from standing import BLOCK, DISKS, MACHINE, PATIENCE, fail, until

import ledger  # noqa: E402

KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
ROUND = 20
# Seconds that a restart of its agent may stall a guest: that an agent serves again, and half the kills within it.
STALL = 2


class Lab(standing.Lab):
    def writes(self):
        """Acknowledged so far."""
        log = self.log_path("home")
        return log.read_bytes().count(b'"ack"') if log.exists() else 0


def campaign(lab):
    generator = random.Random(SEED)
    lab.protect()
    stalls = []
    for kill in range(1, KILLS + 1):
        process = until("the agent to serve", lab.serving)
        time.sleep(generator.uniform(0, 0.6))
        before = lab.writes()
        os.kill(process, signal.SIGKILL)
        killed = time.monotonic()
        until("another agent to serve", lambda: lab.serving(other_than=process), pause=0.01)
        until("the guest to go on", lambda: lab.writes() > before, pause=0.01)
        stalls.append(time.monotonic() - killed)
        if kill % ROUND == 0 or kill == KILLS:
            number = lab.equal()
            lab.tell(f"{kill} kills, {lab.writes()} acknowledgements: point {number} equals both disks")
    median = statistics.median(stalls)
    lab.tell(f"the guest stood for {median:.2f} s (median), {max(stalls):.2f} s (longest); "
             f"{lab.item()['replication']}")
    if median > STALL:
        fail(f"half the restarts stall the guest for more than {STALL} s")
    lab.down()
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = ledger.judge(images, ledger.read_log(lab.log_path("home")), "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    print("  all acknowledged writes are on the disks")


with tempfile.TemporaryDirectory(prefix="homeward-kills-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        campaign(sites)
    finally:
        sites.down()
print(f"passed: {KILLS} kills of the agent under load")
