#!/usr/bin/env python3
"""The whole cloud is dead, its vault too, while a machine is protected home: with real processes, judged from its
acknowledgement logs.

The vault's backup was made before the machine went out, three changes of roles ago, and pushed to the configuration
server. The cloud loses its power and is not coming back. A vault is started on a computer at home, at an address of its
own, from the configuration server's copy: its record is an old one, and it acts on nothing. Reconciled by the word of a
person who says that the cloud is gone, the machine is protected home; its failback needs that word again, and loses what
the preview says. Home runs and is written to.

Then the cloud has power again after all, without its old vault. Its machine starts by itself, acknowledges nothing, and
is stopped. The failback is committed, the machine is protected out and goes round once more.

Usage: cloud_dead.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import standing
from standing import MACHINE, fail, until

import ledger  # noqa: E402

OLD, NEW = "127.0.2.2:7100", "127.0.1.8:7100"  # the vault's addresses
KEEPER = "127.0.1.2:7100"  # the configuration server
STATED = ["--source-dead", "--person", "ana", "--reason", "the region burnt down"]
WAIVED = ["--waive", "REPLICATION_HEALTHY=its source is dead"]


class Lab(standing.Lab):
    """Whose vault may be at home."""
    vault, process = OLD, None

    def call(self, *arguments, patience=2 * standing.PATIENCE):
        return subprocess.run(
            [self.bin / "homeward", *arguments], capture_output=True, text=True, timeout=patience,
            env=dict(os.environ, HOMEWARD_VAULT=self.vault))

    def edit(self, site, component, change):
        path = self.root / site / "config" / f"{component}.json"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    def down(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=standing.PATIENCE)
        super().down()


def vault_at_home(lab, folder):
    """From the configuration server's copy, at an address that the configurations at home name from now on."""
    copy = folder / "vault.sqlite"
    lab.say("vault", "fetch-backup", "--from", KEEPER, "--to", str(copy))
    shutil.copy(lab.root / "cloud/config/passphrase", lab.root / "home/config/cloud-passphrase")
    content = json.loads((lab.root / "cloud/config/vault.json").read_text())
    content["service"].update(listen=NEW, stateDirectory=str(lab.root / "home/state/vault"))
    content["service"].pop("advertise", None)
    content["passphraseFile"] = str(lab.root / "home/config/cloud-passphrase")
    (lab.root / "home/state/vault").mkdir(parents=True)
    path = lab.root / "home/config/vault.json"
    path.write_text(json.dumps(content))
    with open(lab.root / "home/log/vault.log", "w", encoding="utf-8") as log:
        lab.process = subprocess.Popen(
            [lab.bin / "vault-orchestrator", "--config", path, "--restore", copy], stdout=log, stderr=log)
    lab.vault = NEW
    lab.edit("home", "cs-home", lambda content: content.update(vault=NEW))
    os.kill(lab.component("cs-home"), signal.SIGKILL)  # The lab starts it again.
    until("the vault at home", lambda: lab.look("items", "list") is not None)


def reconcile(lab, generation):
    item = until("the census", lambda: next(
        (i for i in [lab.item()] if any("holds generation" in q for q in i.get("quarantine", []))), None))
    if not any("platform-cloud" in q for q in item["quarantine"]):
        fail(f"nobody misses the cloud: {item['quarantine']}")
    arguments = ["vault", "reconcile", "--item", MACHINE, "--person", "ana", "--reason", "the vault burnt"]
    refused = lab.call(*arguments)
    if "--missing-dead" not in refused.stdout + refused.stderr:
        fail(f"a reconciliation without the cloud: {refused.returncode} {refused.stdout}{refused.stderr}")
    out = lab.run(*arguments, "--missing-dead", "there is nothing left of it")
    for line in out.strip().splitlines():
        lab.tell(line.strip())
    item = lab.item()
    if item["phase"] != "protected (home)" or item["generation"] != generation + 1 or item["quarantine"]:
        fail(f"reconciled to {item}")


