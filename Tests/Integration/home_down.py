#!/usr/bin/env python3
"""Home loses its power: what a machine's life is then, with real processes, judged from its acknowledgement logs.

A protected machine whose home is power-cycled resumes without a full copy. Then home goes down for good: a failover is
refused without a person's statement and works with one; home comes back with its machine powered on by itself, which
acknowledges nothing and is stopped; its unsent writes are readable after the reprotect; and the machine comes home.

Usage: home_down.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import standing
from standing import BLOCK, DISKS, MACHINE, fail, until

import lab as loops  # noqa: E402
import ledger  # noqa: E402

BLOCKS = sum(DISKS) // BLOCK
STOP_LIMIT = 30  # seconds that a stale machine may run after it was met


class Lab(standing.Lab):
    def job(self, operation):
        name = next(job["job"] for job in self.look("jobs", "list") if job["operation"] == operation)
        return self.look("jobs", "show", name)

    def has_power(self):
        """As home's platform keeps it, and by what runs: the guest is gone only when its process is."""
        path = self.root / "home/state/host-home/site-host.sqlite"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            wanted = database.execute("SELECT wanted FROM machines WHERE id = ?", (MACHINE,)).fetchone()[0]
        return wanted == "on" or self.program("guest") is not None

    def alarms(self):
        return (self.root / "home/log/cs-home.log").read_text().count("STALE_MACHINE_STARTED")


