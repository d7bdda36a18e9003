"""What the scripts here share that work on a standing lab: commands, what components and programs say, waiting.

Standard library only.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Checkers"))
import ledger  # noqa: E402

MACHINE, DISKS, BLOCK = "app-01", (16 << 20, 32 << 20), 4096
PATIENCE = 60  # seconds for any one wait; what takes longer is a failure

# A script that is ended from outside takes its lab down as one that fails: a lab goes on by itself.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))


def fail(why):
    raise SystemExit(f"failed: {why}")


def until(what, condition, pause=0.1):
    """The first answer of `condition` that is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    fail(f"waited {PATIENCE} s for {what}")


class Lab:
    """Two sites with machines, by the command line and by the files that its processes keep. Where no machine is named
    it is `app-01`."""

    def __init__(self, bin_dir, root):
        self.bin, self.root, self.began = pathlib.Path(bin_dir).resolve(), pathlib.Path(root), time.monotonic()
        self.machine = self.root / "home/machines" / MACHINE

    def tell(self, text):
        print(f"  {time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def call(self, *arguments, patience=2 * PATIENCE):
        return subprocess.run(
            [self.bin / "homeward", *arguments], capture_output=True, text=True, timeout=patience,
            env=dict(os.environ, HOMEWARD_VAULT="127.0.2.2:7100"))

    def run(self, *arguments):
        answer = self.call(*arguments)
        if answer.returncode != 0:
            fail(f"homeward {' '.join(arguments)}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def say(self, *arguments):
        """Runs a command, and tells its last line."""
        out = self.run(*arguments)
        self.tell(f"homeward {' '.join(arguments[:3])}: {out.strip().splitlines()[-1]}")
        return out

    def lab(self, *arguments):
        return self.say("lab", *arguments, "--dir", str(self.root))

    def protect(self):
        """A standing lab whose machine is protected."""
        self.lab("up")
        self.lab("add-machine", MACHINE)
        self.say("protect", MACHINE)

    def cancel_fenced_failover(self, host, reached):
        """A failover that is cancelled once home's copy was fenced, while `host`, the stopped process of the cloud's
        platform, keeps it from going on. That goes on when `reached(job)`; the job, which unwinds."""
        try:
            # Nobody can say how much room there is at a platform that does not answer.
            self.run(
                "failover", MACHINE, "--no-wait", "--waive", "OVERLAY_SPACE=there is room", "--person", "ana")
            job = self.look("jobs", "list")[0]["job"]
            until("the fence", lambda: any(
                step["id"] == "fence" and step["state"] == "done" for step in self.look("jobs", "show", job)["steps"]))
            cancel = subprocess.Popen(
                [self.bin / "homeward", "jobs", "cancel", job], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(os.environ, HOMEWARD_VAULT="127.0.2.2:7100"))
            until("the cancel", lambda: reached(job))
        finally:
            os.kill(host, signal.SIGCONT)
        cancel.wait(timeout=PATIENCE)
        return job

    def down(self):
        self.call("lab", "down", "--dir", str(self.root))

    def look(self, *arguments):
        answer = self.call(*arguments, "--output", "json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def item(self):
        return self.look("items", "show", MACHINE) or {}

    def points(self):
        return self.look("points", MACHINE) or []

    def disk(self, index, machine=None, home=None):
        """The machine's own disk at home, where it may be called `home` since it came there."""
        machine = machine or MACHINE
        return self.root / f"home/datastore/machine-{home or machine}/{machine}-disk-{index}/disk.raw"

    def differing(self, number):
        """Blocks of both disks that are other in this point, which is then in `point-DISK.raw`."""
        count = 0
        for disk in range(len(DISKS)):
            copy = self.root / f"point-{disk}.raw"
            copy.unlink(missing_ok=True)
            self.run("points", "export", MACHINE, str(number), "--disk", str(disk), "--to", str(copy))
            ours, theirs = self.disk(disk).read_bytes(), copy.read_bytes()
            count += sum(
                ours[at:at + BLOCK] != theirs[at:at + BLOCK] for at in range(0, len(ours), BLOCK))
        return count

    def equal(self, beside=lambda: None):
        """With its guest held: a point that is both disks comes, and the one after it is none other. `beside` is done
        before the guest goes on."""
        guest = self.program("guest")["processID"]
        os.kill(guest, signal.SIGSTOP)
        try:
            seen = None
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                number = next((point["number"] for point in self.points() if point["applied"]), None)
                if number is not None and number != seen:
                    seen, left = number, self.differing(number)
                    if left == 0:
                        beside()
                        return number
                time.sleep(0.1)
            fail(f"point {seen} differs from the disks by {left} blocks, and none later is equal")
        finally:
            os.kill(guest, signal.SIGCONT)

    def log_path(self, site, machine=None):
        return self.root / "acks" / f"{machine or MACHINE}{'' if site == 'home' else '-cloud'}@{site}.jsonl"

    def acknowledged(self, site):
        """The acknowledged writes so far."""
        path = self.log_path(site)
        lines = ledger.read_log(path) if path.exists() else []
        return [line for line in lines if line["event"] == "ack" and line["kind"] == "write"]

    def judge(self):
        """The machine is at home, and the lab is down: every write that was acknowledged since the last choice of a point
        is on its disks, and no two copies ever acknowledged at once."""
        boots = []
        for site in ("home", "cloud"):
            for line in ledger.read_log(self.log_path(site)):
                if line["event"] in ("start", "resume") or not boots or boots[-1][0] != site:
                    boots.append((site, []))
                boots[-1][1].append(line)
        # By the generations that they began under: a stale copy that starts late finds what was there at its time.
        lines = [line for _, boot in sorted(boots, key=lambda boot: boot[1][0]["generation"]) for line in boot]
        by_generation, last = {}, 0
        for line in lines:
            if line["event"] == "ack":
                by_generation.setdefault(line["generation"], []).append(line["t_us"])
        for generation, times in sorted(by_generation.items()):
            if min(times) <= last:
                fail(f"under generation {generation} a write was acknowledged before the last one of those before it")
            last = max(times)
        images = [(MACHINE, disk, str(self.disk(disk))) for disk in range(len(DISKS))]
        findings = ledger.judge(images, lines, "live")
        if findings:
            fail(f"{len(findings)} findings: {findings[:5]}")

    def component(self, name):
        """The number of a component's process; None while it waits to be started again."""
        record = json.loads((self.root / "lab.json").read_text())
        process = next(p.get("process") for p in record["processes"] if p["id"] == name)
        return process["processID"] if process else None

    def program(self, kind):
        """What the home machine's `agent` or `guest` says of itself; None while there is none."""
        try:
            status = json.loads((self.machine / f"{kind}.status.json").read_text())
            command = pathlib.Path(f"/proc/{status['processID']}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return status if str(self.machine).encode() in command else None

    def serving(self, other_than=None):
        """The number of the agent's process, once it serves its disks."""
        status = self.program("agent")
        if not status or not status["answers"] or status["state"] != "serving" or status["processID"] == other_than:
            return None
        return status["processID"]
