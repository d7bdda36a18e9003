#!/usr/bin/env python3
"""A machine's agent is killed -9 again and again while its guest writes; no changed block may be missed.

Between kills the agent serves for a random moment. Every twenty kills the guest is held (SIGSTOP), a recovery point that
equals both disks block by block must come, and the guest goes on. What was sent since the one before is then counted: no
more than 0.1 % of it may be blocks that did not differ, besides the writes that were under way when the agent died: the
guest, which had no answer, writes them again. What the guest was told is on its disks in the end.

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
# Of the blocks that were sent, those that did not differ.
SPARE = 0.001


class Lab(standing.Lab):
    def writes(self):
        """Acknowledged so far."""
        log = self.log_path("home")
        return log.read_bytes().count(b'"ack"') if log.exists() else 0


    def view(self, number):
        disks = []
        for disk in range(len(DISKS)):
            path = self.root / f"view-{disk}.raw"
            path.unlink(missing_ok=True)
            self.run("points", "export", MACHINE, str(number), "--disk", str(disk), "--to", str(path))
            disks.append(path.read_bytes())
        return disks

    def resent(self, first, last):
        """Blocks that the points after one brought, and those of them that did not differ from the point before."""
        blocks = {point["number"]: point["blocks"] for point in self.points() if first < point["number"] <= last}
        before, sent, same = self.view(first), sum(blocks.values()), 0
        for number in sorted(blocks):
            now = self.view(number)
            differing = sum(one[at:at + BLOCK] != other[at:at + BLOCK]
                            for one, other in zip(before, now) for at in range(0, len(one), BLOCK))
            same += max(0, blocks[number] - differing)
            before = now
        return sent, same


def campaign(lab):
    generator = random.Random(SEED)
    lab.protect()
    # A round makes hundreds of points, and each of them is looked at.
    lab.run("policies", "update", "default-forward", "--keep-points", "1000")
    stalls, known = [], lab.equal()
    sent = same = 0
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
            counted = lab.resent(known, number)
            sent, same, known = sent + counted[0], same + counted[1], number
            lab.tell(f"{kill} kills, {lab.writes()} acknowledgements: point {number} equals both disks; {counted[0]} "
                     f"blocks were sent since the one before, {counted[1]} of them for nothing")
    median = statistics.median(stalls)
    lab.tell(f"the guest stood for {median:.2f} s (median), {max(stalls):.2f} s (longest); "
             f"{lab.item()['replication']}")
    if same > sent * SPARE + KILLS * len(DISKS):
        fail(f"{same} of {sent} blocks that were sent did not differ")
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
