#!/usr/bin/env python3
"""Both sites lose their databases, with real processes, and are restored from backups that are old by then.

The backups are made by command while the machine is protected at home; the vault's gets its copy to the configuration
server. Then the machine goes to the cloud, is committed and replicates home. The cloud loses its power and everything of
its vault: what the configuration server kept is put in its place. Then home loses its power, and the configuration
server its database: it is restored, at its own address and at no other. The vault comes back with its old record: it acts
on nothing, no copy acknowledges a write, every operation is refused, the census says who holds what. Meanwhile backups at
home cannot be made, which is an alert until they can. Reconciled, the machine runs where it ran, and comes home. The
acknowledgement logs judge that no two copies ever acknowledged at once and nothing is lost.
The audit log goes on from the backup and tells of the restore; who kept a head of the lost records finds them missing.

Usage: vault_restored.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import standing
from standing import DISKS, MACHINE, fail, until

import lab as loops  # noqa: E402
import ledger  # noqa: E402

AUDIT = standing.ROOT / "Tests/Checkers/audit.py"
QUIET = 8  # seconds that a vault of an old record is watched for doing nothing


ADDRESS = "127.0.1.2:7100"  # of the configuration server


def backups(lab, *arguments):
    """By store and keeper."""
    found = lab.look("vault", "backups", *arguments)
    return {(s["store"], s["keptAt"]): s for s in found["stores"]} if found else {}


def back_up(lab):
    for name in ("vault", "configuration-server"):
        lab.say("vault", "backup", "--store", name)
    now = backups(lab)
    copies = [now[("vault", keeper)]["backups"][0] for keeper in ("vault", "cs-home")]
    if copies[0]["sha256"] != copies[1]["sha256"]:
        fail(f"the configuration server has another copy: {copies}")
    if any(stored["alert"] or stored["damaged"] or stored["unknown"] for stored in now.values()):
        fail(f"an alert about new backups: {now}")
    lab.say("vault", "verify-backup", "--from", ADDRESS)
    lab.tell(f"backups at generation {lab.item()['generation']}, {lab.item()['phase']}")


def restore(lab, site, component, program, source, settings=None):
    """Into no store, without serving; the answer."""
    path = settings or lab.root / site / "config" / f"{component}.json"
    return subprocess.run(
        [lab.bin / program, "--config", path, "--restore", source, "--restore-only"], capture_output=True, text=True,
        timeout=standing.PATIENCE)


def restored(answer, what):
    if answer.returncode != 0:
        fail(f"restore {what}: {answer.stdout}{answer.stderr}")


def restore_vault(lab, folder):
    """From the configuration server's copy: nothing of the vault's is left."""
    shutil.rmtree(lab.root / "cloud/state/vault")
    if ("vault", "cs-home") not in backups(lab, "--from", ADDRESS):
        fail("the configuration server does not tell of its copies")
    copy = folder / "vault-copy.sqlite"
    lab.say("vault", "fetch-backup", "--from", ADDRESS, "--to", str(copy))
    subprocess.run(["sha256sum", "--check", "--quiet", f"{copy.name}.sha256"], cwd=folder, check=True)
    if copy.stat().st_mode & 0o077:
        fail("others can read the backup")
    restored(restore(lab, "cloud", "vault", "vault-orchestrator", copy), "the vault")
    again = restore(lab, "cloud", "vault", "vault-orchestrator", copy)
    if again.returncode != 1 or "never replaced" not in again.stderr:
        fail(f"a store that is there was to be replaced: {again.returncode} {again.stderr}")


def restore_configuration_server(lab):
    state, settings = lab.root / "home/state/cs-home", lab.root / "home/config/cs-home.json"
    for path in state.glob("configuration-server.sqlite*"):
        path.unlink()
    content = json.loads(settings.read_text())
    # From here on often, so that one that is overdue is seen before long.
    content["backups"] = {"everySeconds": 2, "keep": 3}
    settings.write_text(json.dumps(content))
    content["service"]["listen"] = "127.0.1.9:7100"
    elsewhere = settings.with_name("elsewhere.json")
    elsewhere.write_text(json.dumps(content))
    refused = restore(lab, "home", "cs-home", "configuration-server", "newest", elsewhere)
    if refused.returncode != 1 or f"its server was at {ADDRESS}" not in refused.stderr:
        fail(f"a restore at another address: {refused.returncode} {refused.stderr}")
    lab.tell(refused.stderr.strip()[:160])
    restored(restore(lab, "home", "cs-home", "configuration-server", "newest"), "the configuration server")


class NoBackups:
    """While backups cannot be made at home: there is a file where their directory was."""

    def __init__(self, lab):
        self.lab, self.path = lab, lab.root / "home/state/cs-home/backups"

    def __enter__(self):
        self.path.rename(self.path.with_name("backups.away"))
        self.path.write_text("")

    def alert(self):
        return backups(self.lab).get(("configuration-server", "cs-home"), {}).get("alert")

    def __exit__(self, kind, *_):
        if kind:
            return
        alert = until("an overdue backup to be an alert", lambda: "overdue" in (self.alert() or "") and self.alert())
        self.lab.tell(f"alert: {alert[:150]}")
        if "alert: backups of configuration-server" not in self.lab.run("infrastructure"):
            fail("`homeward infrastructure` does not tell of the overdue backup")
        self.path.unlink()
        self.path.with_name("backups.away").rename(self.path)
        until("the alert to end", lambda: self.alert() == "")


def acts_on_nothing(lab, generation):
    item = until("the census", lambda: next(
        (i for i in [lab.item()] if any("holds generation" in q for q in i.get("quarantine", []))), None))
    lab.tell(f"quarantined: {'; '.join(item['quarantine'])[:200]}")
    counts = [len(lab.acknowledged(site)) for site in ("home", "cloud")]
    refused = lab.call("failover", MACHINE)
    if refused.returncode != 1 or "GENERATION_CURRENT" not in refused.stdout + refused.stderr:
        fail(f"a failover by an old record: {refused.returncode} {refused.stdout}{refused.stderr}")
    report = until("everybody's answer", lambda: next(
        (r for r in [lab.look("vault", "census")] if not any(c["missing"] for c in r["components"])), None))
    held = {h["component"]: h["generation"].split("/")[0] for i in report["items"] for h in i["holdings"]}
    if held.get("platform-home") != str(generation) or held.get("platform-cloud") != str(generation):
        fail(f"the census does not know generation {generation}: {held}")
    time.sleep(QUIET)
    if [len(lab.acknowledged(site)) for site in ("home", "cloud")] != counts:
        fail("a copy acknowledges writes under a vault of an old record")
    if lab.item()["generation"] >= generation:
        fail("the vault minted a generation by itself")


def reconcile(lab, generation):
    count = len(lab.acknowledged("cloud"))
    out = lab.run("vault", "reconcile", "--item", MACHINE, "--person", "ana", "--reason", "the disk of the vault is gone")
    for line in out.strip().splitlines():
        lab.tell(line.strip())
    until("the cloud's writes", lambda: len(lab.acknowledged("cloud")) > count + 50)
    until("the item to be protected", lambda: lab.item().get("phase") == "protected (home)")
    item = lab.item()
    if item["generation"] != generation + 1 or item["quarantine"] or item["owed"]:
        fail(f"the item is not reconciled: {item}")


def audit(lab, kept, lost):
    """The log as it is at the end: `kept` is a head from before the backup, `lost` one from after it."""
    verified = lab.run("audit", "verify", "--head", kept)
    refused = lab.call("audit", "verify", "--head", lost)
    if refused.returncode != 1 or "kept head" not in refused.stderr:
        fail(f"a head of lost records: {refused.returncode} {refused.stdout}{refused.stderr}")
    path = lab.root / "audit.json"
    path.write_text(lab.run("audit", "show", "--output", "json"))
    for head, expected in ((kept, 0), (lost, 1)):
        judged = subprocess.run([sys.executable, AUDIT, path, "--head", head], capture_output=True, text=True)
        if judged.returncode != expected:
            fail(f"the outside checker with head {head}: {judged.returncode} {judged.stdout}{judged.stderr}")
    records = json.loads(path.read_text())
    if f"{records[-1]['sequence']}:{records[-1]['hash']}" not in verified:
        fail(f"the vault and the checker see other heads: {verified}")
    lives = list(dict.fromkeys(record["store"] for record in records))
    began = next(record for record in records if record["store"] == lives[-1])
    if len(lives) != 2 or began["kind"] != "reign-began-restored":
        fail(f"the new life of the store begins with {began}")
    told = {record["kind"]: record for record in records if record["store"] == lives[-1]}
    refusal = next(r for r in records if r["kind"] == "refused" and r["operation"] == "failover")
    if not any(fact["name"] == "gate GENERATION_CURRENT" for fact in refusal["facts"]):
        fail(f"the refused failover is told as {refusal}")
    if told["reconciled"]["person"] != "ana" or not {"quarantined", "quarantine-left", "pivot-crossed"} <= set(told):
        fail(f"the log does not tell of the reconciliation: {sorted(told)}")
    item = lab.item()
    shown = json.loads(lab.run("audit", "show", "--item", MACHINE, "--output", "json"))
    minted = [f["value"] for r in shown if r["kind"] == "generation-minted" for f in r["facts"] if f["name"] == "generation"]
    if minted[-1] != str(item["generation"]):
        fail(f"the item is at generation {item['generation']}, the log tells of {minted}")
    lab.tell(f"audit log: {len(records)} records; a head of the lost ones is refused: {refused.stderr.strip()[:160]}")


def judge(lab):
    parts = loops.stays({"acknowledgements": [str(lab.log_path("home")), str(lab.log_path("cloud"))]})
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = list(loops.judge_overlap(MACHINE, parts))
    findings += ledger.judge(images, [line for part in parts for line in part], "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    lab.tell("all acknowledged writes are at home; no two copies acknowledged at once")


def scenario(lab, folder):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    kept = lab.run("audit", "head").strip()
    back_up(lab)
    for verb in ("failover", "commit", "reprotect"):
        lab.say(verb, MACHINE)
    generation = lab.item()["generation"]
    lost = lab.run("audit", "head").strip()
    lab.lab("site-down", "cloud")
    restore_vault(lab, folder)
    lab.lab("site-down", "home")
    restore_configuration_server(lab)
    lab.lab("site-up", "home")
    lab.lab("site-up", "cloud")
    with NoBackups(lab):
        acts_on_nothing(lab, generation)
    reconcile(lab, generation)
    for verb in ("failback", "commit"):
        lab.say(verb, MACHINE)
    count = len(lab.acknowledged("home"))
    until("home's writes", lambda: len(lab.acknowledged("home")) > count + 50)
    audit(lab, kept, lost)
    lab.lab("down")
    judge(lab)


with tempfile.TemporaryDirectory(prefix="homeward-restored-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites, pathlib.Path(folder))
        print(f"vault restored: passed ({time.monotonic() - sites.began:.1f} s)")
    except (SystemExit, subprocess.TimeoutExpired) as failure:
        for path in sorted(sites.root.glob("*/log/*.log")) if "-v" in sys.argv else []:
            print(f"--- {path.name}\n" + re.sub(r"(?m)^(.{400}).*$", r"\1", path.read_text())[-20000:])
        raise SystemExit(str(failure)) from None
    finally:
        sites.down()
