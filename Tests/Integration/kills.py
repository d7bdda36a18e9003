#!/usr/bin/env python3
"""Kills of processes in the middle of steps, as a table: each cell is one process killed (-9) while one step of
reprotect or failback ran, in a whole loop of the lab that ended with `verdict: pass` and that the second checker,
Tests/Checkers/lab.py, judged the same.

    kills.py BIN_DIR sample            every step once and every process once, in few loops
    kills.py BIN_DIR matrix [DIR]      every cell; goes on over failures, and from where an earlier run in DIR ended
    kills.py BIN_DIR cells CELL...     these cells in one loop: process@operation/step[:moment]

Loops run side by side where the system lets each have a network of its own (`unshare`), else one after another.
Loopback only; ends what it started. Standard library only.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKER = HERE.parent / "Checkers" / "lab.py"

SERVICES = ["vault", "cs-home", "ps-home", "mt-home", "host-home", "ps-cloud", "mt-cloud", "host-cloud"]
PROGRAMS = ["agent-home", "guest-home", "agent-cloud", "guest-cloud"]
PROCESSES = SERVICES + PROGRAMS
MOMENTS = ["begin", "acting", "acted", "within", "end"]

REPROTECT = ["claim", "home-off", "snapshots", "home-ready", "attach", "adopt", "lineage", "give-back", "mint", "assign",
             "begin-overwrite", "open-relay", "open-session", "finish", "in-sync", "measured"]
FAILBACK = ["claim", "pin", "resume", "mint", "stop-source", "fence", "confirm-off", "assign", "drain", "drained",
            "seal", "seal-group", "choose", "move", "certify", "home-ready", "release", "attach", "grant", "granted",
            "power-on", "booted", "read-back", "finish"]
# Only where a replication group is operated: loops with a kill in it run over both machines of one, others over one.
GROUP_STEP = "failback/seal-group"
STEPS = [f"reprotect/{step}" for step in REPROTECT] + [f"failback/{step}" for step in FAILBACK]

# Longest loop with kills on a busy computer; one that takes longer hangs.
LOOP_LIMIT = 420


def exists(process, step, moment):
    """Whether the process runs at that moment of the step: machines are off while their disks are elsewhere."""
    place = STEPS.index(step)
    late = moment != "begin"
    off = STEPS.index("reprotect/home-off")
    on = STEPS.index("failback/power-on")
    stopped = STEPS.index("failback/stop-source")
    if process == "agent-home":
        # Its fenced machine keeps it for the drain, until home is turned off; it runs again once home has power.
        return place < off or (place == off and not late) or place > on
    if process == "guest-home":
        return place > on
    if process == "guest-cloud":
        return place < stopped or (place == stopped and not late)
    return True


def moments(process, step):
    return [moment for moment in MOMENTS if exists(process, step, moment)]


def sample():
    """Every step once and every process at least once, so that each loop has several kills of several processes."""
    cells = []
    programs = {"reprotect/home-off": "agent-home", "reprotect/in-sync": "guest-cloud", "reprotect/lineage": "agent-cloud",
                "failback/booted": "agent-home", "failback/finish": "guest-home", "failback/stop-source": "guest-cloud",
                "failback/drain": "agent-cloud", "failback/power-on": "host-home", "failback/fence": "ps-cloud"}
    for place, step in enumerate(STEPS):
        process = programs.get(step) or SERVICES[place * 3 % len(SERVICES)]
        fitting = moments(process, step)
        cells.append((process, step, fitting[place % len(fitting)]))
    assert {cell[0] for cell in cells} == set(PROCESSES)
    return cells


def matrix():
    return [(process, step, moments(process, step)[(column * 2 + row) % len(moments(process, step))])
            for column, process in enumerate(PROCESSES) for row, step in enumerate(STEPS) if moments(process, step)]


def loops(cells, count):
    """Deals the cells to so many loops, at most one in a step of each; the cells of a loop stay in its order."""
    dealt = [[] for _ in range(count)]
    for process, step, moment in cells:
        free = [loop for loop in dealt if all(step != other[1] for other in loop)]
        # Spread out, so that one kill has healed before the next comes.
        min(free, key=lambda loop: (len(loop), dealt.index(loop))).append((process, step, moment))
    return [sorted(loop, key=lambda cell: STEPS.index(cell[1])) for loop in dealt if loop]


def name(cell):
    return f"{cell[0]}@{cell[1]}:{cell[2]}"


def isolation():
    """What gives a command a loopback of its own; None where the system does not let us."""
    for prefix in (["unshare", "-n"], ["unshare", "-rn"]):
        try:
            if subprocess.run(prefix + ["ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0:
                return prefix + ["sh", "-c", 'ip link set lo up && exec "$0" "$@"']
        except FileNotFoundError:
            pass
    return None


class Runner:
    def __init__(self, bin_dir, root):
        self.bin = pathlib.Path(bin_dir).resolve()
        self.root = pathlib.Path(root)
        self.prefix = isolation()
        self.lock = threading.Lock()

    def run(self, number, cells):
        """One loop; what went wrong (empty when nothing), and the kills as the report has them."""
        directory = self.root / f"loop-{number}"
        machines = "app-01,db-01" if any(step == GROUP_STEP for _, step, _ in cells) else "app-01"
        shutil.rmtree(directory, ignore_errors=True)
        command = (self.prefix or []) + [
            str(self.bin / "homeward"), "lab", "run", "--dir", str(directory), "--machines", machines, "--seed",
            str(number + 1)]
        for cell in cells:
            command += ["--kill", name(cell)]
        begin = time.monotonic()
        log = self.root / f"loop-{number}.txt"
        with open(log, "wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            try:
                code = process.wait(LOOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                # A run that was ended leaves its services behind; they are found by their numbers.
                subprocess.run([self.bin / "homeward", "lab", "down", "--dir", directory], capture_output=True)
                code = f"no end within {LOOP_LIMIT} s"
        kills, trouble = [], []
        try:
            report = json.loads((directory / "report.json").read_text())
            kills, trouble = report["kills"], list(report["reasons"])
        except (OSError, ValueError, KeyError) as error:
            trouble.append(f"no report: {error}")
        if code != 0 and not trouble:
            trouble.append(f"exit code {code}")
        if not trouble:
            checker = subprocess.run([sys.executable, CHECKER, directory], capture_output=True, text=True)
            if checker.returncode != 0:
                trouble.append(f"the second checker: {checker.stdout.strip()} {checker.stderr.strip()}")
        for kill in kills:
            if kill["stepState"] != "running":
                trouble.append(f"{kill['process']}@{kill['step']}: the step was {kill['stepState']}")
        if len(kills) != len(cells) and not trouble:
            trouble.append(f"{len(kills)} kills of {len(cells)}")
        with self.lock:
            verdict = "fail" if trouble else "pass"
            print(f"loop {number}: {time.monotonic() - begin:.0f} s, verdict: {verdict}", flush=True)
            for kill in kills:
                healed = f"{kill['healedSeconds']:.1f}" if kill["healedSeconds"] is not None else "-"
                clock = time.strftime("%H:%M:%S", time.gmtime(kill["unixUs"] / 1e6))
                print(f"  {clock}.{kill['unixUs'] // 1000 % 1000:03} {kill['process']:11} {kill['step']:26} "
                      f"{kill['moment']:7} step {kill['stepState']}, held {kill['heldSeconds']:.2f} s, "
                      f"back after {healed} s")
            for line in trouble:
                print(f"  ! {line}")
            sys.stdout.flush()
        if not trouble:
            shutil.rmtree(directory, ignore_errors=True)
        return trouble, kills


def table(results):
    """`results`: cell without its moment to a mark."""
    width = max(len(step) for step in STEPS)
    print("\n" + " " * width + " " + " ".join(f"{process:>11}" for process in PROCESSES))
    for step in STEPS:
        row = []
        for process in PROCESSES:
            mark = results.get((process, step)) or ("" if moments(process, step) else "-")
            row.append(f"{mark:>11}")
        print(f"{step:{width}} " + " ".join(row))
    print("A cell names the moment of the kill in a loop that passed; FAIL: its loop did not; -: no such process then.")


def carry_out(runner, dealt, at_once, results, save=lambda: None):
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once if runner.prefix else 1) as pool:
        running = {pool.submit(runner.run, number, cells): cells for number, cells in dealt}
        for future in concurrent.futures.as_completed(running):
            trouble, kills = future.result()
            failed += bool(trouble)
            # The moment that was reached, which need not be the one that was asked for.
            reached = {(kill["process"], kill["step"]): kill["moment"] for kill in kills}
            for process, step, _ in running[future]:
                results[(process, step)] = "FAIL" if trouble else reached[(process, step)]
            save()
    return failed


def run_sample(bin_dir):
    with tempfile.TemporaryDirectory(prefix="hk-", dir="/tmp") as root:
        runner = Runner(bin_dir, root)
        results = {}
        failed = carry_out(runner, list(enumerate(loops(sample(), 6))), 3, results)
        table(results)
        if failed:
            for log in sorted(pathlib.Path(root).glob("loop-*.txt")):
                text = log.read_text(errors="replace")
                if "verdict: pass" not in text:
                    print(f"--- {log.name}\n{text[-6000:]}")
        print(f"{len(results)} cells, {failed} loops failed")
        return 1 if failed else 0


def run_matrix(bin_dir, root):
    root = pathlib.Path(root or tempfile.mkdtemp(prefix="hk-", dir="/tmp")).resolve()
    root.mkdir(parents=True, exist_ok=True)
    state = root / "cells.json"
    results = {tuple(entry[:2]): entry[2] for entry in json.loads(state.read_text())} if state.exists() else {}
    left = [cell for cell in matrix() if results.get(cell[:2]) in (None, "FAIL")]
    runner = Runner(bin_dir, root)

    def save():
        state.write_text(json.dumps([[process, step, mark] for (process, step), mark in sorted(results.items())]))

    print(f"{len(left)} cells in {root}", flush=True)
    # As many loops as the fullest step has cells, and no fuller than a loop can be within minutes.
    fullest = max([sum(cell[1] == step for cell in left) for step in STEPS] + [-(-len(left) // 12)])
    begin = time.monotonic()
    failed = carry_out(runner, list(enumerate(loops(left, fullest))), 3, results, save)
    if failed:
        # Each cell of a loop that failed once more, alone: so the table names the one to blame.
        again = [cell for cell in matrix() if results.get(cell[:2]) == "FAIL"]
        print(f"{len(again)} cells again, each in a loop of its own", flush=True)
        failed = carry_out(runner, [(100 + place, [cell]) for place, cell in enumerate(again)], 3, results, save)
    table(results)
    print(f"{len(results)} cells, {failed} failed, {time.monotonic() - begin:.0f} s; logs of failures in {root}")
    return 1 if failed else 0


def run_cells(bin_dir, texts):
    root = pathlib.Path(tempfile.mkdtemp(prefix="hk-", dir="/tmp"))
    cells = []
    for text in texts:
        process, rest = text.split("@")
        step, _, moment = rest.partition(":")
        cells.append((process, step, moment or "acted"))
    trouble, _ = Runner(bin_dir, root).run(0, cells)
    print(f"log: {root}/loop-0.txt")
    return 1 if trouble else 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[2] not in ("sample", "matrix", "cells"):
        raise SystemExit(__doc__)
    if sys.argv[2] == "sample":
        raise SystemExit(run_sample(sys.argv[1]))
    if sys.argv[2] == "matrix":
        raise SystemExit(run_matrix(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else None))
    raise SystemExit(run_cells(sys.argv[1], sys.argv[3:]))
