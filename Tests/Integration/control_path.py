#!/usr/bin/env python3
"""The control path under kill -9, with real processes: `homeward infrastructure check` must end with exactly one
durable probe at each component, whichever process dies at whichever named instant.

Usage: control_path.py BIN_DIR. Loopback only; ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(sys.argv[1]).resolve()
ADDRESS = {"host-home": "127.0.1.1:7100", "vault": "127.0.2.2:7100", "cs-home": "127.0.1.2:7100",
           "mt-cloud": "127.0.2.4:7100"}
PROGRAM = {"host-home": "site-host", "vault": "vault-orchestrator", "cs-home": "configuration-server",
           "mt-cloud": "master-target"}
STORE = {"cs-home": "configuration-server", "mt-cloud": "master-target"}

# (process, failpoint): each is reached while the check runs, once per run, and kills the process there.
CELLS = [
    ("vault", "vault.job-create.after-commit"),
    ("vault", "workflow.probe-configuration-server.before-act"),
    ("vault", "workflow.probe-configuration-server.after-act"),
    ("vault", "vault.journal-done.before-commit"),
    ("vault", "vault.journal-done.after-commit"),
    ("vault", "workflow.probe-master-target.after-act"),
    ("cs-home", "configuration-server.operation.transact.before-commit"),
    ("cs-home", "configuration-server.operation.transact.after-commit"),
    ("cs-home", "configuration-server.effect.reply"),
    ("mt-cloud", "master-target.operation.transact.before-commit"),
    ("mt-cloud", "master-target.operation.transact.after-commit"),
    ("mt-cloud", "master-target.effect.reply"),
]
PATIENCE = 60  # seconds for any one wait; what takes longer is a failure, not a reason to wait more


class Lab:
    def __init__(self, root):
        self.root = root
        self.running = {}
        (root / "passphrase").write_text("correct horse\n")
        for name in ADDRESS:
            (root / name).mkdir()
            (root / f"{name}.json").write_text(json.dumps(self.settings(name), indent=2))

    def settings(self, name):
        service = {"id": name, "site": "home" if name.endswith("home") else "cloud", "listen": ADDRESS[name],
                   "stateDirectory": str(self.root / name), "logLevel": "info", "plaintext": True}
        secret = str(self.root / "passphrase")
        if name == "vault":
            return {"service": service, "platform": "127.0.2.1:7100", "passphraseFile": secret,
                    "heartbeatLimitUs": 10_000_000, "defaultIntervalUs": 5_000_000}
        if name == "cs-home":
            return {"service": service, "platform": "127.0.1.1:7100", "vault": ADDRESS["vault"],
                    "passphraseFile": secret, "staleMachineSeconds": 30}
        if name == "host-home":
            return {"service": service, "datastore": str(self.root / "datastore"),
                    "machinesDirectory": str(self.root / "machines"), "agentExecutable": str(BIN / "mobility-agent"),
                    "guestExecutable": str(BIN / "site-host"), "platform": "vmware", "memoryMiB": 1024,
                    "acknowledgementsDirectory": str(self.root / "acks"), "agentAddressBase": "127.0.1.10",
                    "configurationServer": {"id": "cs-home", "address": ADDRESS["cs-home"]}, "autostart": False}
        sample = json.loads((pathlib.Path(__file__).parents[2] / "deploy/config/master-target.json").read_text())
        (self.root / "owner").mkdir()
        sample.update(service=service, ownerDirectory=str(self.root / "owner"))
        sample.update(passphraseFile=secret, registries=[ADDRESS["cs-home"], ADDRESS["vault"]])
        return sample

    def start(self, name, failpoint=None):
        environment = dict(os.environ)
        environment.pop("HOMEWARD_FAILPOINTS", None)
        if failpoint:
            environment["HOMEWARD_FAILPOINTS"] = f"{failpoint}=1"
        log = open(self.root / f"{name}.log", "ab")
        self.running[name] = subprocess.Popen(
            [BIN / PROGRAM[name], "--config", str(self.root / f"{name}.json")], stderr=log, stdout=log, env=environment)

    def stop(self):
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
            process.wait()

    def homeward(self, *arguments):
        return subprocess.run(
            [BIN / "homeward", *arguments, "--vault", ADDRESS["vault"], "--output", "json"],
            capture_output=True, text=True, timeout=PATIENCE)

    def components(self):
        answer = self.homeward("infrastructure", "list")
        if answer.returncode != 0:
            return {}
        return {row["id"]: row["heard"] for row in json.loads(answer.stdout)}

    def wait_registered(self):
        until("the components to be heard by the vault", lambda: all(
            "ago" in self.components().get(name, "") for name in ("cs-home", "mt-cloud")))

    def probes(self, name):
        path = self.root / name / f"{STORE[name]}.sqlite"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM probes").fetchone()[0]


def until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise SystemExit(f"waited {PATIENCE} s for {what}")


def run(name, failpoint):
    root = pathlib.Path(tempfile.mkdtemp(prefix="homeward-control-"))
    lab = Lab(root)
    try:
        for other in ADDRESS:
            lab.start(other)
        lab.wait_registered()
        # The process that shall die is started again with the failpoint armed, when everything is known already.
        lab.running[name].send_signal(signal.SIGTERM)
        if lab.running[name].wait(PATIENCE) != 0:
            raise SystemExit(f"{name} did not stop cleanly on SIGTERM")
        lab.start(name, failpoint)
        until(f"{name} to answer", lambda: lab.homeward("infrastructure", "list").returncode == 0)
        lab.wait_registered()
        check = subprocess.Popen(
            [BIN / "homeward", "infrastructure", "check", "--vault", ADDRESS["vault"], "--output", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(f"{failpoint} to kill {name}", lambda: lab.running[name].poll() is not None)
        if lab.running[name].returncode != -signal.SIGKILL:
            raise SystemExit(f"{name} ended with {lab.running[name].returncode}, not by its failpoint")
        lab.start(name)
        check.communicate(timeout=PATIENCE)

        def jobs():
            answer = lab.homeward("jobs", "list")
            return json.loads(answer.stdout) if answer.returncode == 0 else []

        until("the job to end", lambda: jobs() and all(job["state"] == "succeeded" for job in jobs()))
        if len(jobs()) != 1:
            raise SystemExit(f"{len(jobs())} jobs, expected one")
        for component in ("cs-home", "mt-cloud"):
            if lab.probes(component) != 1:
                raise SystemExit(f"{component} recorded {lab.probes(component)} probes, expected one")
    except (SystemExit, subprocess.TimeoutExpired) as failure:
        print(lab.homeward("jobs", "list"))
        for log in sorted(root.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-60000:]}")
        raise SystemExit(f"{name} killed at {failpoint}: {failure}") from None
    finally:
        lab.stop()
        shutil.rmtree(root)


begin = time.monotonic()
for cell in CELLS:
    if len(sys.argv) > 2 and sys.argv[2] not in cell[1]:
        continue
    started = time.monotonic()
    run(*cell)
    print(f"  {cell[0]:10} killed at {cell[1]:45} one probe each  {time.monotonic() - started:.1f} s", flush=True)
print(f"{len(CELLS)} passed, 0 failed ({time.monotonic() - begin:.1f} s)")
