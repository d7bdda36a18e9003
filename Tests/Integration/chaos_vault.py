#!/usr/bin/env python3
"""The vault is killed -9 again and again at random instants while machines go to the cloud and come home without end.

Each machine is driven by itself: failover, commit, reprotect, failback, commit, reprotect, and again, by commands that
are repeated when they are refused. Most kills come at chance instants; since most steps last milliseconds, some are aimed:
the vault rests at the begin of a step that had fewest kills so far (a hold, as `homeward lab --kill` uses them), and dies
there or at a chance instant after it was let go. Some come while the vault has just begun to recover from the one before.
What every job was doing when its vault died is read from the store that it left, and printed as a table.

In the end every job must have ended, at most 5 % of them unwound, at least one failback for five kills committed, and the
outside checkers judge each machine: no write acknowledged by two copies at once, none lost at any change of sites.

Usage: chaos_vault.py BIN_DIR [KILLS] [SEED] [MACHINES]. Ends every process that it started. Standard library only.
"""
import collections
import os
import pathlib
import random
import re
import signal
import socket
import sys
import threading
import time
import traceback

import campaign
import standing
from standing import fail, until

KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 500
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
MACHINES = [f"app-{number:02}" for number in range(1, 1 + (int(sys.argv[4]) if len(sys.argv) > 4 else 6))]
DISKS = (8, 8)  # MiB: a guest lists all that it finds at each boot
LONGEST_PAUSE = 400  # milliseconds before the lab starts a vault again that died
# Seconds for one kill on the average, with the restart in it: 500 of them in 25 minutes.
PACE = 3.0
AIMED, EARLY = 0.5, 0.1  # shares of the kills
AIM_LIMIT = 6  # seconds that are waited for a step that was aimed at
END_LIMIT = 180  # seconds for all machines to come home after the last kill
UNWOUND_LIMIT = 0.05

NEXT = {"PROTECTED_OUT": "failover", "COMMIT_PENDING_OUT": "commit", "COMMITTED_OUT": "reprotect",
        "PROTECTED_HOME": "failback", "COMMIT_PENDING_HOME": "commit", "COMMITTED_HOME": "reprotect"}
WORKFLOWS = ["failover", "commit", "reprotect-home", "failback", "commit-failback", "reprotect-out"]
# Records after which nothing of the step is under way any more.
ENDS = {"done", "skipped", "undone", "finished"}


class Driver(threading.Thread):
    """One machine's life, until `home` is set and it is there."""

    def __init__(self, lab, store, machine, home):
        super().__init__(name=machine, daemon=True)
        self.lab, self.store, self.machine, self.home = lab, store, machine, home
        self.refusals = collections.Counter()
        self.trouble = None

    def run(self):
        try:
            while not self.step():
                time.sleep(0.1)
        except BaseException:  # noqa: BLE001 - told by the main thread
            self.trouble = traceback.format_exc()

    def step(self):
        """One look, and one command if there is something to do. True at the end."""
        phase, job = self.store.item(self.machine)
        if job or phase not in NEXT:
            return False
        if self.home.is_set() and phase == "PROTECTED_OUT":
            return True
        answer = self.lab.call(NEXT[phase], self.machine, "--no-wait")
        if answer.returncode != 0:
            codes = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bUNAVAILABLE\b|\bunavailable\b", answer.stderr + answer.stdout)
            self.refusals[codes[0] if codes else "other"] += 1
            time.sleep(0.2)
        return False