def fail_back(lab):
    """Answers the cut of the point that home goes on from."""
    refused = lab.call("failback", MACHINE, "--point", "latest-processed")
    if refused.returncode != 1 or "SOURCE_CONFIRMED_OFF" not in refused.stderr:
        fail(f"a failback without a statement: {refused.returncode} {refused.stdout}{refused.stderr}")
    looked = lab.call("failback", MACHINE, "--precheck", *STATED, *WAIVED, "--output", "json")
    if looked.returncode != 0:
        fail(f"the failback would be refused: {looked.stdout[-3000:]}{looked.stderr}")
    preview = json.loads(looked.stdout)
    if not any("lost" in warning for warning in preview["warnings"]):
        fail(f"the preview does not say what is lost: {preview['warnings']}")
    lab.tell(preview["warnings"][-1])
    lab.say("failback", MACHINE, *STATED, *WAIVED)
    name = next(job["job"] for job in lab.look("jobs", "list") if job["operation"] == "failback")
    facts = lab.look("jobs", "show", name)["facts"]
    lab.tell(f"point {facts['point.number']}, expected loss {int(facts['expected.lossUs']) / 1e6:.1f} s")
    if sorted(lab.item()["owed"]) != ["fence-source", "stop-source"]:
        fail(f"the cloud's stop is not owed: {lab.item()['owed']}")
    count = len(lab.acknowledged("home"))
    until("home's writes", lambda: len(lab.acknowledged("home")) > count + 50)
    return int(facts["point.cutUnixUs"])


def cloud_returns(lab, lines):
    """Without its vault: what was there is not started again."""
    shutil.rmtree(lab.root / "cloud/state/vault")
    for component in ("ps-cloud", "mt-cloud"):
        lab.edit("cloud", component, lambda content: content.update(
            registries=[NEW if registry == OLD else registry for registry in content["registries"]]))
    # It waits for the lab's own vault to hear everybody, which now nobody dials.
    up = subprocess.Popen(
        [lab.bin / "homeward", "lab", "site-up", "cloud", "--dir", str(lab.root)], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        until("the debts to be paid", lambda: lab.item().get("owed") == [])
    finally:
        up.terminate()
        up.wait(timeout=standing.PATIENCE)
    late = [line for line in ledger.read_log(lab.log_path("cloud"))[lines:] if line["event"] == "ack"]
    if late:
        fail(f"the cloud's machine acknowledged {len(late)} writes after its site was stated dead, first {late[0]}")
    lab.tell("the cloud's machine acknowledged nothing, and is stopped")


def judge(lab):
    # What the cloud acknowledged and never sent was given up by the statement: home's first look is the new beginning.
    lab.judge()
    lab.tell("all writes that were not given up are at home; no two copies acknowledged at once")


def scenario(lab, folder):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    lab.say("vault", "backup")
    for verb in ("failover", "commit", "reprotect"):
        lab.say(verb, MACHINE)
    generation = lab.item()["generation"]
    until("points at home", lambda: len(lab.points()) > 3)
    lab.lab("site-down", "cloud")
    lines = len(ledger.read_log(lab.log_path("cloud")))
    vault_at_home(lab, folder)
    reconcile(lab, generation)
    fail_back(lab)
    cloud_returns(lab, lines)
    for verb in ("commit", "reprotect"):
        lab.say(verb, MACHINE)
    if lab.item()["phase"] != "protected (out)":
        fail(f"the item is {lab.item()['phase']}")
    for verb in ("failover", "commit", "reprotect", "failback", "commit"):
        lab.say(verb, MACHINE)
    lab.say("audit", "verify")
    lab.lab("down")
    judge(lab)


with tempfile.TemporaryDirectory(prefix="homeward-dead-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites, pathlib.Path(folder))
        print(f"cloud dead: passed ({time.monotonic() - sites.began:.1f} s)")
    except (SystemExit, subprocess.TimeoutExpired) as failure:
        for path in sorted(sites.root.glob("*/log/*.log")) if "-v" in sys.argv else []:
            print(f"--- {path.name}\n" + re.sub(r"(?m)^(.{400}).*$", r"\1", path.read_text())[-20000:])
        raise SystemExit(str(failure)) from None
    finally:
        sites.down()
