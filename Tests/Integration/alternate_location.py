#!/usr/bin/env python3
"""A machine's home copy is deleted while it runs in the cloud: it comes home to a new machine with new disks.

The preview says which location it is and why; the reprotect copies everything, the failback starts the new machine, and
its disks hold every write that was acknowledged at home, in the cloud, and at home again. The disks of the machine that
was deleted are kept aside, as they were. Its guest has one static network at home, another one in the cloud, and that
of home again. From then on the new machine is the one that the item has: the next way out
and home is a delta.

Usage: alternate_location.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import pathlib
import sys
import tempfile

import standing
from standing import DISKS, MACHINE, fail, until

import ledger  # noqa: E402


class Lab(standing.Lab):
    def location(self, *verb):
        """What a preview says of where the item comes home to."""
        preview = self.look(*verb, MACHINE, "--precheck")
        if not preview or len(preview["locations"]) != 1:
            fail(f"no location: {self.call(*verb, MACHINE, '--precheck')}")
        return preview["locations"][0]

    def lives(self, machine):
        """What was acknowledged until the machine, the last one at home, was left: in the order of the copies' lives."""
        own = ledger.read_log(self.root / f"acks/{machine}@home.jsonl")
        cloud = ledger.read_log(self.log_path("cloud"))
        # What a guest finds when it begins bears the generation under which it was written.
        last = max(line["generation"] for line in own)
        left = next(place for place, line in enumerate(cloud)
                    if line["event"] != "found" and line["generation"] > last)
        return ledger.read_log(self.log_path("home")) + cloud[:left] + own

    def judge(self, machine):
        """Every acknowledged write is on the disks of the machine, which does not run."""
        place = self.root / f"home/datastore/machine-{machine}"
        images = [(MACHINE, disk, str(place / f"{MACHINE}-disk-{disk}/disk.raw")) for disk in range(len(DISKS))]
        findings = ledger.judge(images, self.lives(machine), "live")
        if findings:
            fail(f"{len(findings)} findings on the disks of {machine}: {findings[:5]}")


    def network(self, place):
        """As the platform has it from the machine's guest."""
        return self.look("lab", "inventory", "machine", place, "--dir", str(self.root))["network"]


HOME_NETWORK, CLOUD_NETWORK = ("192.0.2.10/24", "192.0.2.1", "192.0.2.53"), "10.1.0.5/16"


def static_network(lab):
    """The machine has a static network at home, recorded as it is protected, and another one in the cloud."""
    address, gateway, server = HOME_NETWORK
    place = f"{MACHINE}@home"
    lab.lab("inventory", "machine", place, "--network", address, "--gateway", gateway, "--name-server", server)
    lab.say("protect", MACHINE)
    lab.say("items", "network", MACHINE, "--network", CLOUD_NETWORK)
    seen = lab.item()
    if seen["homeNetwork"] != f"{address} by {gateway}, names from {server}" or seen["cloudNetwork"] != CLOUD_NETWORK:
        fail(f"the item's networks are {seen['homeNetwork']} and {seen['cloudNetwork']}")
    return seen["homeNetwork"]


def campaign(lab):
    lab.lab("up")
    lab.lab("add-machine", MACHINE)
    network = static_network(lab)
    until("writes at home", lambda: len(lab.acknowledged("home")) > 50)
    lab.say("failover", MACHINE)
    if lab.network(f"{MACHINE}-cloud@cloud") != CLOUD_NETWORK:
        fail(f"the network in the cloud is {lab.network(f'{MACHINE}-cloud@cloud')}")
    lab.say("commit", MACHINE)
    former = [lab.disk(disk).read_bytes() for disk in range(len(DISKS))]
    lab.lab("out-of-band", "delete", f"{MACHINE}@home")
    until("writes in the cloud", lambda: len(lab.acknowledged("cloud")) > 50)

    seen = lab.location("reprotect")
    lab.tell(f"{seen['location']} location, machine {seen['machine']}: {seen['reason']}")
    if seen["location"] != "alternate" or "not there any more" not in seen["reason"]:
        fail(f"the preview says {seen}")
    lab.say("reprotect", MACHINE)
    kept = sorted(lab.root.glob(f"home/datastore/.aside/*/{MACHINE}/*/disk.raw"))
    if [path.read_bytes() for path in kept] != former:
        fail(f"the disks of the machine that was deleted are not kept as they were: {kept}")
    if lab.location("failback")["location"] != "alternate":
        fail("the preview of the failback does not say so")
    machine = seen["machine"]
    if lab.network(f"{machine}@home") != CLOUD_NETWORK:
        fail(f"the new machine, with the cloud's disks, has {lab.network(f'{machine}@home')} before it boots")
    lab.say("failback", MACHINE)
    if lab.network(f"{machine}@home") != network:
        fail(f"the network at home is {lab.network(f'{machine}@home')}, it was {network}")
    lab.tell(f"its guest set the network that it had when it was protected: {network}")
    back = lab.root / f"acks/{machine}@home.jsonl"
    until("writes at home again", lambda: back.exists() and back.read_bytes().count(b'"ack"') > 50)
    lab.say("commit", MACHINE)

    lab.say("reprotect", MACHINE)
    lab.say("failover", MACHINE)
    lab.say("commit", MACHINE)
    lab.judge(machine)
    lab.tell(f"{len(lab.lives(machine))} lines of acknowledgement logs, and nothing of them is missing on {machine}")
    seen = lab.location("reprotect")
    if (seen["location"], seen["machine"]) != ("original", machine):
        fail(f"the next way home: {seen}")


with tempfile.TemporaryDirectory(prefix="homeward-alternate-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        campaign(sites)
    finally:
        sites.down()
print("passed: home to an alternate location, and out again from it")
