#!/usr/bin/env python3
"""The file systems that a protected machine lives on run full, one after the other, on real processes: the state is named
as an operator sees it, the guest goes on, and when there is space again replication recovers by itself.

Spool, staging, retention and the overlay of a machine that was failed over lie on memory file systems whose size is
changed under the processes, in a mount namespace of this script's own. (The spill file is met by unit tests only: no
guest here is fast enough to need it.)

Usage: no_space.py BIN_DIR. Exit code 77 where nobody may mount anything. Ends every process that it started. Standard
library only.
"""
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import standing
from standing import BLOCK, DISKS, MACHINE, fail, until

import ledger  # noqa: E402

CLONE_NEWNS = 0x20000
MIB = 1 << 20
LARGE = 2048 * MIB
RATE = 400  # records a second of the guest: what it may still send is used up within seconds
SPOOL, TARGET, CLOUD = "home/state/ps-home/spool", "cloud/state/mt-cloud", "cloud/datastore"


def apart():
    """A mount namespace of our own: what is mounted here is gone with us, and nobody else sees it."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) == 0:
        done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True)
        if done.returncode == 0:
            return
    print("no_space.py: nothing can be mounted here, so it was not run", file=sys.stderr)
    raise SystemExit(77)


class Lab(standing.Lab):
    def mount(self, place):
        path = self.root / place
        path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "homeward-no-space", path], check=True)

    def resize(self, place, free=None):
        """Leaves so many bytes free; None: plenty."""
        def resized():
            seen = os.statvfs(self.root / place)
            used = (seen.f_blocks - seen.f_bfree) * seen.f_frsize
            size = LARGE if free is None else used + free
            done = subprocess.run(["mount", "-o", f"remount,size={size}", self.root / place], capture_output=True)
            # Refused if more was written meanwhile.
            return done.returncode == 0
        until(f"{place} to have another size", resized, pause=0.01)

    def unmount(self):
        for place in (SPOOL, TARGET, CLOUD):
            subprocess.run(["umount", "-l", self.root / place], capture_output=True)

    def health(self):
        return self.item().get("health", "")

    def findings(self, name):
        seen = self.look("infrastructure", "show", name)
        return " ".join(seen["findings"]) if seen else ""

    def writes(self, site="home"):
        path = self.log_path(site)
        return path.read_bytes().count(b'"ack"') if path.exists() else 0

    def protect(self):
        self.lab("up")
        self.lab("add-machine", MACHINE, "--rate", str(RATE))
        self.say("protect", MACHINE)

    def goes_on(self, site="home"):
        """The guest is told of more writes."""
        before = self.writes(site)
        until("the guest to go on", lambda: self.writes(site) > before + 20)

    def recovers(self, what):
        until(f"replication to recover when there is space for {what}", lambda: self.health() == "ok", pause=0.3)
        number = self.equal()
        self.tell(f"{what}: space again, and point {number} is both disks")


def named(lab, what, look, *texts):
    """One of the texts is in what an operator is told."""
    deadline, said = time.monotonic() + standing.PATIENCE, ""
    while time.monotonic() < deadline:
        said = look()
        if any(text in said for text in texts):
            return lab.tell(f"{what}: {said[:180]}")
        time.sleep(0.2)
    fail(f"{what} is not named; said is: {said}")


def spool(lab):
    """The master target stands still, so that the spool is needed."""
    target = lab.component("mt-cloud")
    lab.resize(SPOOL, free=0)
    os.kill(target, signal.SIGSTOP)
    try:
        named(lab, "spool, at the item", lab.health, "spool: full", "the volume of its spool")
        named(lab, "spool, at the process server", lambda: lab.findings("ps-home"), "cache")
        lab.goes_on()
    finally:
        os.kill(target, signal.SIGCONT)
    lab.resize(SPOOL)
    lab.recovers("spool")


def tight(lab, free, look):
    """A look that leaves the master target so many bytes first: whatever was given back is taken away again."""
    def looked():
        lab.resize(TARGET, free=free)
        return look()
    return looked


def staging(lab):
    """An interval that was staged when the space was taken leaves its own when it is applied: that is taken, too."""
    named(lab, "staging", tight(lab, 0, lab.health), "noSpace")
    lab.goes_on()
    lab.resize(TARGET)
    lab.recovers("staging")


def retention(lab):
    """Room for staging, not for the undo of what is in it; older points go early for it, until there are none."""
    named(lab, "retention, at the item", tight(lab, 3 * MIB, lab.health), "sealed points wait to be applied")
    named(lab, "retention, at the master target", tight(lab, 3 * MIB, lambda: lab.findings("mt-cloud")), "undo of")
    lab.goes_on()
    lab.resize(TARGET)
    lab.recovers("retention")


def overlay(lab):
    """In the cloud, before the commit, the machine's writes lie beside its disks."""
    lab.say("failover", MACHINE)
    until("writes in the cloud", lambda: lab.writes("cloud") > 50)
    status = lab.root / f"cloud/machines/{MACHINE}-cloud/agent.status.json"
    lab.resize(CLOUD, free=0)
    named(lab, "overlay", lambda: json.loads(status.read_text())["message"], "wait for space")
    stood = lab.writes("cloud")
    lab.resize(CLOUD)
    until("the guest's writes to go on", lambda: lab.writes("cloud") > stood + 50)
    failures = sum(line["event"] == "fail" for line in ledger.read_log(lab.log_path("cloud")))
    if failures:
        fail(f"{failures} writes failed: they were to wait")
    lab.tell("overlay: space again, and no write had failed")


def scenario(lab):
    for place in (SPOOL, TARGET, CLOUD):
        lab.mount(place)
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 2)
    for place in (spool, staging, retention, overlay):
        place(lab)
    lab.down()
    images = [(MACHINE, disk, str(lab.disk(disk))) for disk in range(len(DISKS))]
    findings = ledger.judge(images, ledger.read_log(lab.log_path("home")), "live")
    if findings:
        fail(f"{len(findings)} findings: {findings[:5]}")
    lab.tell(f"{sum(DISKS) // BLOCK} blocks at home hold all that was acknowledged there")


apart()
with tempfile.TemporaryDirectory(prefix="homeward-full-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"no space: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
        sites.unmount()
