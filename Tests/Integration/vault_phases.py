#!/usr/bin/env python3
"""A vault that is restored from a backup of each phase of the cycle, a whole cycle later: with real processes.

A machine goes out and comes home, with a backup of the vault's store in each phase. It goes round again; after each
operation the vault is killed and restored from the backup of that phase, in which every role has changed three times and
more since. It acts on nothing until it is reconciled, by what is seen: the machine runs on where it runs, and the cycle
goes on from there. The acknowledgement logs judge it.

Usage: vault_phases.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import standing
from standing import MACHINE, fail, until

# In the order of the cycle: the phase, where the machine runs, and what comes next.
CYCLE = [("protected (out)", "home", "failover"), ("commitPending (out)", "cloud", "commit"),
         ("committed (out)", "cloud", "reprotect"), ("protected (home)", "cloud", "failback"),
         ("commitPending (home)", "home", "commit"), ("committed (home)", "home", "reprotect")]


def step(lab, verb, phase):
    lab.say(verb, MACHINE)
    if lab.item()["phase"] != phase:
        fail(f"{verb} led to {lab.item()['phase']}, not {phase}")


def back_up(lab, folder, place):
    lab.run("vault", "backup")
    path = folder / f"backup-{place}.sqlite"
    lab.run("vault", "fetch-backup", "--to", str(path))
    return path


def restore(lab, backup):
    """In place of the vault's store, while nobody starts it again."""
    keeper = lab.keeper()
    os.kill(keeper, signal.SIGSTOP)
    try:
        vault = lab.component("vault")
        os.kill(vault, signal.SIGKILL)
        until("the vault's end", lambda: not running(vault))
        for path in (lab.root / "cloud/state/vault").glob("vault.sqlite*"):
            path.unlink()
        answer = subprocess.run(
            [lab.bin / "vault-orchestrator", "--config", lab.root / "cloud/config/vault.json", "--restore", backup,
             "--restore-only"], capture_output=True, text=True, timeout=standing.PATIENCE)
        if answer.returncode != 0:
            fail(f"restore {backup}: {answer.stdout}{answer.stderr}")
    finally:
        os.kill(keeper, signal.SIGCONT)
    until("the restored vault", lambda: lab.look("items", "list"))


def running(process):
    """A zombie is none: its parent stands still."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def reconcile(lab, site, recorded):
    until("the census", lambda: any("holds generation" in q for q in lab.item().get("quarantine", [])))
    refused = lab.call("failover", MACHINE)
    if refused.returncode != 1 or "GENERATION_CURRENT" not in refused.stdout + refused.stderr:
        fail(f"a failover by an old record: {refused.returncode} {refused.stdout}{refused.stderr}")
    if lab.item()["generation"] != recorded:
        fail("the vault minted a generation by itself")
    until("the reconciliation", lambda: "refused" not in lab.run(
        "vault", "reconcile", "--item", MACHINE, "--person", "ana", "--reason", "the disk is gone"))
    count = len(lab.acknowledged(site))
    until(f"writes at {site}", lambda: len(lab.acknowledged(site)) > count + 30)
    until("the debts to be paid", lambda: lab.item().get("owed") == [])
    until("the end of the synchronization", lambda: not lab.item()["phase"].startswith("synchronizing"))


def judge(lab):
    lab.judge()
    lab.tell("all acknowledged writes are at home; no two copies acknowledged at once")


def scenario(lab, folder):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    backups = []
    for place, (phase, _, verb) in enumerate(CYCLE):
        if lab.item()["phase"] != phase:
            fail(f"in place of {phase} the item is in {lab.item()['phase']}")
        backups.append((back_up(lab, folder, place), lab.item()["generation"]))
        step(lab, verb, CYCLE[(place + 1) % len(CYCLE)][0])
    for place, (phase, site, verb) in enumerate(CYCLE):
        backup, recorded = backups[place]
        restore(lab, backup)
        reconcile(lab, site, recorded)
        if phase == "committed (out)" and lab.item()["phase"] == "commitPending (out)":
            # Whether it was committed nobody else can tell; again is harmless.
            step(lab, "commit", phase)
        if lab.item()["phase"] != phase:
            fail(f"from a backup of {phase}: reconciled to {lab.item()['phase']}")
        lab.tell(f"restored in {phase}, from generation {recorded}; now at {lab.item()['generation']}")
        step(lab, verb, CYCLE[(place + 1) % len(CYCLE)][0])
    lab.say("audit", "verify")
    lab.lab("down")
    judge(lab)


class Lab(standing.Lab):
    def keeper(self):
        """The process that starts the components, and starts them again."""
        return int(pathlib.Path(f"/proc/{self.component('vault')}/stat").read_text().rsplit(")", 1)[1].split()[1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="homeward-phases-") as directory:
        sites = Lab(sys.argv[1], pathlib.Path(directory) / "lab")
        try:
            scenario(sites, pathlib.Path(directory))
            print(f"vault phases: passed ({time.monotonic() - sites.began:.1f} s)")
        finally:
            sites.down()
