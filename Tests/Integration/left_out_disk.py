#!/usr/bin/env python3
"""A machine with three disks, one of which is left out of its replication: out, home and out again.

Its guest writes to all three. Judged from outside: nothing of the left-out disk is beside it, at a master target, in the
cloud, in a point or in a certificate; while the machine is away its file does not change, and at home it is there with
every write that was acknowledged on it, as the others are with theirs. A disk that is added later is left out, too; so is
one that is added in the cloud, and stays there. A machine that comes home to another one leaves it where it was.

Usage: left_out_disk.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import hashlib
import json
import os
import pathlib
import signal
import sys
import tempfile

import standing
from standing import MACHINE, fail, until

import ledger  # noqa: E402

NAMES = [f"{MACHINE}-disk-{disk}" for disk in range(4)]
KEPT, OUT = NAMES[:2], NAMES[2]


class Lab(standing.Lab):
    def bundle(self, disk):
        return self.root / f"home/datastore/machine-{MACHINE}/{disk}"

    def print_of(self, disk):
        """What tells whether anybody touched a disk: which file it is, and its content."""
        path = self.bundle(disk) / "disk.raw"
        return path.stat().st_ino, hashlib.sha256(path.read_bytes()).hexdigest()

    def untouched(self, disk=OUT):
        """Nothing of the replication has anything of the disk, wherever it lies."""
        beside = {path.name for path in self.bundle(disk).iterdir()} - {"disk.raw", "owner"}
        if beside:
            fail(f"beside {disk} lies {beside}")
        places = [path.parent.name for site in ("home", "cloud") for path in (self.root / site).rglob(disk)]
        if places != [f"machine-{MACHINE}"]:
            fail(f"{disk} lies in {places}")

    def at_master_target(self):
        return sorted(path.name for path in (self.root / "home/datastore/master-target-mt-home").iterdir())

    def notes(self, *verb):
        """What a precheck says of what is left out."""
        answer = self.call(*verb, "--precheck", "--output", "json")
        preview = json.loads(answer.stdout)
        said = [line for line in preview["warnings"] if f"disk {OUT} " in line and "left out by ana: scratch" in line]
        self.tell(f"{verb[0]}: {said}")
        if preview["blocked"] or len(said) != 1:
            fail(f"{verb}: {preview}")
        return said[0]

    def written(self, site, disks, after=0):
        """Waits for writes on all of these disks."""
        until(f"writes to {disks} in the {site}", lambda: disks <= {
            line["disk"] for line in self.acknowledged(site) if line["t_us"] > after})

    def newest_write(self, site):
        return max(line["t_us"] for line in self.acknowledged(site))

    def judge_all(self):
        """The lab is down, the machine at home for the second time."""
        home, cloud = ledger.read_log(self.log_path("home")), ledger.read_log(self.log_path("cloud"))
        away = min(line["generation"] for line in cloud if line["event"] in ("start", "resume"))
        # What a guest finds when it begins comes before what it does, and bears older generations.
        turn = next(place for place, line in enumerate(home)
                    if line["event"] in ("start", "resume") and line["generation"] > away)
        image = {disk: str(self.bundle(name) / "disk.raw") for disk, name in enumerate(NAMES[:3])}

        def of(lines, disks):
            return [line for line in lines if line.get("disk", min(disks)) in disks]

        if of(cloud, {0, 1}) != cloud:
            fail("in the cloud somebody wrote to the disk that is left out")
        for disks, lines in (({0, 1}, home[:turn] + cloud + home[turn:]), ({2}, home)):
            images = [(MACHINE, disk, image[disk]) for disk in sorted(disks)]
            findings = ledger.judge(images, of(lines, disks), "live", planned=True)
            if findings:
                fail(f"{len(findings)} findings on disks {disks}: {findings[:5]}")
            self.tell(f"disks {sorted(disks)}: {len(of(lines, disks))} lines of logs, nothing is missing")


def refused(lab, said, *arguments):
    answer = lab.call(*arguments)
    lab.tell(answer.stderr.strip() or answer.stdout.strip())
    if answer.returncode != 1 or said not in answer.stdout + answer.stderr:
        fail(f"{arguments} was not refused so: {answer}")


def alone(lab):
    """The agent is killed while nobody of the control plane answers: what is left out it knows by itself."""
    before = lab.program("agent")["processID"]
    stopped = [lab.component(name) for name in ("vault", "cs-home")]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        os.kill(before, signal.SIGKILL)
        until("the agent to serve again", lambda: lab.serving(other_than=before))
        lab.written("home", {0, 1, 2}, after=lab.newest_write("home"))
        lab.untouched()
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)


def campaign(lab):
    lab.lab("up")
    lab.lab("add-machine", MACHINE, "--disks-mib", "16,32,8")
    refused(lab, f"it has 0: {NAMES[0]}, 1: {NAMES[1]}, 2: {OUT}", "protect", MACHINE, "--exclude-disk", "7")
    refused(lab, "all of its disks would be left out", "protect", MACHINE, *[
        f"--exclude-disk={disk}" for disk in range(3)])
    wish = ["--exclude-disk", "2=scratch", "--person", "ana"]
    lab.notes("protect", MACHINE, *wish)
    lab.say("protect", MACHINE, *wish)
    lab.written("home", {0, 1, 2})
    lab.tell(lab.item()["leftOut"])
    lab.untouched()
    alone(lab)
    number = lab.equal()
    disks = next(point["disks"] for point in lab.points() if point["number"] == number)
    lab.tell(f"point {number} is the disks {disks}")
    if len(disks) != 2 or not lab.item()["leftOut"][0].startswith(f"{OUT} (8.0 MiB) of {MACHINE}: left out by ana"):
        fail(f"{disks}, {lab.item()}")

    lab.notes("failover", MACHINE)
    lab.say("failover", MACHINE)
    left = lab.print_of(OUT)
    cloud = sorted(path.name for path in (lab.root / f"cloud/datastore/machine-{MACHINE}-cloud").iterdir())
    if cloud != KEPT:
        fail(f"in the cloud are {cloud}")
    lab.say("commit", MACHINE)
    lab.written("cloud", {0, 1})
    lab.notes("reprotect", MACHINE)
    lab.say("reprotect", MACHINE)
    lab.untouched()
    if lab.at_master_target() != KEPT:
        fail(f"the master target has {lab.at_master_target()}")
    lab.notes("failback", MACHINE)
    if lab.print_of(OUT) != left:
        fail(f"{OUT} was touched while its machine was away")
    lab.say("failback", MACHINE, "--certificate", "full")
    job = next(job["job"] for job in lab.look("jobs", "list") if job["operation"] == "failback")
    if OUT in lab.run("certificate", "show", job):
        fail("the certificate speaks of the disk that is left out")
    if lab.print_of(OUT)[0] != left[0]:
        fail(f"{OUT} is another file at home")
    lab.say("commit", MACHINE, "--wait-certificate")
    lab.say("reprotect", MACHINE)
    lab.written("home", {0, 1, 2}, after=lab.newest_write("cloud"))
    lab.untouched()

    lab.lab("inventory", "disks", f"{MACHINE}@home", "--disk", f"{NAMES[3]}=8")
    until("health names it", lambda: NAMES[3] in lab.item().get("health", ""))
    refused(lab, f"homeward protect {MACHINE} --exclude-disk {NAMES[1]}", "disks", "exclude", MACHINE, NAMES[1])
    lab.say("disks", "exclude", MACHINE, NAMES[3], "--reason", "a cache", "--person", "ana")
    until("health", lambda: lab.item().get("health") == "ok")
    lab.tell(f"point {lab.equal()} is the disks again")
    lab.untouched(NAMES[3])
    lab.untouched()
    print(lab.run("disks", MACHINE))
    lab.down()
    lab.judge_all()


def elsewhere(lab):
    """A disk is left out at home and one in the cloud; the machine comes home to a new one, and goes out again."""
    def disks(site, owner):
        return sorted(path.name for path in (lab.root / site / "datastore" / owner).iterdir() if path.name != "branches")

    lab.lab("up")
    lab.lab("add-machine", MACHINE, "--disks-mib", "16,32,8")
    lab.say("protect", MACHINE, "--exclude-disk", f"{OUT}=scratch", "--person", "ana")
    lab.say("failover", MACHINE)
    lab.say("cancel-failover", MACHINE, "--confirm-loss")
    lab.written("home", {0, 1, 2}, after=lab.newest_write("cloud"))
    lab.untouched()
    lab.say("failover", MACHINE)
    lab.say("commit", MACHINE)
    left = lab.print_of(OUT)
    lab.lab("inventory", "disks", f"{MACHINE}-cloud@cloud", "--disk", "extra=8")
    until("the difference", lambda: any("extra" in text for text in lab.item()["diskDifferences"]))
    refused(lab, f"homeward disks exclude {MACHINE} extra", "reprotect", MACHINE)
    lab.say("disks", "exclude", MACHINE, "extra")
    lab.written("cloud", {0, 1, 2}, after=lab.newest_write("cloud"))
    answer = lab.call("reprotect", MACHINE, "--alternate", "--precheck", "--output", "json")
    preview = json.loads(answer.stdout)
    machine = preview["locations"][0]["machine"]
    if not any(f"It stays with {MACHINE}, and machine {machine} will not have it" in line and OUT in line
               for line in preview["warnings"]):
        fail(f"the preview does not say what stays: {preview['warnings']}")
    lab.say("reprotect", MACHINE, "--alternate")
    lab.say("failback", MACHINE)
    if disks("home", f"machine-{machine}") != KEPT or disks("home", f"machine-{MACHINE}") != [OUT]:
        fail(f"{disks('home', f'machine-{machine}')} came home, {disks('home', f'machine-{MACHINE}')} stayed")
    if lab.print_of(OUT) != left:
        fail(f"{OUT} was touched")
    lab.say("commit", MACHINE)
    lab.say("reprotect", MACHINE)
    if disks("cloud", "master-target-mt-cloud") != KEPT or disks("cloud", f"machine-{MACHINE}-cloud") != ["extra"]:
        fail("the seed is not of what is replicated")


with tempfile.TemporaryDirectory(prefix="homeward-left-out-") as folder:
    for name, act in (("lab", campaign), ("other", elsewhere)):
        sites = Lab(sys.argv[1], pathlib.Path(folder) / name)
        try:
            act(sites)
        finally:
            sites.down()
print("passed: what is left out stays with its machine, and is as its guest wrote it")
