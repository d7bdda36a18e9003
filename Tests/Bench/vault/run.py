#!/usr/bin/env python3
"""What a vault costs by itself: components that answer at once (Tests/Fixtures/vault-bench), as a process of their own.

With more and more items, 50 jobs at once are kept going for some seconds while the state is queried. The overhead of a step
is its wall time, from before its first record in the journal to after its last, less the time of the calls that it made;
the vault logs both. Then the vault is started again with so many finished jobs in its store.

Usage: run.py BIN_DIR [--items 250,500,1000] [--jobs 50] [--seconds 20] [--finished 10000] [--keep DIR]
Ends every process that it started. Standard library only.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ADDRESS = "127.0.2.2:7100"
PASSPHRASE = "bench"
PATIENCE = 60  # seconds for a start
QUERY_LIMIT_MS, OVERHEAD_LIMIT_MS, START_LIMIT_S = 20, 10, 1
TICK = os.sysconf("SC_CLK_TCK")


def settings(root):
    return {"service": {"id": "vault", "site": "cloud", "listen": ADDRESS, "stateDirectory": str(root / "state"),
                        "logLevel": "info", "plaintext": True},
            "platform": "127.0.2.1:7100", "passphraseFile": str(root / "passphrase"), "heartbeatLimitUs": 60_000_000,
            "defaultIntervalUs": 5_000_000}


class Vault:
    def __init__(self, bin_dir, root):
        self.bin, self.root, self.process, self.bench = bin_dir, root, None, bin_dir / "vault-bench"
        (root / "state").mkdir(parents=True)
        (root / "passphrase").write_text(PASSPHRASE)
        (root / "vault.json").write_text(json.dumps(settings(root)))
        self.log = root / "vault.log"

    def start(self):
        """Seconds until it lists its newest jobs, as a client sees it that keeps asking."""
        client = subprocess.Popen([self.bench, "await", ADDRESS, str(PATIENCE)], stdout=subprocess.PIPE)
        time.sleep(0.3)  # The client is there first.
        with open(self.log, "ab") as log:
            begin = time.monotonic()
            self.process = subprocess.Popen(
                [self.bin / "vault-orchestrator", "--config", self.root / "vault.json"], stdout=log, stderr=log)
        if not client.stdout.readline():
            raise SystemExit(f"the vault does not answer within {PATIENCE} s: {self.log.read_text()[-2000:]}")
        return time.monotonic() - begin

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)

    def seconds(self):
        """Of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """Resident now, in MiB."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096 / 2**20

    def steps(self, place):
        """What the log says of steps from a place on: calls and microseconds of each; the place after it."""
        found = []
        with open(self.log, "rb") as log:
            log.seek(place)
            for line in log:
                if b"a step was worked on" not in line:
                    continue
                fields = json.loads(line)["metadata"]
                if fields["state"] in ("done", "skipped"):
                    found.append((f"{fields['workflow']}/{fields['step']}", int(fields["calls"]),
                                  int(fields["microseconds"]), int(fields["callMicroseconds"])))
            return found, log.tell()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def run(bench, *arguments):
    answer = subprocess.run([bench, *map(str, arguments)], capture_output=True, text=True)
    if answer.returncode != 0:
        raise SystemExit(f"vault-bench {' '.join(map(str, arguments))}: {answer.stdout}{answer.stderr}")
    return answer.stdout


def measure(vault, bench, items, options):
    """One row of the table."""
    place = vault.log.stat().st_size
    busy, begin = vault.seconds(), time.monotonic()
    asking = subprocess.Popen([bench, "query", ADDRESS, str(items), str(options.seconds)], stdout=subprocess.PIPE)
    load = json.loads(run(bench, "work", ADDRESS, items, options.jobs, options.seconds))
    queries = json.loads(asking.communicate(timeout=PATIENCE)[0])
    wall, busy = time.monotonic() - begin, vault.seconds() - busy
    steps, _ = vault.steps(place)
    # A step that waits for the reconciler to see an item in sync waits; that is not overhead.
    own = [(whole - calls) / 1000 for name, _, whole, calls in steps if not name.endswith("/in-sync")]
    idle_busy = vault.seconds()
    time.sleep(options.idle)
    idle = (vault.seconds() - idle_busy) / options.idle
    row = {"items": items, "jobs": load["jobs"], "steps": len(own), "stepsPerSecond": len(own) / wall,
           "overheadMeanMs": statistics.mean(own), "overheadP50Ms": percentile(own, 0.5),
           "overheadP99Ms": percentile(own, 0.99), "cpuMsPerStep": 1000 * busy / len(own), "idleCores": idle,
           "memoryMiB": vault.memory(), "queries": {}}
    row["slowest"] = sorted(
        ((statistics.mean((whole - calls) / 1000 for name, _, whole, calls in steps if name == step), step)
         for step in {name for name, *_ in steps} if not step.endswith("/in-sync")), reverse=True)[:5]
    for name, taken in queries.items():
        row["queries"][name] = {"count": len(taken), "p50Ms": percentile(taken, 0.5) / 1000,
                                "p99Ms": percentile(taken, 0.99) / 1000}
    everything = [taken for values in queries.values() for taken in values]
    row["queries"]["all"] = {"count": len(everything), "p50Ms": percentile(everything, 0.5) / 1000,
                             "p99Ms": percentile(everything, 0.99) / 1000}
    return row


def show(rows, starts, options):
    print(f"\n{options.jobs} jobs at once, components that answer at once\n")
    print(f"{'items':>6} {'jobs':>6} {'steps/s':>8} {'overhead per step, ms':>24} {'CPU ms':>8} {'idle':>8} {'memory':>8}")
    print(f"{'':6} {'':6} {'':8} {'mean':>8}{'p50':>8}{'p99':>8} {'a step':>8} {'cores':>8} {'MiB':>8}")
    for row in rows:
        print(f"{row['items']:6} {row['jobs']:6} {row['stepsPerSecond']:8.0f} {row['overheadMeanMs']:8.2f}"
              f"{row['overheadP50Ms']:8.2f}{row['overheadP99Ms']:8.2f} {row['cpuMsPerStep']:8.2f} "
              f"{row['idleCores']:8.3f} {row['memoryMiB']:8.0f}")
    print(f"\n{'query, ms':22}" + "".join(f"{row['items']:>10} items" for row in rows))
    for name in rows[-1]["queries"]:
        cells = [row["queries"][name] for row in rows]
        print(f"{name:22}" + "".join(f"{cell['p50Ms']:8.2f}{cell['p99Ms']:8.2f}" for cell in cells) + "   p50, p99")
    print("\nmost overhead: " + ", ".join(f"{step} {mean:.1f} ms" for mean, step in rows[-1]["slowest"]))
    for what, count, seconds in starts:
        print(f"start {what}, {count} finished jobs: {seconds:.2f} s until it answers")


def judge(rows, starts):
    """What is asked of the vault, against what was seen."""
    last = rows[-1]
    wanted = [(f"queries p99 {last['queries']['all']['p99Ms']:.1f} ms", last["queries"]["all"]["p99Ms"] < QUERY_LIMIT_MS),
              (f"overhead per step {last['overheadMeanMs']:.1f} ms", last["overheadMeanMs"] < OVERHEAD_LIMIT_MS)]
    wanted += [(f"start {what} {seconds:.2f} s", seconds < START_LIMIT_S) for what, _, seconds in starts]
    print()
    for text, is_met in wanted:
        print(f"  {'met   ' if is_met else 'MISSED'} {text}")
    return all(is_met for _, is_met in wanted)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=pathlib.Path)
    parser.add_argument("--items", default="250,500,1000")
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--idle", type=int, default=5)
    parser.add_argument("--finished", type=int, default=10_000)
    parser.add_argument("--keep", type=pathlib.Path, help="keep the vault's files here")
    options = parser.parse_args()
    root = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="hw-bench-vault-"))
    vault = Vault(options.bin_dir, root)
    bench = vault.bench
    peers = subprocess.Popen([bench, "peers", ADDRESS, PASSPHRASE], stdout=subprocess.PIPE)
    rows, starts, protected = [], [], 0
    try:
        peers.stdout.readline()
        vault.start()
        time.sleep(2)  # Everybody is heard once.
        for items in map(int, options.items.split(",")):
            run(bench, "protect", ADDRESS, protected, items - protected, options.jobs)
            protected = items
            rows.append(measure(vault, bench, items, options))
            print(f"{items} items: done", file=sys.stderr, flush=True)
        if options.finished:
            # Those of the work before come on top.
            run(bench, "finish", ADDRESS, protected, options.jobs, options.finished)
            for what, number in (("after a stop", signal.SIGTERM), ("after kill -9", signal.SIGKILL)):
                vault.stop(number)
                starts.append((what, options.finished, vault.start()))
    finally:
        vault.stop()
        peers.terminate()
        peers.wait(PATIENCE)
        if not options.keep:
            shutil.rmtree(root)
    show(rows, starts, options)
    raise SystemExit(0 if judge(rows, starts) else 1)


main()
