#!/usr/bin/env python3
"""A machine that keeps writing moves among the process servers of its site, by hand and because its own is lost.

A second process server is started beside the lab's. By hand the item moves as a delta, while its guest writes. Then the
second one is killed -9 and its spool deleted: the vault moves the item back by itself, and says so. When it is started
again, with a route in its store that counts for nothing any more, it has no effect. Then the lab's own loses its spool
under an agent that goes on, with intervals in it that are nowhere else on the way. In the end a recovery point equals
both disks block by block, and holds every acknowledged write.

Usage: switch_process_server.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import standing
from standing import BLOCK, DISKS, MACHINE, fail, until

import ledger  # noqa: E402

OTHER = "ps-home-2"


class Lab(standing.Lab):
    def start_other(self):
        """The second process server, configured as the lab's own of home."""
        config = json.loads((self.root / "home/config/ps-home.json").read_text())
        state = self.root / f"home/state/{OTHER}"
        state.mkdir(exist_ok=True)
        config["service"].update(id=OTHER, listen="127.0.1.5:7100", stateDirectory=str(state))
        config["spoolDirectory"] = str(state / "spool")
        path = self.root / f"home/config/{OTHER}.json"
        path.write_text(json.dumps(config))
        with open(self.root / f"home/log/{OTHER}.log", "ab") as log:
            return subprocess.Popen(
                [self.bin / "process-server", "--config", path], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def figures(self, name):
        """What a process server said of itself last; None before it was heard."""
        seen = self.look("infrastructure", "show", name)
        return seen["figures"] if seen and seen["heard"] != "never" else None

    def switch(self, to):
        """By hand; what was moved is at most what changed."""
        out = self.run("infrastructure", "switch-process-server", MACHINE, "--to", to, "--output", "json")
        job = json.loads(out.strip().splitlines()[-1])
        facts = job["facts"]
        moved = sum(int(value) for name, value in facts.items() if name.startswith("moved."))
        changed = sum(int(value) for name, value in facts.items() if name.startswith(("changed.", "ahead.")))
        total = sum(DISKS) // BLOCK
        self.tell(f"moved to {to}: {moved} of {total} blocks sent, {changed} changed")
        if facts["session"] != "delta" or not any(name.startswith("moved.") for name in facts) or moved > changed:
            fail(f"a switch sends more than what changed: {facts}")
        if self.item()["processServer"] != to:
            fail(f"the item is still at {self.item()['processServer']}")


def grows(lab):
    """Points keep coming."""
    newest = lab.points()[0]["number"]
    until("another recovery point", lambda: lab.points()[0]["number"] > newest + 1)


def loses_spool(lab):
    """The spool is deleted while the agent, which relies on it, goes on: what was cached there alone comes again."""
    def said():
        return (lab.root / "home/log/ps-home.log").read_text().count("not in the spool any more")
    target, server = lab.component("mt-cloud"), lab.component("ps-home")
    agent, before = lab.serving(), said()
    os.kill(target, signal.SIGSTOP)
    until("intervals that are cached", lambda: lab.figures("ps-home")["backlog_age_us"] > 3_000_000)
    os.kill(server, signal.SIGKILL)
    shutil.rmtree(lab.root / "home/state/ps-home/spool")
    # What went out to it is on its sockets, and goes with it.
    os.kill(target, signal.SIGKILL)
    until("the process server to say what it lost", lambda: said() > before)
    until("replication to recover", lambda: lab.item().get("health") == "ok", pause=0.3)
    if lab.serving() != agent:
        fail("the agent was started again")
    lab.tell("ps-home and mt-cloud are killed -9, the spool deleted, and replication goes on")


def campaign(lab, processes):
    lab.lab("up")
    processes.append(lab.start_other())
    lab.lab("add-machine", MACHINE)
    until(f"{OTHER} to be heard", lambda: lab.figures(OTHER))
    lab.say("protect", MACHINE, "--process-server", "ps-home")
    grows(lab)
    lab.switch(OTHER)
    grows(lab)

    generation = lab.item()["generation"]
    other = processes.pop()
    other.kill()
    other.wait()
    shutil.rmtree(lab.root / f"home/state/{OTHER}/spool")
    lab.tell(f"{OTHER} is killed -9, its spool deleted")
    item = until("the vault to move the item", lambda: (
        lambda item: item if item.get("processServer") == "ps-home" and not item["job"] else None)(lab.item()))
    lab.tell(f"processServer: ps-home, {item['processServerSwitch']}")
    if "by itself" not in item["processServerSwitch"] or item["generation"] != generation + 1:
        fail(f"it did not say so: {item}")
    told = lab.look("audit", "show", "--item", MACHINE)
    if not any(record["kind"] == "job-created" and record["person"] == "policy" for record in told):
        fail("the audit log does not tell of it")
    grows(lab)

    processes.append(lab.start_other())
    until(f"{OTHER} to have forgotten the item", lambda: (
        lambda figures: figures and figures["relays"] == 0)(lab.figures(OTHER)))
    grows(lab)
    item = lab.item()
    if (item["processServer"], item["generation"], item["health"]) != ("ps-home", generation + 1, "ok"):
        fail(f"the one that came back has an effect: {item}")
    lab.tell(f"{OTHER} is back, and has forgotten the item")

    loses_spool(lab)
    grows(lab)

    log = []
    number = lab.equal(lambda: log.extend(ledger.read_log(lab.log_path("home"))))
    images = [(MACHINE, disk, str(lab.root / f"point-{disk}.raw")) for disk in range(len(DISKS))]
    findings = ledger.judge(images, log, "live")
    if findings:
        fail(f"{len(findings)} findings in point {number}: {findings[:5]}")
    lab.tell(f"point {number} is both disks, and holds every write that was acknowledged by then")


with tempfile.TemporaryDirectory(prefix="homeward-switch-") as folder:
    sites, started = Lab(sys.argv[1], pathlib.Path(folder) / "lab"), []
    try:
        campaign(sites, started)
    finally:
        for process in started:
            process.kill()
            process.wait()
        sites.down()
print("passed: two switches of the process server under load, one by itself, and a spool lost under a living agent")
