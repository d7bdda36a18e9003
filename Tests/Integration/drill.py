#!/usr/bin/env python3
"""Test failover and its end on real processes: the item replicates on as if nothing were, and from inside the test
machine's network no service of the sites is reached.

Usage: drill.py BIN_DIR. Standard library only.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import standing
from standing import MACHINE, fail, until

# Of every component that an agent could register with, or that an item's data goes through.
SERVICES = {
    "vault": "127.0.2.2", "cs-home": "127.0.1.2", "ps-home": "127.0.1.3", "ps-cloud": "127.0.2.3",
    "mt-home": "127.0.1.4", "mt-cloud": "127.0.2.4", "host-home": "127.0.1.1", "host-cloud": "127.0.2.1",
}
KNOCK = """
import json, socket, sys
answers = {}
for name, host in json.loads(sys.argv[1]).items():
    try:
        socket.create_connection((host, 7100), timeout=2).close()
        answers[name] = "reached"
    except OSError as error:
        answers[name] = str(error)
print(json.dumps(answers))
"""


class Lab(standing.Lab):
    def drill(self):
        """The drill's machine, as its run directory shows it."""
        found = list((self.root / "cloud/machines").glob("drill-*"))
        return found[0] if found else None

    def status(self, kind):
        try:
            return json.loads((self.drill() / f"{kind}.status.json").read_text())
        except (FileNotFoundError, TypeError):
            return {}

    def knock(self, prefix=()):
        answer = subprocess.run(
            [*prefix, sys.executable, "-c", KNOCK, json.dumps(SERVICES)], capture_output=True, text=True, timeout=60)
        if answer.returncode != 0:
            fail(f"knock: {answer.stderr}")
        return json.loads(answer.stdout)

    def branches(self):
        folder = self.root / "cloud/datastore/master-target-mt-cloud/branches"
        return os.listdir(folder) if folder.exists() else []


def isolated(lab):
    """Nothing is reached from where the test machine's agent and guest are, and everything from outside."""
    if set(lab.knock().values()) != {"reached"}:
        fail(f"not all services of the lab are reached from outside: {lab.knock()}")
    for kind in ("agent", "guest"):
        process = lab.status(kind)["processID"]
        inside = f"/proc/{process}/ns/net"
        if os.readlink(inside) == os.readlink("/proc/self/ns/net"):
            fail(f"the {kind} of the test machine is in the network of the site")
        answers = lab.knock(["nsenter", "--preserve-credentials", "-U", "-n", "-t", str(process)])
        if "reached" in answers.values():
            fail(f"from the {kind} of the test machine: {answers}")
    lab.tell(f"none of {len(SERVICES)} services is reached from inside the test machine's network")


def replicating(lab, what):
    """Points come as before, at the item's generation, and the guest at home goes on."""
    before, writes = lab.points()[0]["number"], len(lab.acknowledged("home"))
    until(f"points and writes {what}", lambda: lab.points()[0]["number"] > before + 1
          and len(lab.acknowledged("home")) > writes)


def run(lab):
    lab.protect()
    until("points", lambda: len(lab.points()) > 2)
    before = lab.item()
    lab.say("test-failover", MACHINE)
    item = lab.item()
    if not item["drill"].startswith("running: failover"):
        fail(f"the item shows {item['drill']!r}")
    for field in ("phase", "generation", "copies", "disks"):
        if item[field] != before[field]:
            fail(f"{field} of the item was {before[field]}, is {item[field]}")
    drill = lab.look("drills", "--standing")[0]
    isolated(lab)
    replicating(lab, "beside the drill")

    # Its guest works on the branch, also over a kill of the master target, which both then go on with.
    acks = lab.root / "acks" / f"{drill['machine']}@cloud.drill.jsonl"
    written = until("writes of the test machine", lambda: acks.exists() and acks.read_text().count('"ack"'))
    os.kill(lab.component("mt-cloud"), signal.SIGKILL)  # The lab starts it again.
    until("writes of the test machine after a kill", lambda: acks.read_text().count('"ack"') > written + 20)
    replicating(lab, "after a kill of the master target")
    if lab.log_path("cloud").exists():
        fail("the test machine wrote the log of record of the cloud's copy")

    answer = lab.call("failover", MACHINE)
    if answer.returncode != 1 or "NO_DRILL_LEFT" not in answer.stderr:
        fail(f"a failover beside the drill: {answer.returncode} {answer.stderr}")
    lab.say("drills", "cleanup", MACHINE, "--remark", "the ledger opened")
    if lab.drill() or lab.branches() or lab.item()["drill"]:
        fail(f"left: {lab.drill()} {lab.branches()} {lab.item()['drill']}")
    if any(point["pins"] for point in lab.points()):
        fail(f"points are pinned still: {lab.points()}")
    record = lab.look("drills", "--item", MACHINE)[0]
    if (record["outcome"], record["remark"]) != ("booted", "the ledger opened") or not record["bootUs"]:
        fail(f"the record of the drill: {record}")
    lab.tell(f"booted {record['boot']} after it began; its record: {record['outcome']}, {record['remark']!r}")

    lab.say("test-failover", MACHINE)
    lab.say("failover", MACHINE, "--discard-drill")
    if lab.drill() or lab.item()["phase"] != "commitPending (out)":
        fail(f"after the failover: {lab.drill()}, {lab.item()['phase']}")
    outcomes = [drill["outcome"] for drill in lab.look("drills")]
    if outcomes != ["discarded", "booted"]:
        fail(f"outcomes {outcomes}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        standing_lab = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
        try:
            run(standing_lab)
        finally:
            standing_lab.down()
