#!/usr/bin/env python3
"""A recovery plan of 20 items goes to the cloud and comes home three times within ten minutes, without a manual step.

Three of the machines are a replication group in the first boot group; one more comes home to an alternate location in
every cycle, because its home machine is deleted while it runs in the cloud; a script runs after the first boot group and before
the last one, in both directions, and each fails the first time in every run: the run ends as partial, and a rerun does
what is left. The outside checkers judge all machines in the end: no write acknowledged by two copies at once, none lost at
any change of sites.

Usage: plan_soak.py BIN_DIR [CYCLES] [ITEMS]. Ends every process that it started. Standard library only.
"""
import json
import pathlib
import sys
import time

import campaign
import standing
from standing import fail, until

CYCLES = int(sys.argv[2]) if len(sys.argv) > 2 else 3
ITEMS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
GROUP = ["shop-db", "shop-app", "shop-web"]
OTHERS = [f"app-{number:02}" for number in range(1, ITEMS + 1 - len(GROUP))]
# Its home machine is lost in every cycle.
ALTERNATE = OTHERS[-1]
MACHINES = GROUP + OTHERS
DISKS = (8,)  # MiB
RATE = 5  # records a second of each guest
LIMIT = 600  # seconds for all cycles
RUN_LIMIT = 240  # seconds for one run
LEG = ["failover", "commit", "reprotect", "failback", "commit", "reprotect"]
SCRIPTS = ("migrate.sh", "dns.sh")
PARTIAL = 5

# The key of an action is the same for all runs that run one run again.
SCRIPT = """#!/bin/sh
mark="$(basename "$0")-$(printf %s "$HOMEWARD_ACTION_KEY" | tr -c 'A-Za-z0-9' _)"
[ -e "$mark" ] && echo "done for $HOMEWARD_DIRECTION" && exit 0
touch "$mark"
echo "not yet"
exit 3
"""


def action(name, program):
    return {"id": name, "script": {"program": program, "timeoutSeconds": 20, "idempotent": True}}


def plan():
    middle = len(OTHERS) // 2
    return {"bootGroups": [
        {"name": "data", "members": ["groups/shop"], "after": [action("migrate", "migrate.sh")]},
        {"name": "core", "members": OTHERS[:middle]},
        {"name": "front", "members": OTHERS[middle:], "before": [action("dns", "dns.sh")]},
    ], "policy": {"onFailure": "stop", "parallel": 8}}


def prepare(lab):
    lab.lab("up")
    for number, machine in enumerate(MACHINES):
        lab.run("lab", "add-machine", machine, "--dir", str(lab.root), "--seed", str(number + 1), "--rate", str(RATE),
                "--disks-mib", ",".join(map(str, DISKS)))
        lab.run("protect", machine, *(["--group", "shop"] if machine in GROUP else []))
    lab.tell(f"{len(MACHINES)} machines are protected")
    settings = json.loads((lab.root / "cloud/config/vault.json").read_text())
    scripts = pathlib.Path(settings["scriptsDirectory"])
    scripts.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        (scripts / name).write_text(SCRIPT)
        (scripts / name).chmod(0o700)
    path = lab.root / "soak.json"
    path.write_text(json.dumps(plan()))
    lab.run("plans", "create", "soak", str(path))
    return scripts


def attempt(lab, *arguments):
    """One run; the run as it ended. Only a script may have failed in it."""
    answer = lab.call("plans", *arguments, "--output", "json", patience=RUN_LIMIT)
    if answer.returncode not in (0, PARTIAL):
        fail(f"homeward plans {' '.join(arguments)} ended with {answer.returncode}: {answer.stdout}{answer.stderr}")
    run = json.loads(answer.stdout)
    for group in run["bootGroups"]:
        for member in group["members"]:
            if member["state"] not in ("done", "doneBefore", "cancelled"):
                fail(f"{' '.join(arguments)}: {member['name']} is {member['state']}: {member['message']}")
    return run, answer.returncode == 0


def replicating(lab):
    """Whether everybody who is protected replicates: a member that went back begins its session anew."""
    return all(item["health"] == "ok" for item in lab.look("items") or [{"phase": "protected", "health": ""}]
               if item["phase"].startswith("protected"))


def leg(lab, verb):
    began = time.monotonic()
    run, whole = attempt(lab, "run", "soak", verb)
    again = 0
    while not whole:
        failed = [a["id"] for g in run["bootGroups"] for a in g["before"] + g["after"] if a["state"] == "failed"]
        if not failed:
            fail(f"{verb}: a run without a failed script ended as partial: {run['message']}")
        again += 1
        if again > len(SCRIPTS):
            fail(f"{verb}: run {again} times again, and still {failed} failed")
        until("those that went back to replicate again", lambda: replicating(lab))
        run, whole = attempt(lab, "rerun", run["run"])
    lab.tell(f"{verb}: {time.monotonic() - began:.1f} s, run again {again} times")


def home(lab):
    """Where the machine would come home to as things stand, and which location that is."""
    seen = lab.look("reprotect", ALTERNATE, "--precheck")["locations"][0]
    return seen["machine"], seen["location"]


def lose_home(lab):
    machine, location = home(lab)
    if location != "original":
        fail(f"{ALTERNATE} would come home to {machine}, {location}, before it was deleted")
    lab.lab("out-of-band", "delete", f"{machine}@home")
    machine, location = home(lab)
    if location != "alternate":
        fail(f"{ALTERNATE} would come home to {machine}, {location}, after it was deleted")
    return machine


def soak(lab):
    scripts = prepare(lab)
    began = time.monotonic()
    homes = {}
    for cycle in range(CYCLES):
        for number, verb in enumerate(LEG):
            if number == LEG.index("reprotect"):
                homes[ALTERNATE] = lose_home(lab)
            leg(lab, verb)
        phases = {item["phase"] for item in lab.look("items")}
        if phases != {"protected (out)"}:
            fail(f"after cycle {cycle + 1} the items are {phases}")
        lab.tell(f"cycle {cycle + 1}: everybody is home and protected, {time.monotonic() - began:.0f} s so far")
    seconds = time.monotonic() - began
    failed = len(list(scripts.glob("*.sh-*")))
    if failed != CYCLES * 2 * len(SCRIPTS):
        fail(f"scripts failed {failed} times: {len(SCRIPTS)} of them fail once in each of {2 * CYCLES} runs")
    store = campaign.Store(lab)
    _, unwound = campaign.outcomes(lab, store)
    if unwound:
        fail(f"{unwound:.1%} of the jobs failed and went back")
    lab.run("audit", "verify")
    lab.down()
    campaign.judge(lab, MACHINES, len(DISKS), homes=homes)
    if seconds > LIMIT:
        fail(f"{CYCLES} cycles took {seconds:.0f} s, more than {LIMIT}")
    return seconds


with campaign.laboratory(sys.argv[1], "soak") as sites:
    took = soak(sites)
    print(f"passed: {CYCLES} cycles of {len(MACHINES)} items in {took:.0f} s")
