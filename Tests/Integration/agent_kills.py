#!/usr/bin/env python3
"""A machine's agent is killed -9 again and again while its guest writes; no changed block may be missed.

Between kills the agent serves for a random moment. Every twenty kills the guest is held (SIGSTOP), a recovery point that
equals both disks block by block must come, and the guest goes on. What the guest was told is on its disks in the end.

Usage: agent_kills.py BIN_DIR [KILLS] [SEED]. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Checkers"))
import ledger  # noqa: E402

BIN = pathlib.Path(sys.argv[1]).resolve()
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
MACHINE, DISKS, BLOCK = "app-01", 2, 4096
ROUND = 20
PATIENCE = 60  # seconds for any one wait


def fail(why):
    raise SystemExit(f"failed: {why}")


def until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    fail(f"waited {PATIENCE} s for {what}")


class Lab:
    def __init__(self, root):
        self.root = root
        self.machine = root / "home/machines" / MACHINE
        self.log = root / "acks" / f"{MACHINE}@home.jsonl"

    def homeward(self, *arguments):
        answer = subprocess.run(
            [BIN / "homeward", *arguments], capture_output=True, text=True, timeout=2 * PATIENCE,
            env=dict(os.environ, HOMEWARD_VAULT="127.0.2.2:7100"))
        if answer.returncode != 0:
            fail(f"homeward {' '.join(arguments)}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def status(self, program):
        """What the running program says of itself; None while there is none."""
        try:
            status = json.loads((self.machine / f"{program}.status.json").read_text())
            command = pathlib.Path(f"/proc/{status['processID']}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return status if str(self.machine).encode() in command else None

    def serving(self, other_than=None):
        status = self.status("agent")
        if not status or not status["answers"] or status["state"] != "serving" or status["processID"] == other_than:
            return None
        return status["processID"]

    def item(self):
        return json.loads(self.homeward("items", "show", MACHINE, "--output", "json"))

    def path(self, disk):
        return self.root / f"home/datastore/machine-{MACHINE}/{MACHINE}-disk-{disk}/disk.raw"

    def writes(self):
        """Acknowledged so far."""
        return self.log.read_bytes().count(b'"ack"') if self.log.exists() else 0

    def differing(self, number):
        """Blocks of both disks that are other in this point."""
        count = 0
        for disk in range(DISKS):
            copy = self.root / f"point-{disk}.raw"
            copy.unlink(missing_ok=True)
            self.homeward("points", "export", MACHINE, str(number), "--disk", str(disk), "--to", str(copy))
            ours, theirs = self.path(disk).read_bytes(), copy.read_bytes()
            count += sum(
                ours[at:at + BLOCK] != theirs[at:at + BLOCK] for at in range(0, len(ours), BLOCK))
        return count

    def equal(self):
        """With its guest held: a point that is both disks comes, and the one after it is none other."""
        guest = self.status("guest")["processID"]
        os.kill(guest, signal.SIGSTOP)
        try:
            seen = None
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                points = json.loads(self.homeward("points", MACHINE, "--output", "json"))
                number = next((point["number"] for point in points if point["applied"]), None)
                if number is not None and number != seen:
                    seen, left = number, self.differing(number)
                    if left == 0:
                        return number
                time.sleep(0.1)
            fail(f"point {seen} differs from the disks by {left} blocks, and none later is equal")
        finally:
            os.kill(guest, signal.SIGCONT)


def campaign(lab):
    generator = random.Random(SEED)
    lab.homeward("lab", "up", "--dir", str(lab.root))
    lab.homeward("lab", "add-machine", MACHINE, "--dir", str(lab.root))
    lab.homeward("protect", MACHINE)
    began, longest = time.monotonic(), 0.0
    for kill in range(1, KILLS + 1):
        process = until("the agent to serve", lab.serving)
        time.sleep(generator.uniform(0, 0.6))
        before = lab.writes()
        os.kill(process, signal.SIGKILL)
        killed = time.monotonic()
        until("another agent to serve", lambda: lab.serving(other_than=process))
        longest = max(longest, time.monotonic() - killed)
        until("the guest to go on", lambda: lab.writes() > before)
        if kill % ROUND == 0 or kill == KILLS:
            number = lab.equal()
            print(f"  {time.monotonic() - began:5.1f} s  {kill} kills, {lab.writes()} acknowledgements: "
                  f"point {number} equals both disks", flush=True)
    item = lab.item()
    print(f"  the longest time without an agent: {longest:.2f} s; {item['replication']}")
    lab.homeward("lab", "down", "--dir", str(lab.root))
    images = [(MACHINE, disk, str(lab.path(disk))) for disk in range(DISKS)]
    findings = ledger.judge(images, ledger.read_log(lab.log), "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    print("  all acknowledged writes are on the disks")


def main():
    with tempfile.TemporaryDirectory(prefix="homeward-kills-") as root:
        lab = Lab(pathlib.Path(root))
        try:
            campaign(lab)
        finally:
            subprocess.run([BIN / "homeward", "lab", "down", "--dir", root], capture_output=True, timeout=PATIENCE)
    print(f"passed: {KILLS} kills of the agent under load")


main()
