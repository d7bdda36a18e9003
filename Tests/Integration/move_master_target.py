#!/usr/bin/env python3
"""A replica moves between the master targets of the cloud while its machine writes: handed over, and given up.

A second master target is started beside the lab's. By a person's word the replica's disks are handed to it: its newest
point stays, older ones go, and no more is sent than what changed. Then that one is killed -9, and stays away: a move
without a word is refused and says what is lost; one that fails gives the disks back to it, so that it goes on with its
points once it is started again; with the word the disks go back to the first one, which compares what they hold. Each time
a recovery point equals both disks block by block.

Usage: move_master_target.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import standing
from standing import BLOCK, DISKS, MACHINE, fail, until

OTHER = "mt-cloud-2"


class Lab(standing.Lab):
    def start_other(self):
        """The second master target, configured as the lab's own of the cloud."""
        config = json.loads((self.root / "cloud/config/mt-cloud.json").read_text())
        state = self.root / f"cloud/state/{OTHER}"
        state.mkdir(exist_ok=True)
        config["service"].update(id=OTHER, listen="127.0.2.9:7100", stateDirectory=str(state))
        config["ownerDirectory"] = str(self.root / f"cloud/datastore/master-target-{OTHER}")
        path = self.root / f"cloud/config/{OTHER}.json"
        path.write_text(json.dumps(config))
        with open(self.root / f"cloud/log/{OTHER}.log", "ab") as log:
            return subprocess.Popen(
                [self.bin / "master-target", "--config", path], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def heard(self, name):
        seen = self.look("infrastructure", "show", name)
        return seen if seen and seen["heard"] != "never" else None

    def newest(self):
        return max((point["number"] for point in self.points()), default=0)

    def grows(self):
        newest = self.newest()
        until("another recovery point", lambda: self.newest() > newest + 1)

    def disks_at(self, name):
        return sorted(path.name for path in (self.root / f"cloud/datastore/master-target-{name}").glob("*/disk.raw"))


def gives_back(lab, processes):
    """What proves the disks of the one that is away cannot be read: the move fails, and that one goes on with its points.
    It is started again."""
    before = lab.item()
    records = {path: path.read_bytes() for path in
               (lab.root / f"cloud/datastore/master-target-{OTHER}").glob("*/lineage")}
    for path in records:
        path.write_bytes(b"nothing")
    failed = lab.call("infrastructure", "move-master-target", MACHINE, "--to", "mt-cloud", "--confirm-loss")
    if failed.returncode == 0 or len(records) != len(DISKS):
        fail(f"{len(records)} disks that nothing proves were taken: {failed.stdout}")
    if lab.disks_at("mt-cloud") or len(lab.disks_at(OTHER)) != len(DISKS):
        fail(f"mt-cloud has {lab.disks_at('mt-cloud')}, {OTHER} has {lab.disks_at(OTHER)}")
    for path, content in records.items():
        path.write_bytes(content)
    other = lab.start_other()
    processes.append(other)
    until(f"{OTHER} to go on", lambda: lab.item()["health"] == "ok", pause=0.3)
    lab.grows()
    item = lab.item()
    if not item["phase"].startswith("protected") or item["masterTarget"] != OTHER or item["targetLoss"] != "-":
        fail(f"{before} has become {item}")
    lab.tell(f"a move that failed gave the disks back: point {lab.equal()} equals both")
    return processes.pop()


def campaign(lab, processes):
    lab.lab("up")
    processes.append(lab.start_other())
    lab.lab("add-machine", MACHINE)
    until(f"{OTHER} to be heard", lambda: lab.heard(OTHER))
    lab.say("protect", MACHINE, "--master-target", "mt-cloud")
    until("points", lambda: len(lab.points()) >= 4)

    refused = lab.call("infrastructure", "move-master-target", MACHINE, "--to", OTHER)
    if refused.returncode == 0 or "older recovery points" not in refused.stderr + refused.stdout:
        fail(f"a move without a word: {refused.stdout}{refused.stderr}")
    lab.tell((refused.stderr + refused.stdout).strip().splitlines()[-1][:300])
    preview = lab.call("infrastructure", "move-master-target", MACHINE, "--to", OTHER, "--precheck")
    if preview.returncode != 0 or "No block is copied" not in preview.stdout:
        fail(f"the precheck does not say what is lost: {preview.stdout}{preview.stderr}")

    before = lab.points()
    answer = lab.run(
        "infrastructure", "move-master-target", MACHINE, "--to", OTHER, "--confirm-loss", "--output", "json")
    facts = json.loads(answer.strip().splitlines()[-1])["facts"]
    moved = sum(int(value) for name, value in facts.items() if name.startswith("moved."))
    changed = sum(int(value) for name, value in facts.items() if name.startswith(("changed.", "ahead.")))
    lab.tell(f"{moved} of {sum(DISKS) // BLOCK} blocks were sent, {changed} had changed")
    if facts["session"] != "delta" or not any(name.startswith("moved.") for name in facts) or moved > changed:
        fail(f"a move sends more than what changed: {facts}")
    item = lab.item()
    if item["masterTarget"] != OTHER or not item["phase"].startswith("protected"):
        fail(f"{item['phase']} at {item['masterTarget']}")
    numbers = [point["number"] for point in lab.points()]
    oldest = min(lab.points(), key=lambda point: point["number"])
    if oldest["number"] < before[0]["number"] or oldest["cutUnixUs"] < before[0]["cutUnixUs"]:
        fail(f"points {numbers} at {OTHER}, {[p['number'] for p in before]} were there before")
    lab.grows()
    until("the first one to forget it", lambda: not lab.item()["owed"])
    if list(lab.root.glob("cloud/state/mt-cloud/replicas/item-*")):
        fail("the first one has its records still")
    lab.tell(f"point {lab.equal()} equals both disks")

    other = processes.pop()
    other.kill()
    other.wait()
    until(f"{OTHER} to be missed", lambda: "not heard lately" in lab.item().get("health", ""), pause=0.5)
    refused = lab.call("infrastructure", "move-master-target", MACHINE, "--to", "mt-cloud")
    said = refused.stderr + refused.stdout
    if refused.returncode == 0 or "every recovery point" not in said:
        fail(f"what is lost with one that is away is not said: {said}")
    other = gives_back(lab, processes)
    other.kill()
    other.wait()
    until(f"{OTHER} to be missed", lambda: "not heard lately" in lab.item().get("health", ""), pause=0.5)
    out = lab.run(
        "infrastructure", "move-master-target", MACHINE, "--to", "mt-cloud", "--confirm-loss", "--output", "json")
    if json.loads(out.strip().splitlines()[-1])["facts"]["session"] != "compare":
        fail(f"what is there was not compared: {out}")
    lab.tell(f"{lab.item()['phase']}: {lab.item()['targetLoss']}")
    until("the item to be protected", lambda: lab.item()["phase"].startswith("protected"), pause=0.3)
    item = lab.item()
    if item["masterTarget"] != "mt-cloud" or item["owed"] != [f"clean-up: replica/{OTHER}"]:
        fail(f"at {item['masterTarget']}, owed {item['owed']}")
    lab.grows()
    lab.tell(f"point {lab.equal()} equals both disks")

    processes.append(lab.start_other())
    until(f"{OTHER} to forget it", lambda: not lab.item()["owed"])
    lab.grows()
    if lab.item()["masterTarget"] != "mt-cloud" or lab.item()["health"] != "ok":
        fail(f"the one that came back has an effect: {lab.item()}")
    lab.tell(f"{OTHER} is back, and has forgotten the item")


with tempfile.TemporaryDirectory(prefix="homeward-move-") as folder:
    sites, started = Lab(sys.argv[1], pathlib.Path(folder) / "lab"), []
    try:
        campaign(sites, started)
    finally:
        for process in started:
            process.kill()
            process.wait()
        sites.down()
print("passed: a replica handed to another master target under load, and taken from one that is gone")