def power_cycle(lab):
    """Protected, home loses power for a moment: no write without a grant of the new boot, no full copy."""
    newest = lab.points()[0]["number"]
    lab.lab("power-cycle", "home")
    before = [line["t_us"] for line in lab.acknowledged("home") if line["generation"] == 0]
    grant = lab.root / f"home/machines/{MACHINE}/grant.json"
    boot = lab.root / "home/state/host-home/host-boot.json"
    granted = until("a grant of the new boot", lambda: grant.exists() and json.loads(grant.read_text())["hostBootID"]
                    == json.loads(boot.read_text())["hostBootID"] and grant.stat().st_mtime_ns // 1000)
    after = until("writes under the grant", lambda: [
        line["t_us"] for line in lab.acknowledged("home") if line["t_us"] > before[-1]])
    if after[0] < granted:
        fail(f"a write was acknowledged {(granted - after[0]) / 1e6:.3f} s before the grant of this boot")
    lab.tell(f"first write {(after[0] - before[-1]) / 1e6:.1f} s after the last one, "
             f"{(after[0] - granted) / 1e3:.0f} ms after the fresh grant")
    fresh = until("new recovery points", lambda: [
        point for point in lab.points() if point["number"] > newest and point["applied"]][:-2])
    if lab.item()["phase"] != "protected (out)":
        fail(f"the item is {lab.item()['phase']}")
    moved = max(point["blocks"] for point in lab.points() if point["number"] > newest)
    lab.tell(f"{len(fresh)} points since, the largest with {moved} of {BLOCKS} blocks")
    if moved > BLOCKS // 3:
        fail("that is a full copy")


def home_dies(lab):
    """Returns the acknowledgement log's length at home's death."""
    os.kill(lab.component("ps-home"), signal.SIGSTOP)  # nothing leaves home from now on
    count = len(lab.acknowledged("home"))
    until("writes that stay at home", lambda: len(lab.acknowledged("home")) > count + 50)
    lab.lab("site-down", "home")
    if any(p["state"] != "no power" for p in lab.look("lab", "status", "--dir", str(lab.root)) if p["site"] == "home"):
        fail("processes of home run")
    return len(ledger.read_log(lab.log_path("home")))


def failover_by_statement(lab):
    before = lab.item()
    refused = lab.call("failover", MACHINE)
    if refused.returncode != 1 or "SOURCE_CONFIRMED_OFF" not in refused.stderr or "--source-dead" not in refused.stderr:
        fail(f"a failover without a statement: {refused.returncode} {refused.stdout}{refused.stderr}")
    lab.tell("without a statement: refused, SOURCE_CONFIRMED_OFF")
    if lab.call("failover", MACHINE, "--source-dead").returncode == 0:
        fail("a statement without a reason was taken")
    if (lab.item()["phase"], lab.item()["generation"]) != (before["phase"], before["generation"]):
        fail("a refusal changed the item")
    statement = ["--source-dead", "--person", "ana", "--reason", "the building has no power"]
    preview = lab.look("failover", MACHINE, "--precheck", *statement)
    if not any("lost" in warning for warning in preview["warnings"]):
        fail(f"the preview does not say what is lost: {preview['warnings']}")
    lab.tell(preview["warnings"][-1])
    lab.say("failover", MACHINE, *statement)
    facts = lab.job("failover")["facts"]
    lab.tell(f"point {facts['point.number']}, expected loss {int(facts['expected.lossUs']) / 1e6:.1f} s, "
             f"owed: {', '.join(lab.item()['owed'])}")
    if sorted(lab.item()["owed"]) != ["fence-source", "stop-source"]:
        fail("home's stop is not owed")
    until("the cloud's writes", lambda: len(lab.acknowledged("cloud")) > 50)
    lab.say("commit", MACHINE)
    return int(facts["point.cutUnixUs"])


def stale_machine(lab, what, begun, lines):
    until(f"{what} to be stopped", lambda: not lab.has_power())
    seconds = time.monotonic() - begun
    lab.tell(f"{what}: stopped after {seconds:.1f} s")
    if seconds > STOP_LIMIT:
        fail(f"that is more than {STOP_LIMIT} s")
    late = [line for line in ledger.read_log(lab.log_path("home"))[lines:] if line["event"] == "ack"]
    if late:
        fail(f"{what} acknowledged {len(late)} writes, first {late[0]}")


def home_returns(lab, lines):
    agent = lab.root / f"home/machines/{MACHINE}/agent.log"
    starts = agent.read_text().count("disks opened")
    begun = time.monotonic()
    lab.lab("site-up", "home")
    until("the machine to start by itself", lambda: agent.read_text().count("disks opened") > starts)
    if "refusing" not in [line for line in agent.read_text().splitlines() if "disks opened" in line][starts]:
        fail("the agent of a machine that came back does not refuse writes")
    stale_machine(lab, "the machine that came back with home", begun, lines)
    until("the debts to be paid", lambda: lab.item().get("owed") == [])
    alarms = lab.alarms()
    begun = time.monotonic()
    lab.lab("out-of-band", "power-on", f"{MACHINE}@home")
    until("an alarm", lambda: lab.alarms() > alarms)
    stale_machine(lab, "the machine that a person started", begun, lines)


def unsent_writes(lab, lines, cut):
    """home-before-reprotect holds every write that home acknowledged, the unsent ones too."""
    log = ledger.read_log(lab.log_path("home"))[:lines]
    unsent = [line for line in log if line["event"] == "ack" and line["kind"] == "write" and line["t_us"] > cut]
    if not unsent:
        fail("there are no unsent writes to look for")
    for disk, size in enumerate(DISKS):
        kept, blank = lab.root / f"before-{disk}.raw", lab.root / f"blank-{disk}.raw"
        lab.say("points", "export", MACHINE, "home-before-reprotect", "--disk", str(disk), "--to", str(kept))
        with open(blank, "wb") as file:
            file.truncate(size)
        problems, unjudged = ledger.replay(blank, kept, log, MACHINE, disk)
        if problems:
            fail(f"disk {disk} of home-before-reprotect: {problems[:5]}")
        lab.tell(f"disk {disk} at home-before-reprotect: every block as home acknowledged it, {unjudged} sectors open")
    lab.tell(f"{len(unsent)} unsent writes of home are readable")


def judge(lab):
    parts = loops.stays({"acknowledgements": [str(lab.log_path("home")), str(lab.log_path("cloud"))]})
    for name, part in zip(("home", "cloud", "home again"), parts):
        if not any(line["event"] == "ack" for line in part):
            fail(f"no acknowledged write in the stay {name}")
    images = [(MACHINE, disk, str(lab.root / f"home/datastore/machine-{MACHINE}/{MACHINE}-disk-{disk}/disk.raw"))
              for disk in range(len(DISKS))]
    # What home acknowledged and never sent was given up by the statement: the cloud's first look is the new beginning.
    findings = list(loops.judge_overlap(MACHINE, parts))
    findings += ledger.judge(images, [line for part in parts for line in part], "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    lab.tell("all acknowledged writes of the cloud and of home again are there; no two copies acknowledged at once")


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    power_cycle(lab)
    lines = home_dies(lab)
    cut = failover_by_statement(lab)
    home_returns(lab, lines)
    lab.say("reprotect", MACHINE)
    unsent_writes(lab, lines, cut)
    for verb in ("failback", "commit", "reprotect"):
        lab.say(verb, MACHINE)
    count = len(lab.acknowledged("home"))
    until("home's writes", lambda: len(lab.acknowledged("home")) > count + 50)
    if lab.item()["phase"] != "protected (out)":
        fail(f"the item ends as {lab.item()['phase']}")
    lab.lab("down")
    judge(lab)


with tempfile.TemporaryDirectory(prefix="homeward-down-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"home down: passed ({time.monotonic() - sites.began:.1f} s)")
    except (SystemExit, subprocess.TimeoutExpired) as failure:
        for path in sorted(sites.root.glob("*/log/*.log")) if "-v" in sys.argv else []:
            print(f"--- {path.name}\n" + re.sub(r"(?m)^(.{400}).*$", r"\1", path.read_text())[-20000:])
        raise SystemExit(str(failure)) from None
    finally:
        sites.down()
