#!/usr/bin/env python3
"""Test failover, test failback and their ends on real processes, alone and of a recovery plan: the item replicates on as
if nothing were, and from inside the test machine's network no service of the sites is reached.

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


PLAN = {
    "bootGroups": [{"name": "all", "members": [MACHINE], "after": [
        {"id": "look", "inDrills": True, "manual": "log in"}, {"id": "dns", "manual": "change the names"}]}],
}


class Lab(standing.Lab):
    target = "cloud"  # the side that is tested

    def drill(self):
        """The drill's machine, as its run directory shows it."""
        found = list((self.root / self.target / "machines").glob("drill-*"))
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
        folder = self.root / self.target / f"datastore/master-target-mt-{self.target}/branches"
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
    """Points come as before, at the item's generation, and the guest on the other side goes on."""
    active = {"cloud": "home", "home": "cloud"}[lab.target]
    before, writes = lab.points()[0]["number"], len(lab.acknowledged(active))
    until(f"points and writes {what}", lambda: lab.points()[0]["number"] > before + 1
          and len(lab.acknowledged(active)) > writes)


def cleaned(lab):
    if lab.drill() or lab.branches() or lab.item()["drill"]:
        fail(f"left: {lab.drill()} {lab.branches()} {lab.item()['drill']}")


def test_failback(lab):
    """Home is tested while the cloud's copy runs and replicates; then it comes home."""
    lab.target = "home"
    refused = lab.call("test-failover", MACHINE)
    if refused.returncode != 1 or "DIRECTION_CONFIRMED" not in refused.stderr:
        fail(f"a test failover of what replicates home: {refused.returncode} {refused.stderr}")
    before = lab.item()
    lab.say("test-failback", MACHINE)
    item = lab.item()
    if not item["drill"].startswith("running: failback"):
        fail(f"the item shows {item['drill']!r}")
    for field in ("phase", "generation", "copies", "disks"):
        if item[field] != before[field]:
            fail(f"{field} of the item was {before[field]}, is {item[field]}")
    isolated(lab)
    replicating(lab, "beside the test failback")
    acks = lab.root / "acks" / f"{lab.look('drills', '--standing')[0]['machine']}@home.drill.jsonl"
    until("writes of the test machine", lambda: acks.exists() and acks.read_text().count('"ack"') > 20)
    lab.say("drills", "cleanup", MACHINE)
    cleaned(lab)


def plan_drill(lab):
    """The same of a plan, whose run does what is marked for drills and leaves the rest out."""
    path = lab.root / "plan.json"
    path.write_text(json.dumps(PLAN))
    lab.say("plans", "create", "shop", str(path))
    preview = lab.look("plans", "preview", "shop", "test-failback")
    if not preview or not any("drains nothing" in warning for warning in preview["warnings"]):
        fail(f"the preview of a plan's drill: {preview}")
    before = lab.item()
    lab.run("plans", "run", "shop", "test-failback", "--no-wait")
    run = until("the manual action", lambda: next(
        (r for r in lab.look("plans", "runs", "shop") if "waiting" in r["state"].lower()), None))["run"]
    isolated(lab)
    lab.run("plans", "complete", run, "look", "--person", "ana")
    ended = until("the run's end", lambda: next(
        (r for r in [lab.look("plans", "runs", run)] if r["ended"]), None))
    states = {action["id"]: action["state"] for group in ended["bootGroups"] for action in group["after"]}
    if ended["state"] != "succeeded" or states != {"look": "done", "dns": "skipped"}:
        fail(f"the plan's drill ended {ended['state']}, its actions are {states}")
    replicating(lab, "beside the plan's drill")
    if lab.item()["generation"] != before["generation"]:
        fail("the plan's drill minted a generation")
    lab.say("plans", "run", "shop", "drill-cleanup", "--remark", "all well")
    cleaned(lab)
    if lab.look("drills", "--item", MACHINE)[0]["remark"] != "all well":
        fail(f"the record of the plan's drill: {lab.look('drills', '--item', MACHINE)[0]}")
    again = lab.call("plans", "run", "shop", "drill-cleanup")
    if again.returncode == 0 or "none stands" not in again.stderr:
        fail(f"a cleanup of nothing: {again.returncode} {again.stdout}{again.stderr}")


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
    cleaned(lab)
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

    for verb in ("commit", "reprotect"):
        lab.say(verb, MACHINE)
    test_failback(lab)
    plan_drill(lab)
    for verb in ("failback", "commit"):
        lab.say(verb, MACHINE)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        standing_lab = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
        try:
            run(standing_lab)
        finally:
            standing_lab.down()
