#!/usr/bin/env python3
"""Plants the bugs of bugs.py in a copy of the sources, and expects the named test of each to fail, soon.

    planted.py TREE [TEXT…]    all, or those whose scenario contains one of the texts
    planted.py --list          the table, without running anything
    planted.py --check         whether each of them still fits the sources, and its test has its name

TREE is a directory of its own that is made, or brought up to date, from the sources here; it keeps its build. All
named tests must pass there before a bug is planted, and each must fail, not hang, within LIMIT seconds of one. Bugs
whose tests know nothing of one another's modules are planted together, so that a round of them costs one build. Exit
code 0: every bug was found. PLANTED_BUILD, PLANTED_TEST and PLANTED_DESCRIBE replace the commands that build, test and
describe the package there. Standard library only.
"""
import json
import os
import pathlib
import shutil
import signal
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
    # In a session of its own: what hangs is ended with all that it started.
    process = subprocess.Popen(["bash", "-c", f'{command} --filter "$1"', "test", pattern], cwd=tree, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        out, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hangs", time.monotonic() - began
    seconds = time.monotonic() - began
    if "with 0 tests" in out or "Test run" not in out and process.returncode == 0:
        return "missing", seconds
    if process.returncode == 0:
        return "passed", seconds
    return "failed" if "recorded an issue" in out or "failed after" in out else "crashed", seconds


class Package:
    """Which module a source file is of, and which modules a test is built on."""

    def __init__(self, tree):
        command = os.environ.get("PLANTED_DESCRIBE", "swift package describe --type json")
        done = subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, text=True, check=True)
        targets = json.loads(done.stdout[done.stdout.index("{"):])["targets"]
        self.needs = {target["name"]: set(target.get("target_dependencies", [])) for target in targets}
        self.paths = {target["path"]: target["name"] for target in targets}

    def module(self, bug):
        path = pathlib.PurePath("Sources") / bug[2]
        return next(self.paths[str(folder)] for folder in path.parents if str(folder) in self.paths)

    def below(self, bug):
        """All modules that the bug's test stands on."""
        seen, todo = set(), [bug[1].split(".")[0]]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.needs.get(name, ())
        return seen


def rounds(package, bugs):
    """Bugs that can be planted together: the test of none stands on the module of another."""
    out = []
    for bug in bugs:
        module, below = package.module(bug), package.below(bug)
        for together in out:
            if all(package.module(other) not in below and module not in package.below(other) for other in together):
                together.append(bug)
                break
        else:
            out.append([bug])
    return out


def planted(bug, text):
    """The text with the bug; raises ValueError where the bug does not fit it."""
    for standing, wrong in bug[3]:
        if text.count(standing) != 1:
            raise ValueError(f"{bug[2]} has it {text.count(standing)} times: {standing.strip().splitlines()[0]}")
        text = text.replace(standing, wrong)
    return text


def outcomes(tree, bugs):
    """Plants these, builds, tests each, takes them back; yields (bug, outcome, seconds)."""
    originals = {}
    try:
        fitting = []
        for bug in bugs:
            path = tree / "Sources" / bug[2]
            try:
                text = planted(bug, path.read_text())
            except ValueError as error:
                yield bug, str(error), 0.0
                continue
            originals.setdefault(path, path.read_text())
            path.write_text(text)
            fitting.append(bug)
        broken = build(tree) if fitting else ""
        for bug in fitting:
            outcome, seconds = (f"does not build: {broken}", 0.0) if broken else run_test(tree, bug[1])
            yield bug, outcome, seconds
    finally:
        for path, text in originals.items():
            path.write_text(text)


def check():
    """A table that is seldom run is not to fall behind the sources: all that can be told without a build."""
    complaints = []
    names = "\n".join(path.read_text().lower() for path in (ROOT / "Tests").rglob("*.swift"))
    for bug in BUGS:
        try:
            planted(bug, (ROOT / "Sources" / bug[2]).read_text())
        except ValueError as error:
            complaints.append(f"{bug[0]}: {error}")
        if bug[1].split(".*")[-1].lower() not in names:
            complaints.append(f"{bug[0]}: no test is called {bug[1]}")
    print("\n".join(complaints) or f"{len(BUGS)} bugs fit")
    return 1 if complaints else 0


def main():
    if sys.argv[1:] == ["--list"]:
        for scenario, pattern, name, _ in BUGS:
            print(f"{scenario}\n    test {pattern}\n    bug in {name}")
        return 0
    if sys.argv[1:] == ["--check"]:
        return check()
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    tree, texts = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    if tree == ROOT:
        print(f"plant bugs in {tree}: give a directory of its own", file=sys.stderr)
        return 2
    chosen = [bug for bug in BUGS if not texts or any(text in bug[0] for text in texts)]
    if not chosen:
        print(f"no scenario contains {' or '.join(texts)}: see planted.py --list", file=sys.stderr)
        return 2
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
            print(f"without any bug: {pattern} {outcome} after {seconds:.1f} s", flush=True)
            bad += 1
    plan = rounds(Package(tree), chosen)
    print(f"{len(chosen)} bugs in {len(plan)} builds", flush=True)
    for number, together in enumerate(plan, 1):
        began = time.monotonic()
        for bug, outcome, seconds in outcomes(tree, together):
            good = outcome in ("failed", "crashed")
            bad += 0 if good else 1
            print(f"{'found' if good else 'NOT FOUND':9}  {seconds:5.1f} s  {bug[0]}"
                  + ("" if good else f": {outcome}"), flush=True)
        print(f"           build {number} with its tests took {time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(chosen)} bugs planted, {bad} complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