class Killer:
    def __init__(self, lab, store):
        self.lab, self.store, self.random = lab, store, random.Random(SEED)
        self.holds = lab.root / "holds/vault"
        self.steps = {}  # (workflow, step): kills, in the order of the plans
        self.count = self.between = self.aimed = self.early = 0
        self.restarts = []

    def learn(self):
        """The steps of the workflows, from the jobs that were run."""
        for workflow in WORKFLOWS:
            if any(known == workflow for known, _ in self.steps):
                continue
            found = self.store.rows("SELECT id FROM jobs WHERE workflow = ? LIMIT 1", workflow)
            job = self.lab.look("jobs", "show", found[0][0]) if found else None
            for step in (job or {}).get("steps", []):
                self.steps[(workflow, step["id"])] = 0

    def serves(self):
        """The number of the vault's process, once it answers."""
        try:
            socket.create_connection(("127.0.2.2", 7100), 1).close()
            return self.lab.component("vault")
        except OSError:
            return None

    def disarm(self):
        for path in self.holds.glob("workflow.*"):
            path.unlink(missing_ok=True)

    def aim(self):
        """Waits at the begin of a step that had fewest kills, if a job comes to it; whether one did."""
        fewest = min(self.steps.values())
        wanted = [self.holds / f"workflow.{workflow}.{step}.begin"
                  for (workflow, step), kills in self.steps.items() if kills == fewest]
        for path in wanted:
            path.touch()
        end = time.monotonic() + AIM_LIMIT
        held = False
        while not held and time.monotonic() < end:
            time.sleep(0.01)
            held = any(path.with_name(path.name + ".held").exists() for path in wanted)
        if held and self.random.random() < 0.5:
            self.disarm()
            time.sleep(self.random.uniform(0, 0.03))
        return held

    def kill(self, process):
        os.kill(process, signal.SIGKILL)
        began = time.monotonic()
        until("the vault to be gone", lambda: not pathlib.Path(f"/proc/{process}/exe").exists(), pause=0.005)
        self.disarm()
        hit = False
        for workflow, step, event in self.store.unfinished():
            if (workflow, step) in self.steps and event not in ENDS:
                self.steps[(workflow, step)] += 1
                hit = True
        self.count += 1
        self.between += not hit
        if self.random.random() < EARLY and self.count < KILLS:
            fresh = until("another vault to be started", lambda: self.other_than(process), pause=0.01)
            time.sleep(self.random.uniform(0, 0.3))
            self.early += 1
            return self.kill(fresh)
        until("the vault to serve again", lambda: self.serves() not in (None, process), pause=0.02)
        self.restarts.append(time.monotonic() - began)

    def other_than(self, process):
        found = self.lab.component("vault")
        return found if found != process else None

    def run(self, drivers):
        began = time.monotonic()
        while self.count < KILLS:
            self.learn()
            process = until("the vault to serve", self.serves)
            if self.steps and self.random.random() < AIMED:
                self.aimed += self.aim()
            else:
                behind = time.monotonic() - began - self.count * PACE
                time.sleep(self.random.uniform(0, max(0.4, 2 * (PACE - 1) - behind / 10)))
            self.kill(process)
            for driver in drivers:
                if driver.trouble:
                    fail(f"{driver.machine}: {driver.trouble}")
            if self.count % 25 == 0:
                done = sum(count for workflow, state, count in self.store.outcomes()
                           if (workflow, state) == ("commit-failback", "SUCCEEDED"))
                self.lab.tell(f"{self.count} kills, {done} failbacks committed")

    def table(self):
        width = max(len(step) for _, step in self.steps)
        print(f"\nkills while a step ran{'':{max(0, width - 20)}}" + " ".join(f"{name:>15}" for name in WORKFLOWS))
        names = list(dict.fromkeys(step for _, step in self.steps))
        for name in names:
            row = [self.steps.get((workflow, name)) for workflow in WORKFLOWS]
            print(f"  {name:{width}} " + " ".join(f"{'-' if kills is None else kills:>15}" for kills in row))
        print(f"{self.count} kills: {self.aimed} aimed, {self.early} while the vault began to recover, {self.between} "
              "while no step ran")


def campaign_of_kills(lab):
    lab.run("lab", "up", "--dir", str(lab.root), "--longest-pause-ms", str(LONGEST_PAUSE), "--seed", str(SEED))
    for number, machine in enumerate(MACHINES):
        lab.run("lab", "add-machine", machine, "--dir", str(lab.root), "--seed", str(SEED + number),
                "--disks-mib", ",".join(map(str, DISKS)))
        lab.run("protect", machine)
    lab.tell(f"{len(MACHINES)} machines are protected")
    store, home = campaign.Store(lab), threading.Event()
    drivers = [Driver(lab, store, machine, home) for machine in MACHINES]
    for driver in drivers:
        driver.start()
    killer = Killer(lab, store)
    killer.run(drivers)
    lab.tell(f"{killer.count} kills; the machines go home")
    home.set()
    end = time.monotonic() + END_LIMIT
    for driver in drivers:
        driver.join(max(0, end - time.monotonic()))
        if driver.is_alive() or driver.trouble:
            fail(f"{driver.machine} is {store.item(driver.machine)}, {END_LIMIT} s after the last kill: "
                 f"{driver.trouble or store.unfinished()}")
    until("the jobs to end", lambda: not store.unfinished())
    killer.table()
    done, unwound = campaign.outcomes(lab, store)
    refusals = sum((driver.refusals for driver in drivers), collections.Counter())
    print(f"commands that were refused: {dict(refusals.most_common(8))}")
    middle = sorted(killer.restarts)[len(killer.restarts) // 2]
    lab.tell(f"a vault served again after {middle:.2f} s (median), {max(killer.restarts):.2f} s at most")
    lab.run("audit", "verify")
    lab.down()
    campaign.judge(lab, MACHINES, len(DISKS))
    committed = done.get("commit-failback", 0)
    print(f"{killer.count} kills, {committed} failbacks committed, {unwound:.1%} of the jobs unwound")
    missed = [f"{workflow}/{step}" for (workflow, step), kills in killer.steps.items() if not kills]
    if missed and KILLS >= 500:
        fail(f"no kill came while these steps ran: {', '.join(missed)}")
    if committed * 5 < KILLS:
        fail(f"only {committed} failbacks were committed")
    if unwound >= UNWOUND_LIMIT:
        fail(f"{unwound:.1%} of the jobs failed and went back")


with campaign.laboratory(sys.argv[1], "chaos") as sites:
    campaign_of_kills(sites)
    print(f"passed: {KILLS} kills of the vault, seed {SEED} ({time.monotonic() - sites.began:.0f} s)")
