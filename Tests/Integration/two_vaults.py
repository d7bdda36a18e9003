#!/usr/bin/env python3
"""Two vaults on one store: the old one hangs (SIGSTOP) in the middle of a failover, a second one is refused until a
person has it take over, ends the failover, and the old one goes on (SIGCONT): it changes nothing anywhere, and ends.

One that hangs in the middle of a write cannot be succeeded, and the second one says so. The second one listens
elsewhere, as on another host. Before the old one goes on, and after, the item, its points, jobs and audit are compared.

Usage: two_vaults.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import standing
from standing import MACHINE, PATIENCE, fail, until

SECOND = "127.0.2.9:7100"


class Lab(standing.Lab):
    second = None
    address = "127.0.2.2:7100"

    def call(self, *arguments, patience=2 * PATIENCE):
        return super().call(*arguments, *([] if arguments[0] == "lab" else ["--vault", self.address]), patience=patience)

    def start_second(self, *options):
        settings = json.loads((self.root / "cloud/config/vault.json").read_text())
        settings["service"]["listen"] = SECOND
        path = self.root / "second.json"
        path.write_text(json.dumps(settings))
        with open(self.root / "second.log", "ab") as log:
            return subprocess.Popen(
                [self.bin / "vault-orchestrator", "--config", path, *options], stdout=log, stderr=log)

    def down(self):
        super().down()
        if self.second and self.second.poll() is None:
            self.second.kill()
            self.second.wait()

    def state(self):
        """What the old vault could change: all of what is told of the item, and the head of the audit."""
        item = {key: value for key, value in self.item().items() if key not in VOLATILE}
        jobs = [(job["job"], job["state"], job["endedUnixUs"]) for job in self.look("jobs", "list")]
        head = self.run("audit", "verify").split()[-1]
        return {"item": item, "jobs": jobs, "audit": head}


# Ages and what the running agents report.
VOLATILE = {"rpo", "rpoUs", "rpoErrorUs", "health", "status", "tracking", "etag", "revision", "scrubs"}


def in_the_middle(lab):
    """A process that hangs within a write holds the store itself, whatever a person says."""
    with contextlib.closing(database(lab)) as held:
        held.execute("BEGIN IMMEDIATE")
        second = lab.start_second("--take-over")
        failed = second.wait(timeout=PATIENCE) != 0
        held.execute("ROLLBACK")
    log = (lab.root / "second.log").read_text()
    if not failed or "in the middle of a write. If it hangs, end it first" not in log:
        fail(f"a second vault does not say that the store is held: {log}")
    lab.tell("a second vault says that somebody hangs in the middle of a write")


def stop_between_writes(lab, process):
    """SIGSTOP at an instant when the vault holds no lock of its store."""
    def stands():
        os.kill(process, signal.SIGSTOP)
        try:
            with contextlib.closing(database(lab)) as probe:
                probe.execute("BEGIN IMMEDIATE")
                probe.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            os.kill(process, signal.SIGCONT)
            return False
    until("an instant between two writes", stands)


def database(lab):
    return sqlite3.connect(lab.root / "cloud/state/vault/vault.sqlite", isolation_level=None, timeout=1)


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    lab.run("failover", MACHINE, "--no-wait")
    job = lab.look("jobs", "list")[0]["job"]
    until("a step that acts", lambda: any(
        step["id"] == "mint" and step["state"] == "done" for step in lab.look("jobs", "show", job)["steps"]))
    old = lab.component("vault")
    stop_between_writes(lab, old)
    try:
        refused = lab.start_second()
        if refused.wait(timeout=PATIENCE) == 0 or "another process does" not in (lab.root / "second.log").read_text():
            fail("a second vault was not refused")
        lab.tell("a second vault is refused while the first one has the store")
        in_the_middle(lab)
        lab.second = lab.start_second("--take-over")
        lab.address = SECOND
        until("the second vault to answer", lambda: lab.look("jobs", "show", job))
        until("the failover", lambda: lab.look("jobs", "show", job)["state"] == "succeeded")
        until("writes in the cloud", lambda: len(lab.acknowledged("cloud")) > 50)
        lab.tell("the second vault ended the failover that the first one had begun")
        before = lab.state()
    finally:
        os.kill(old, signal.SIGCONT)
    until("the first vault to end", lambda: lab.component("vault") != old)
    lab.tell("the first vault goes on, is refused its first write, and ends")
    # Its supervisor starts it again and again; the second one has the directory by now.
    time.sleep(5)
    after = lab.state()
    if after != before:
        fail(f"the first vault had an effect:\n{before}\n{after}")
    if lab.second.poll() is not None:
        fail("the second vault ended")
    lab.tell("nothing changed: item, jobs, audit")


with tempfile.TemporaryDirectory(prefix="homeward-two-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"two vaults on one store: passed ({time.monotonic() - sites.began:.1f} s)")
    except BaseException:
        if "-v" in sys.argv and (sites.root / "second.log").exists():
            print((sites.root / "second.log").read_text()[-4000:])
        raise
    finally:
        sites.down()
