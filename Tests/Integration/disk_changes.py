#!/usr/bin/env python3
"""An administrator enlarges disks of a protected machine, at home and in the cloud, and adds one.

The larger disk is replicated by itself and its older points keep their size; the machine fails over with it, one is
enlarged in the cloud, and both come home with every write that was acknowledged. A disk that was added is named in the
item, and refuses the failover by name; by a person's word it goes without.

Usage: disk_changes.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import pathlib
import sys
import tempfile

import standing
from standing import DISKS, MACHINE, fail, until

import ledger  # noqa: E402

NAMES = [f"{MACHINE}-disk-{disk}" for disk in range(len(DISKS))]


class Lab(standing.Lab):
    def change(self, site, disk, mib):
        machine = MACHINE if site == "home" else f"{MACHINE}-cloud"
        self.lab("inventory", "disks", f"{machine}@{site}", "--disk", f"{disk}={mib}")

    def cloud_sizes(self):
        """Of the cloud machine's disk files, in MiB."""
        place = self.root / f"cloud/datastore/machine-{MACHINE}-cloud"
        return [(place / name / "disk.raw").stat().st_size >> 20 for name in NAMES]

    def sizes(self):
        """Of the replicated disks, in MiB as they are printed."""
        return [text.split("(")[1].rstrip(")") for text in self.item().get("disks", [])]

    def differences(self):
        return self.item().get("diskDifferences", [])

    def gate(self, *verb):
        """What a precheck says of the machine's disks."""
        answer = self.call(*verb, MACHINE, "--precheck", "--output", "json")
        gates = json.loads(answer.stdout)["gates"] if answer.stdout else []
        if not gates:
            fail(f"no preview: {answer}")
        return next(gate for gate in gates if gate["code"] == "DISK_SET_MATCHES")

    def judge(self):
        """Every write that was acknowledged at home, in the cloud, and at home again, is on home's disks. It is off."""
        images = [(MACHINE, disk, str(self.disk(disk))) for disk in range(len(DISKS))]
        home, cloud = ledger.read_log(self.log_path("home")), ledger.read_log(self.log_path("cloud"))
        away = first(cloud)
        at_first, again = stays(home, away)
        in_cloud, _ = stays(cloud, first(again))
        findings = ledger.judge(images, at_first + in_cloud + again, "live")
        if findings:
            fail(f"{len(findings)} findings: {findings[:5]}")
        self.tell(f"{len(at_first)} + {len(in_cloud)} + {len(again)} lines of acknowledgement logs, nothing is missing")


def first(log):
    return min(line["generation"] for line in log if line["event"] != "found")


def stays(log, bound):
    """What was written before and after a generation. What a guest finds when it begins bears an older one."""
    after = (place for place, line in enumerate(log) if line["event"] != "found" and line["generation"] > bound)
    place = next(after, len(log))
    while place > 0 and log[place - 1]["event"] == "found":
        place -= 1
    return log[:place], log[place:]


def campaign(lab):
    lab.protect()
    until("writes at home", lambda: len(lab.acknowledged("home")) > 50)
    until("a point", lab.points)
    old = lab.points()[0]

    lab.change("home", NAMES[1], 48)
    until("the replica of 48 MiB", lambda: lab.sizes() == ["16.0 MiB", "48.0 MiB"] and not lab.differences())
    number = lab.equal()
    kept = {point["number"]: point["disks"] for point in lab.points()}
    lab.tell(f"point {number} is the disks of {kept[number]}; point {old['number']} has {kept.get(old['number'])}")
    if kept.get(old["number"], old["disks"]) != old["disks"] or "48.0 MiB" not in kept[number][1]:
        fail(f"the points' disks: {kept}")

    # To a point from before: with the disk as it was then; and back to all of it.
    lab.say("failover", MACHINE, "--point", str(old["number"]))
    if lab.cloud_sizes() != [16, 32]:
        fail(f"at point {old['number']} the disks have {lab.cloud_sizes()} MiB")
    lab.say("cancel-failover", MACHINE, "--confirm-loss")
    until("replication again", lambda: lab.item().get("health") == "ok" and lab.item()["phase"].startswith("protected"))
    lab.tell(f"point {lab.equal()} is the disks again")

    lab.say("failover", MACHINE)
    if lab.cloud_sizes() != [16, 48]:
        fail(f"in the cloud the disks have {lab.cloud_sizes()} MiB")
    lab.say("commit", MACHINE)
    until("writes in the cloud", lambda: len(lab.acknowledged("cloud")) > 50)
    lab.change("cloud", NAMES[0], 24)
    until("the difference", lambda: any("which will be enlarged" in text for text in lab.differences()))
    gate = lab.gate("reprotect")
    lab.tell(f"reprotect: {gate['status']}: {gate['evidence']}")
    if gate["status"] != "pass":
        fail(f"a larger disk refuses the reprotect: {gate}")
    lab.say("reprotect", MACHINE)
    until("the replica of 24 MiB", lambda: lab.sizes() == ["24.0 MiB", "48.0 MiB"] and not lab.differences())
    lab.say("failback", MACHINE)
    lab.say("commit", MACHINE)
    if [lab.disk(disk).stat().st_size >> 20 for disk in range(len(DISKS))] != [24, 48]:
        fail("home's disks have other sizes")
    lab.say("reprotect", MACHINE)
    lab.change("home", f"{MACHINE}-disk-2", 8)
    until("the difference", lambda: any("is not replicated" in text for text in lab.differences()))
    until("health names it", lambda: f"{MACHINE}-disk-2" in lab.item().get("health", ""))
    gate = lab.gate("failover")
    lab.tell(f"failover: {gate['status']}: {gate['evidence']}; {gate['remedy']}")
    if gate["status"] != "fail" or f"{MACHINE}-disk-2" not in gate["evidence"] or "--waive" not in gate["remedy"]:
        fail(f"a disk that nobody replicates is in nobody's way: {gate}")
    refused = lab.call("failover", MACHINE, "--point", "latest-processed")
    if refused.returncode == 0 or "DISK_SET_MATCHES" not in refused.stdout + refused.stderr:
        fail(f"the failover was not refused: {refused}")
    word = ["--waive", "DISK_SET_MATCHES=it holds scratch files", "--person", "ana"]
    lab.say("failover", MACHINE, "--point", "latest-processed", *word)
    lab.judge()


with tempfile.TemporaryDirectory(prefix="homeward-disks-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        campaign(sites)
    finally:
        sites.down()
print("passed: disks enlarged at home and in the cloud; one that was added is named")
