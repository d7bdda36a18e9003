#!/usr/bin/env python3
"""What the source documents say of a failback, seen in two sites of real processes by the command line.

Each check bears the numbers of the statements that it shows (`Hosting.docc/SourceStatements.md`); it trips what can be
tripped, reads the answer (code, evidence, remedy), puts it right and goes on. Four machines: app-01 goes round; win-01
runs Windows, by its inventory, and needs a Windows master target to come home; phys-01 is a physical Windows Server 2008
R2 SP1; gone-01 stays in the cloud for good. Three more go round in a recovery plan: the replication group shop, and
phys-02, a physical server with Linux.

Usage: statements.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import contextlib
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
from standing import MACHINE, fail, until

OTHERS = ("win-01", "phys-01", "gone-01")
GROUP, PHYSICAL = ("shop-01", "shop-02"), "phys-02"
PLANNED = (*GROUP, PHYSICAL)


class Lab(standing.Lab):
    shown = set()

    def shows(self, statements, text):
        """What was just seen is what these statements say."""
        self.shown.update(statements.split())
        self.tell(f"{statements}: {text}")

    def states(self):
        return {i["name"]: (i["phase"], i["generation"]) for i in self.look("items") or fail("no items are told")}

    def of(self, machine):
        return self.look("items", "show", machine) or {}

    def is_in(self, machine, phase):
        until(f"{machine} to be {phase}", lambda: self.of(machine).get("phase") == phase)

    def job(self, machine, operation):
        jobs = self.look("jobs", "list", "--item", machine)
        return self.look("jobs", "show", next(j["job"] for j in jobs if j["operation"] == operation))

    def allowed(self, machine):
        return {a["operation"]: a for a in self.look("items", "allowed", machine)}

    def platform(self, place):
        """What the platform says of a machine; None when it has none of that name."""
        answer = self.call("lab", "inventory", "machine", place, "--dir", str(self.root), "--output", "json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def precheck(self, *command):
        answer = self.call(*command, "--precheck", "--output", "json")
        if answer.returncode not in (0, 2):
            fail(f"{' '.join(command)} --precheck: {answer.returncode} {answer.stdout}{answer.stderr}")
        return json.loads(answer.stdout)

    def blocking(self, *command):
        """The gates that refuse a command, those that explain others first to last, by code."""
        gates = [g for g in self.precheck(*command)["gates"] if g["blocking"] and g["status"] in ("fail", "unknown")]
        return {gate["code"]: gate for gate in gates}

    def refused(self, statements, codes, *command):
        """Precheck and command are refused by exactly these gates, each with what was seen and what to do."""
        deadline = time.monotonic() + standing.PATIENCE
        while True:
            found = self.blocking(*command)
            roots = {code for code, gate in found.items() if gate["causedBy"] not in found}
            if roots == set(codes):
                break
            if time.monotonic() > deadline:
                fail(f"{' '.join(command)} is refused by {roots}, not by {codes}")
        before = self.states()
        answer = self.call(*command)
        if answer.returncode != 1 or any(code not in answer.stderr for code in codes):
            fail(f"{' '.join(command)}: {answer.returncode} {answer.stdout}{answer.stderr}")
        for code in codes:
            if not found[code]["evidence"] or not found[code]["remedy"]:
                fail(f"{code} says neither what was seen nor what to do: {found[code]}")
            self.shows(statements, f"{' '.join(command)} refused: {code}: {found[code]['evidence'][:110]}")
        if self.states() != before:
            fail(f"a refusal changed something: {before} {self.states()}")

    def plan(self, *arguments):
        """What a run of the plan, or its precheck, says."""
        answer = self.call("plans", "run", "sales", *arguments, "--output", "json")
        if answer.returncode != 0 and "--precheck" not in arguments:
            fail(f"plans run sales {' '.join(arguments)}: {answer.returncode} {answer.stdout}{answer.stderr}")
        self.tell(f"homeward plans run sales {' '.join(arguments)}")
        return json.loads(answer.stdout)

    def went_to(self, machine):
        return int(self.of(machine)["failoverPoint"])

    @contextlib.contextmanager
    def halted(self, component):
        """While a component is stopped, as one that hangs."""
        process = self.component(component)
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)

    def runs_anew(self, component, other_than):
        record = json.loads((self.root / "lab.json").read_text())
        process = next(p for p in record["processes"] if p["id"] == component).get("process")
        return process and process["processID"] != other_than

    def configure(self, site, component, **changes):
        """Starts a component again with a changed configuration, without what is None; the lab does it when its process
        ends."""
        path = self.root / site / "config" / f"{component}.json"
        settings = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({name: value for name, value in settings.items() if value is not None}))
        before = self.component(component)
        os.kill(before, signal.SIGKILL)
        until(f"{component} to be started again", lambda: self.runs_anew(component, before))
        until(f"{component} to be heard", lambda: all(
            c["heard"].endswith("ms ago") for c in self.look("infrastructure") or [{"heard": "never"}]))


def start(lab):
    lab.lab("up")
    lab.lab("add-machine", MACHINE)
    for machine in OTHERS:
        lab.lab("add-machine", machine, "--guest", "ledger" if machine == "gone-01" else "idle")
    inventory = {"win-01": ["--os-family", "windows", "--os-name", "Windows Server 2016"],
                 "phys-01": ["--os-name", "Windows Server 2008 R2 SP1", "--physical"]}
    for machine, changes in inventory.items():
        lab.lab("inventory", "machine", f"{machine}@home", *changes)
    for machine in (MACHINE,) + OTHERS:
        lab.say("protect", machine)
    for number, machine in enumerate(PLANNED):
        lab.lab("add-machine", machine, "--disks-mib", "16", "--rate", "20", "--seed", str(number + 2))
    lab.lab("inventory", "machine", f"{PHYSICAL}@home", "--os-name", "Ubuntu 22.04", "--physical")
    for machine in PLANNED:
        lab.say("protect", machine, *(["--group", "shop"] if machine in GROUP else []))
    path = lab.root / "sales.json"
    path.write_text(json.dumps({"bootGroups": [{"name": "data", "members": ["groups/shop"]},
                                               {"name": "front", "members": [PHYSICAL]}]}))
    lab.say("plans", "create", "sales", str(path))
    until("recovery points", lambda: len(lab.points()) > 3)


def way_out(lab):
    lab.refused("S6 S19", ["DIRECTION_CONFIRMED"], "failback", MACHINE)
    for machine in (MACHINE,) + OTHERS:
        lab.say("failover", machine)
    lab.refused("S6", ["REPROTECT_COMPLETE"], "failback", MACHINE)
    lab.refused("S6", ["COMMITTED"], "reprotect", MACHINE)
    for machine in (MACHINE, "win-01", "phys-01"):
        lab.say("commit", machine)
    if lab.platform("win-01-cloud@cloud")["tools"] != "off" or lab.platform(f"{MACHINE}-cloud@cloud")["tools"] != "on":
        fail("VMware Tools are not as a failover leaves them")
    lab.shows("S29", "VMware Tools are off in the Windows machine that was failed over, and on in the other one")


def migration(lab):
    lab.say("complete-migration", "gone-01")
    lab.refused("S3", ["MIGRATION_NOT_COMPLETED"], "reprotect", "gone-01")
    lab.refused("S3", ["MIGRATION_NOT_COMPLETED"], "failback", "gone-01")
    if any(answer["allowed"] for answer in lab.allowed("gone-01").values()):
        fail("something is allowed with a migrated item")
    log = lab.root / "acks" / "gone-01-cloud@cloud.jsonl"
    count = len(log.read_text().splitlines())
    until("writes of the migrated machine", lambda: len(log.read_text().splitlines()) > count + 50)


def gates_of_home(lab):
    reprotect = ("reprotect", MACHINE)
    lab.lab("inventory", "site", "home", "--snapshot", "before-update")
    lab.refused("S12", ["MASTER_TARGET_NO_SNAPSHOTS"], *reprotect)
    lab.lab("inventory", "machine", f"{MACHINE}-cloud@cloud", "--resource-group", "elsewhere")
    lab.refused("S3 S12", ["MASTER_TARGET_NO_SNAPSHOTS", "CLOUD_MACHINE_NOT_MOVED"], *reprotect)
    lab.lab("inventory", "site", "home", "--no-snapshots")
    lab.lab("inventory", "machine", f"{MACHINE}-cloud@cloud", "--resource-group", "")
    lab.lab("inventory", "site", "home", "--missing-privilege", "VirtualMachine.Config.RemoveDisk", "--no-writable",
            "--controller", "lsilogic", "--no-disk-ids", "--no-tools")
    lab.refused("S14", ["PLATFORM_PRIVILEGES", "DATASTORE_WRITABLE", "MASTER_TARGET_CONTROLLER",
                        "MASTER_TARGET_DISK_UUID", "MASTER_TARGET_TOOLS"], *reprotect)
    lab.lab("inventory", "site", "home", "--all-privileges", "--writable", "--controller", "", "--disk-ids", "--tools")
    lab.refused("S4", ["PHYSICAL_OS_SUPPORTED"], "reprotect", "phys-01")
    lab.lab("out-of-band", "delete", "phys-01-cloud@cloud")
    lab.refused("S3 S4", ["PHYSICAL_OS_SUPPORTED", "CLOUD_MACHINE_EXISTS"], "reprotect", "phys-01")
    lab.refused("S14", ["MASTER_TARGET_OS_FAMILY"], "reprotect", "win-01")
    lab.refused("S15", ["PROCESS_SERVER_AVAILABLE"], *reprotect, "--process-server", "ps-nobody")
    lab.configure("home", "host-home", platform="hyper-v")
    lab.refused("S5", ["TARGET_PLATFORM_MATCHES"], *reprotect)
    lab.configure("home", "host-home", platform="vmware")
    with without_row(lab):
        lab.refused("S9", ["IN_CONFIGURATION_DATABASE"], *reprotect)
    with lab.halted("host-home"):
        lab.refused("S7", ["VCENTER_CONNECTED"], *reprotect)
    with lab.halted("cs-home"):
        lab.refused("S8", ["CONFIGURATION_SERVER_CONNECTED"], *reprotect)
        followers = [g for g in lab.blocking(*reprotect).values() if g["causedBy"] == "CONFIGURATION_SERVER_CONNECTED"]
        if len(followers) < 5:
            fail(f"one server that is down is not one cause: {followers}")
    until("no gate to refuse the reprotect", lambda: not lab.blocking(*reprotect))


@contextlib.contextmanager
def without_row(lab):
    """While the configuration server's database has lost the machine's row."""
    path = lab.root / "home/state/cs-home/configuration-server.sqlite"
    with sqlite3.connect(path, timeout=20) as database:
        rows = database.execute("SELECT item, machine, message FROM machines WHERE machine = ?", (MACHINE,)).fetchall()
        database.execute("DELETE FROM machines WHERE machine = ?", (MACHINE,))
    database.close()
    try:
        yield
    finally:
        with sqlite3.connect(path, timeout=20) as database:
            database.executemany("INSERT INTO machines VALUES (?, ?, ?)", rows)
        database.close()


def way_home(lab):
    # Seen at the end, by the vault's own look at cloud machines.
    lab.lab("inventory", "machine", "win-01-cloud@cloud", "--resource-group", "elsewhere")
    lab.say("reprotect", MACHINE)
    if lab.platform(f"{MACHINE}@home")["power"] != "off":
        fail("the machine at home is not off while it is protected home")
    steps = [step["id"] for step in lab.job(MACHINE, "reprotect")["steps"]]
    if "home-off" not in steps:
        fail(f"the reprotect's steps are {steps}")
    lab.shows("S13 S16", "the reprotect turned the machine at home off and brought its disks in sync")
    lab.refused("S19", ["DIRECTION_CONFIRMED"], "failover", MACHINE)
    with lab.halted("ps-cloud"):
        until("the health to tell of it", lambda: "ps-cloud" in lab.of(MACHINE).get("health", ""))
        found = until("the gate", lambda: lab.blocking("failback", MACHINE).get("REPLICATION_HEALTHY"))
        lab.shows("S17", f"failback refused: REPLICATION_HEALTHY: {found['evidence'][:110]}")
    until("no gate to refuse the failback", lambda: not lab.blocking("failback", MACHINE))
    lab.say("points", "take", MACHINE, "--app-consistent")
    count = len(lab.points())
    until("newer points", lambda: len(lab.points()) > count + 2)
    failback(lab)
    commit(lab)


def failback(lab):
    latest = lab.precheck("failback", MACHINE)["points"][0]
    processed = lab.precheck("failback", MACHINE, "--point", "latest-processed")["points"][0]
    consistent = lab.precheck("failback", MACHINE, "--point", "app-consistent")["points"][0]
    if (latest["loss"], latest["lossUs"]) != ("nothing", 0) or latest["lossUnknown"]:
        fail(f"a drained failback loses something: {latest}")
    if processed["number"] <= consistent["number"] or not consistent["applicationConsistent"]:
        fail(f"the points to choose from are {processed} and {consistent}")
    if not consistent["lossUs"] > processed["lossUs"] > 0:
        fail(f"an older point does not lose more: {processed} {consistent}")
    if processed["applicationConsistent"]:
        fail(f"the latest point is said to be application-consistent: {processed}")
    out = lab.run("failback", MACHINE, "--point", "app-consistent", "--person", "ana")
    foretold = next((line for line in out.splitlines() if "goes to point" in line), None)
    if not foretold or "old; lost: writes of the last" not in foretold or out.index(foretold) > 5:
        fail(f"age and loss are not told first: {out}")
    lab.shows("S20 S26 S27", foretold)
    job = lab.job(MACHINE, "failback")
    if int(lab.of(MACHINE)["failoverPoint"]) != consistent["number"]:
        fail(f"the point is {lab.of(MACHINE)['failoverPoint']}, not {consistent['number']}")
    facts = job["facts"]
    seconds = time.time() - int(facts["cloud.powerChangedUnixUs"]) / 1e6
    if facts["cloud.power"] not in ("off", "draining") or not 0 < seconds < standing.PATIENCE:
        fail(f"the job does not tell when the cloud machine was turned off: {facts}")
    lab.shows("S18 S21", f"the failback's job: the cloud machine is {facts['cloud.power']} since {seconds:.1f} s")
    until("home's writes", lambda: len(lab.acknowledged("home")) > 0 and lab.program("guest"))
    if lab.platform(f"{MACHINE}-cloud@cloud")["power"] == "on":
        fail("the cloud machine has power after the failback")


def commit(lab):
    lab.say("commit", MACHINE)
    job = lab.job(MACHINE, "commit-failback")
    if job["facts"].get("cloud.removed") != f"{MACHINE}-cloud" or lab.platform(f"{MACHINE}-cloud@cloud") is not None:
        fail(f"the cloud machine is not removed: {job['facts']}")
    lab.shows("S22", f"the commit's job removed machine {job['facts']['cloud.removed']}")
    item = lab.of(MACHINE)
    if item["phase"] != "committed (home)" or lab.allowed(MACHINE)["FAILOVER_OUT"]["allowed"]:
        fail(f"the item after the commit: {item}")
    lab.shows("S30", "the machine is home and unprotected; a failover is not allowed")
    lab.refused("S31", ["PROCESS_SERVER_AVAILABLE"], "reprotect", MACHINE, "--process-server", "ps-nobody")
    agent = lab.serving()
    os.kill(agent, signal.SIGSTOP)
    try:
        lab.refused("S32", ["AGENT_REGISTERED"], "reprotect", MACHINE)
        if "15 minutes" not in lab.blocking("reprotect", MACHINE)["AGENT_REGISTERED"]["remedy"]:
            fail("the refusal does not say how long it takes")
        lab.run("reprotect", MACHINE, "--process-server", "ps-home", "--wait", "--no-wait")
        until("the job to wait for the agent", lambda: lab.job(MACHINE, "reprotect")["state"] == "waitingAgent")
    finally:
        os.kill(agent, signal.SIGCONT)
    lab.is_in(MACHINE, "protected (out)")
    lab.shows("S31 S32", "the re-protect waited for the agent, and went on when it had registered")
    if not lab.allowed(MACHINE)["FAILOVER_OUT"]["allowed"]:
        fail("the machine cannot be failed over again")
    lab.shows("S13 S33", "it replicates out and may be failed over again")


def blocked(lab):
    """What was moved, and what `gates_of_home` deleted, is told of the items that it blocks."""
    for machine, code in (("win-01", "CLOUD_MACHINE_NOT_MOVED"), ("phys-01", "CLOUD_MACHINE_EXISTS")):
        found = until(f"{machine} to be blocked", lambda: " ".join(lab.of(machine).get("blockers", [])))
        alerts = until("its alert", lambda: lab.of(machine).get("alerts"))
        if not found.startswith(code) or "CLOUD_MACHINE_GONE" not in alerts:
            fail(f"{machine} is blocked by {found}, its alerts are {alerts}")
        lab.shows("S3", f"without being asked: {machine} is blocked: {found}")
    lab.lab("inventory", "machine", "win-01-cloud@cloud", "--resource-group", "")


def plan_home(lab):
    """The plan goes out, and on its way home it waits for all its machines; one of them is a physical server."""
    for verb in ("failover", "commit"):
        lab.plan(verb)
    seen = lab.precheck("reprotect", PHYSICAL)["locations"][0]
    if seen["location"] != "alternate" or "a physical machine, which comes home as a virtual one" not in seen["reason"]:
        fail(f"a physical machine would come home so: {seen}")
    lab.say("reprotect", "shop")
    # As slow as a process server can be told to be, so that one machine is seen without a point.
    lab.configure("cloud", "ps-cloud", forwardBandwidth={"bytesPerSecond": 64 << 10})
    lab.run("reprotect", PHYSICAL, "--no-wait")
    lab.is_in(PHYSICAL, "synchronizing (home)")
    with lab.halted("ps-cloud"):
        without_point(lab)
    lab.configure("cloud", "ps-cloud", forwardBandwidth=None)
    for machine in PLANNED:
        lab.is_in(machine, "protected (home)")
    return seen["machine"]


def without_point(lab):
    found = lab.blocking("failback", PHYSICAL).get("HAS_RECOVERY_POINT")
    if not found or PHYSICAL not in found["evidence"]:
        fail(f"a machine without a recovery point is not refused for that: {found}")
    lab.shows("S24", f"failback refused: HAS_RECOVERY_POINT: {found['evidence'][:110]}")
    preview = lab.plan("failback", "--precheck")
    gates = [gate for cause in preview["causes"] for gate in cause["gates"] if gate["code"] == "HAS_RECOVERY_POINT"]
    if preview["wouldRun"] or not any(PHYSICAL in gate["items"] for gate in gates):
        fail(f"a plan with a machine that has no recovery point would run: {preview['causes']}")
    # It does not synchronize without one, so that the refusal begins with that.
    answer = lab.call("plans", "run", "sales", "failback")
    if answer.returncode != 1 or not re.search(rf"REPROTECT_COMPLETE.*{PHYSICAL}: ", answer.stderr):
        fail(f"such a plan is not refused by name: {answer.returncode} {answer.stdout}{answer.stderr}")
    lab.shows("S25", f"the plan's failback is refused, HAS_RECOVERY_POINT names {gates[0]['items']}")


def plan_points(lab):
    """Both choices of a point for a plan with a replication group in it."""
    for name in ("shop", PHYSICAL):
        lab.say("points", "take", name, "--app-consistent")
    common = until("a common point", lambda: next((dict(member.split(": ") for member in point["members"])
        for point in lab.look("groups", "points", "shop") or []
        if point["exists"] and point["kind"] == "application-consistent"), None))
    own = max(p["number"] for p in lab.look("points", PHYSICAL) if p["kind"] == "application-consistent")
    wanted = {machine: int(number) for machine, number in common.items()} | {PHYSICAL: own}
    until("newer points", lambda: all(newest(lab, machine) > wanted[machine] for machine in PLANNED))
    lab.plan("failback", "--point", "app-consistent")
    went = {machine: lab.went_to(machine) for machine in PLANNED}
    if went != wanted:
        fail(f"application-consistent: the machines went to {went}, not to {wanted}")
    lab.shows("S27 S28", f"the plan went to the group's newest common point and to {PHYSICAL}'s own: {went}")
    lab.plan("cancel", "--confirm-loss")
    until("those that went back to replicate again", lambda: all(
        lab.of(machine).get("health") == "ok" for machine in PLANNED))

    preview = lab.plan("failback", "--point", "latest-processed", "--precheck")
    if not any(text.startswith("shop: ") and "latest-common" in text for text in preview["warnings"]):
        fail(f"nobody says that the group's members go to points of their own: {preview['warnings']}")
    lab.plan("failback", "--point", "latest-processed")
    went = {machine: lab.went_to(machine) for machine in PLANNED}
    if went != {machine: newest(lab, machine) for machine in PLANNED}:
        fail(f"latest processed: the machines went to {went}, not each to its newest")
    lab.shows("S23", f"in the plan each machine went to its own newest point, the group's members too: {went}")


def newest(lab, machine):
    return max(point["number"] for point in lab.look("points", machine) if not point["name"])


def planned(lab):
    machine = plan_home(lab)
    plan_points(lab)
    home = lab.platform(f"{machine}@home")
    if home is None or home["power"] != "on" or home["physical"] != "no":
        fail(f"the physical machine is at home as {home}")
    lab.shows("S1 S2", f"{PHYSICAL}, a physical server with Linux, runs at home as the virtual machine {machine}")
    lab.plan("commit")
    if {lab.of(member)["phase"] for member in PLANNED} != {"committed (home)"}:
        fail(f"the plan's machines end as {lab.states()}")


def windows(lab):
    lab.configure("home", "mt-home", osFamily="windows")
    until("the Windows master target", lambda: not lab.blocking("reprotect", "win-01"))
    for verb in ("reprotect", "failback"):
        lab.say(verb, "win-01")
    until("VMware Tools to be on at home", lambda: lab.platform("win-01@home")["tools"] == "on")
    lab.shows("S14 S29", "by a Windows master target the Windows machine is home, VMware Tools are on again")
    lab.say("commit", "win-01")
    lab.say("disable", "win-01")
    lab.refused("S3", ["PROTECTION_ENABLED"], "failback", "win-01")


def scenario(lab):
    start(lab)
    way_out(lab)
    migration(lab)
    gates_of_home(lab)
    way_home(lab)
    blocked(lab)
    planned(lab)
    windows(lab)
    if lab.of("win-01")["blockers"] or not lab.of("phys-01")["blockers"]:
        fail("blockers are not of those that they block")


with tempfile.TemporaryDirectory(prefix="homeward-statements-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        shown = sorted(sites.shown, key=lambda text: int(text[1:]))
        print(f"statements: passed ({time.monotonic() - sites.began:.1f} s): {' '.join(shown)}")
    except (SystemExit, subprocess.TimeoutExpired) as failure:
        for path in sorted(sites.root.glob("*/log/*.log")) if "-v" in sys.argv else []:
            print(f"--- {path.name}\n" + re.sub(r"(?m)^(.{400}).*$", r"\1", path.read_text())[-20000:])
        raise SystemExit(str(failure)) from None
    finally:
        sites.down()
