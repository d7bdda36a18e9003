#!/usr/bin/env python3
"""A replica that is gone at its master target is told, and made anew by itself, while its machine runs.

First one disk of it is deleted under a running master target: what is left is compared, what is gone is copied. Then the
master target's records of it: all is compared. Then everything that the master target has, so that it is as one that was
built anew: a full copy. A master target that is stopped has lost nothing. On the way home the records are lost, and home's
own disks are compared; then a disk of home itself: nothing is made in its place but by a person, who gives the reprotect
up and brings the machine home to another place. After each of them a recovery point equals both disks block by block.

Usage: lost_replica.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import standing
from standing import DISKS, MACHINE, fail, until


class Lab(standing.Lab):
    def records(self, site="cloud"):
        found = list(self.root.glob(f"{site}/state/mt-{site}/replicas/item-*"))
        if len(found) != 1:
            fail(f"the records of the replica are {found}")
        return found[0]

    def replica(self, index, site="cloud"):
        return self.root / f"{site}/datastore/master-target-mt-{site}/{MACHINE}-disk-{index}"

    losses = 0

    def raised(self):
        """How often the loss of a replica was an alert."""
        raised = [record for record in self.look("audit", "show", "--item", MACHINE) if record["kind"] == "alert-raised"]
        return sum({"name": "code", "value": "TARGET_COPY_LOST"} in record["facts"] for record in raised)

    def renewed(self, what, session, phase="protected"):
        """The loss is told, a job of nobody's makes it anew, and the item is protected again."""
        before = self.item()["generation"]
        lost = until(f"{what} to be told", lambda: (
            lambda item: item if item.get("targetLoss", "-") != "-" else None)(self.item()))
        self.tell(f"{lost['phase']}: {lost['targetLoss']}")
        # By the audit: on a quick computer the alert is gone before an item is looked at.
        self.losses += 1
        until("the alert", lambda: self.raised() >= self.losses)
        item = until("another replica", lambda: (
            lambda item: item if item.get("targetLoss") == "-" and item["phase"].startswith(phase) else None)(
                self.item()), pause=0.3)
        if item["generation"] != before + 1:
            fail(f"it took generations {before} to {item['generation']}")
        job = next(job for job in self.look("jobs", "list") if job["operation"] == "renew-replica")
        facts = self.look("jobs", "show", job["job"])["facts"]
        if facts["session"] != session:
            fail(f"what is there was not {session}: {facts}")
        told = self.look("audit", "show", "--item", MACHINE)
        if not any(r["kind"] == "job-created" and r["person"] == "policy" and "renew" in r["operation"] for r in told):
            fail("the audit log does not tell who began it")
        until("the alert to go", lambda: "TARGET_COPY_LOST" not in self.item()["alerts"])
        until("a healthy item", lambda: self.item()["health"] == "ok", pause=0.3)
        self.tell(f"{what}: {session}, point {self.newest()} is the newest")

    def newest(self):
        return max((point["number"] for point in self.points()), default=0)


def out(lab):
    lab.protect()
    until("points", lambda: len(lab.points()) >= 3)
    generation = lab.item()["generation"]

    # Who is silent has lost nothing.
    target = lab.component("mt-cloud")
    os.kill(target, signal.SIGSTOP)
    try:
        until("the master target to be missed", lambda: "not heard lately" in lab.item().get("health", ""), pause=0.5)
    finally:
        os.kill(target, signal.SIGCONT)
    until("a healthy item", lambda: lab.item().get("health") == "ok", pause=0.3)
    if lab.item()["generation"] != generation or lab.item()["targetLoss"] != "-":
        fail(f"a silent master target counts as one that lost its replica: {lab.item()}")
    lab.tell("a master target that was stopped has lost nothing")

    shutil.rmtree(lab.replica(0))
    lab.renewed("a disk of the replica", "compare")
    lab.tell(f"point {lab.equal()} equals both disks")

    shutil.rmtree(lab.records())
    lab.renewed("the records of the replica", "compare")
    lab.tell(f"point {lab.equal()} equals both disks")

    target = lab.component("mt-cloud")
    os.kill(target, signal.SIGSTOP)
    shutil.rmtree(lab.root / "cloud/state/mt-cloud")
    (lab.root / "cloud/state/mt-cloud").mkdir()
    for index in range(len(DISKS)):
        shutil.rmtree(lab.replica(index))
    os.kill(target, signal.SIGKILL)
    lab.renewed("a master target that was built anew", "full")
    lab.tell(f"point {lab.equal()} equals both disks")


def home(lab):
    lab.say("failover", MACHINE)
    lab.say("commit", MACHINE)
    lab.say("reprotect", MACHINE)
    until("points at home", lambda: lab.newest() >= 1)
    shutil.rmtree(lab.records("home"))
    lab.renewed("the records at home", "compare")

    (lab.replica(1, "home") / "disk.raw").unlink()
    item = until("what a person can do", lambda: (
        lambda item: item if item.get("blockers") and not item["job"] else None)(lab.item()), pause=0.3)
    lab.tell(f"{item['phase']}: {item['blockers'][0]}")
    if f"homeward cancel-reprotect {MACHINE}" not in item["blockers"][0]:
        fail(f"a person is not told what to do: {item}")
    if (lab.replica(1, "home") / "disk.raw").exists():
        fail("a disk of home was made by nobody's word")
    lab.say("cancel-reprotect", MACHINE)
    lab.say("reprotect", MACHINE, "--alternate")
    until("points at home", lambda: lab.newest() >= 1)
    if not lab.item()["phase"].startswith("protected"):
        fail(f"it is {lab.item()['phase']}")
    lab.say("failback", MACHINE, "--point", "latest")
    lab.say("commit", MACHINE)
    lab.tell("home, at another place")


def main(bin_dir):
    with tempfile.TemporaryDirectory(prefix="homeward-lost-") as folder:
        lab = Lab(bin_dir, pathlib.Path(folder) / "lab")
        try:
            out(lab)
            home(lab)
        finally:
            lab.down()
    print("lost replica: ok")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
