#!/usr/bin/env python3
"""A machine comes home to another host and another datastore than the master target's, and is started on yet another
host when its own goes into maintenance in the middle of the failback.

A datastore that does not serve is refused, with every datastore of home and why. The disks are in the directory of the
datastore that was chosen, from the reprotect to the end. Past the point of no return the host refuses to start the
machine: the job is stuck, says what is safe, and offers the other host; a person's word starts it there, under the same
generation, and the audit log says who. In the end the disks hold every write that was acknowledged.

Usage: placement.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import pathlib
import sys
import tempfile

import standing
from standing import DISKS, MACHINE, fail, until

import ledger  # noqa: E402

POINT = "workflow.failback.power-on.begin"


class Lab(standing.Lab):
    def refused(self, *options):
        """The gates that refuse a reprotect to an alternate location, by code."""
        preview = self.look_at("reprotect", MACHINE, "--alternate", *options, "--precheck")
        return {gate["code"]: gate for gate in preview["gates"] if gate["status"] in ("FAIL", "fail")}

    def look_at(self, *arguments):
        """Of a preview that is blocked, too: it ends with 2."""
        answer = self.call(*arguments, "--output", "json")
        if answer.returncode not in (0, 2):
            fail(f"homeward {' '.join(arguments)}: {answer.stdout}{answer.stderr}")
        return standing.json.loads(answer.stdout)

    def disk_of(self, machine, index, datastore="datastore-2"):
        return self.root / f"home/{datastore}/machine-{machine}/{MACHINE}-disk-{index}/disk.raw"

    def judge(self, machine):
        """Every acknowledged write is on the disks of the machine, which does not run."""
        own = ledger.read_log(self.root / f"acks/{machine}@home.jsonl")
        lines = ledger.read_log(self.log_path("home")) + ledger.read_log(self.log_path("cloud")) + own
        images = [(MACHINE, disk, str(self.disk_of(machine, disk))) for disk in range(len(DISKS))]
        findings = ledger.judge(images, lines, "live")
        if findings:
            fail(f"{len(findings)} findings on the disks of {machine}: {findings[:5]}")


def choosing(lab):
    """Refused with the whole list, then to the second datastore and the first host."""
    lab.lab("inventory", "datastore", "datastore-2@home", "--limit", "40")
    gate = lab.refused("--datastore", "datastore-2").get("DATASTORE_WRITABLE") or fail("a small datastore is taken")
    said = gate["evidence"]
    if "datastore-1: " not in said or "datastore-2: 41943040 bytes are free, the disks have 50331648" not in said:
        fail(f"the refusal says {said}")
    lab.tell(f"refused: {said}")
    lab.lab("inventory", "datastore", "datastore-2@home", "--limit", "0")
    for option, value in (("--datastore", "datastore-9"), ("--host", "host-9")):
        if not lab.refused(option, value):
            fail(f"{option} {value} is not refused")
    lab.say("reprotect", MACHINE, "--alternate", "--datastore", "datastore-2", "--host", "host-1")
    machine = lab.look("failback", MACHINE, "--precheck")["locations"][0]["machine"]
    found = sorted(path.parent.name for path in lab.root.glob("home/datastore-2/master-target-mt-home/*/disk.raw"))
    if found != [f"{MACHINE}-disk-{disk}" for disk in range(len(DISKS))]:
        fail(f"on datastore-2 the master target has {found}")
    return machine


def elsewhere(lab, machine):
    """Its host goes into maintenance behind the point of no return."""
    hold = lab.root / "holds/vault" / POINT
    hold.touch()
    job = lab.run("failback", MACHINE, "--no-wait") and lab.look("jobs", "list")[0]["job"]
    until("the point of no return", hold.with_name(f"{POINT}.held").exists)
    lab.lab("inventory", "host", "host-1@home", "--maintenance")
    hold.unlink()
    stuck = until("the job to be stuck", lambda: next(
        (one for one in lab.look("jobs", "list") if one["job"] == job and one["state"] == "stuck"), None))
    if "--resolution retry-elsewhere --host host-2" not in stuck["message"] or "maintenance" not in stuck["message"]:
        fail(f"stuck without an offer: {stuck['message']}")
    lab.tell(f"stuck: {stuck['message'][:150]} …")
    before = lab.item()["generation"]
    resolve = ("jobs", "resolve", job, "--person", "ana", "--reason", "host-1 is repaired")
    if lab.call(*resolve, "--resolution", "retry-elsewhere", "--host", "host-9").returncode == 0:
        fail("a host that is not there is taken")
    lab.say(*resolve, "--resolution", "retry-elsewhere", "--host", "host-2")
    if lab.item()["generation"] != before:
        fail("the machine runs under another generation")
    facts = lab.look("jobs", "show", job)["facts"]
    if facts.get("home.host") != "host-2":
        fail(f"it runs on {facts.get('home.host')}")
    told = [record for record in lab.look("audit", "show", "--item", MACHINE) if record["kind"] == "stuck-resolved"]
    if len(told) != 1 or told[0]["person"] != "ana" or "host-2" not in str(told[0]):
        fail(f"the audit log says {told}")
    back = lab.root / f"acks/{machine}@home.jsonl"
    until("writes at home again", lambda: back.exists() and back.read_bytes().count(b'"ack"') > 50)


def campaign(lab):
    lab.protect()
    until("writes at home", lambda: len(lab.acknowledged("home")) > 50)
    lab.say("failover", MACHINE)
    lab.say("commit", MACHINE)
    until("writes in the cloud", lambda: len(lab.acknowledged("cloud")) > 50)
    machine = choosing(lab)
    elsewhere(lab, machine)
    lab.say("commit", MACHINE)
    lab.say("disable", MACHINE)
    lab.lab("inventory", "disks", f"{machine}@home", "--disk", f"{MACHINE}-disk-0={DISKS[0] >> 20}")
    lab.down()
    lab.judge(machine)
    lab.tell(f"every acknowledged write is on datastore-2, at {lab.disk_of(machine, 0)}")


with tempfile.TemporaryDirectory(prefix="homeward-placement-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        campaign(sites)
    finally:
        sites.down()
print("passed: home to a chosen datastore and host, and started on another one")
