#!/usr/bin/env python3
"""Plants the bugs of bugs.py one by one in a copy of the sources, and expects the named test to fail of each, soon.

    planted.py TREE [TEXT…]    all, or those whose scenario contains one of the texts
    planted.py --list          the table, without running anything

TREE is a directory of its own that is made, or brought up to date, from the sources here; it keeps its build. All
named tests must pass there before a bug is planted, and each must fail, not hang, within LIMIT seconds of one. Exit
code 0: every bug was found. PLANTED_BUILD and PLANTED_TEST replace the commands that build and test there. Standard
library only.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

from bugs import RULES, SCENARIOS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUGS = SCENARIOS + RULES
# Seconds for one test; the slowest takes 10 on a busy computer.
LIMIT = 120


def sync(tree):
    """The files that git knows, and nothing else below Sources and Tests."""
    names = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True).stdout
    known = {name.decode() for name in names.split(b"\0") if name}
    for name in sorted(known):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for folder in ["Sources", "Tests"]:
        for path in (tree / folder).rglob("*"):
            if path.is_file() and str(path.relative_to(tree)) not in known:
                path.unlink()


def build(tree):
    command = os.environ.get("PLANTED_BUILD", "swift build ${BUILD_OPTIONS:-} --build-tests")
    done = subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, text=True)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if "error:" in line]
    return "" if done.returncode == 0 else errors[0] if errors else "the build failed"


def run_test(tree, pattern):
    """`passed`, `failed`, `crashed`, `hangs` or `missing`, and seconds."""
    command = os.environ.get(
        "PLANTED_TEST",
        '"$(swift build --show-bin-path)/homewardPackageTests.xctest" --testing-library swift-testing')
    began = time.monotonic()
    try:
        done = subprocess.run(["bash", "-c", f'{command} --filter "$1"', "test", pattern], cwd=tree, timeout=LIMIT,
                              capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        return "hangs", time.monotonic() - began
    seconds = time.monotonic() - began
    out = done.stdout + done.stderr
    if "with 0 tests" in out or "Test run" not in out and done.returncode == 0:
        return "missing", seconds
    if done.returncode == 0:
        return "passed", seconds
    return "failed" if "recorded an issue" in out or "failed after" in out else "crashed", seconds


def planted(tree, bug):
    """Plants one, builds, tests, takes it back; the outcome and its seconds."""
    _, pattern, name, changes = bug
    path = tree / "Sources" / name
    original = path.read_text()
    text = original
    for standing, wrong in changes:
        if text.count(standing) != 1:
            return f"{name} has it {text.count(standing)} times: {standing.strip().splitlines()[0]}", 0.0
        text = text.replace(standing, wrong)
    try:
        path.write_text(text)
        broken = build(tree)
        return (f"does not build: {broken}", 0.0) if broken else run_test(tree, pattern)
    finally:
        path.write_text(original)


def main():
    if sys.argv[1:] == ["--list"]:
        for scenario, pattern, name, _ in BUGS:
            print(f"{scenario}\n    test {pattern}\n    bug in {name}")
        return 0
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    tree, texts = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    if tree == ROOT:
        print(f"plant bugs in {tree}: give a directory of its own", file=sys.stderr)
        return 2
    chosen = [bug for bug in BUGS if not texts or any(text in bug[0] for text in texts)]
    tree.mkdir(parents=True, exist_ok=True)
    sync(tree)
    broken = build(tree)
    if broken:
        print(f"the sources do not build: {broken}", file=sys.stderr)
        return 2
    bad = 0
    for pattern in dict.fromkeys(bug[1] for bug in chosen):
        outcome, seconds = run_test(tree, pattern)
        if outcome != "passed":
            print(f"without any bug: {pattern} {outcome} after {seconds:.1f} s")
            bad += 1
    for bug in chosen:
        outcome, seconds = planted(tree, bug)
        good = outcome in ("failed", "crashed")
        bad += 0 if good else 1
        print(f"{'found' if good else 'NOT FOUND':9}  {seconds:5.1f} s  {bug[0]}" + ("" if good else f": {outcome}"),
              flush=True)
    print(f"{len(chosen)} bugs planted, {bad} complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
