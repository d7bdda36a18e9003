#!/usr/bin/env python3
"""Judges the ext4 file system in a disk image against a manifest and the acknowledgement logs of its guest.

  files.py IMAGE LOG...

The first LOG is the manifest of the image that the machine began with. Every acknowledged change of a file must be
there; one that was issued and not acknowledged may be there or not, until a guest begins again and lists what it found.
Standard library and e2fsprogs; reads only. Exit: 0 as it must be, 1 findings, 2 cannot judge.
"""
import hashlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ledger  # noqa: E402

ENVIRONMENT = dict(os.environ, PATH=os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin", LC_ALL="C")
# Below it a guest that begins lists every file.
LISTED = "/srv/data/"


class Unjudgeable(Exception):
    pass


def tool(*command):
    try:
        return subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError as error:
        raise Unjudgeable(f"{command[0]} is not installed; apt-get install e2fsprogs") from error


def replay(lines):
    """What may be there: path to a set of SHA-256 or None (no such file). And what the lines show to be wrong."""
    allowed, findings, listed = {}, [], None

    def end_list():
        nonlocal listed
        if listed is None:
            return
        for path in sorted(allowed):
            if path.startswith(LISTED) and path not in listed:
                if None not in allowed[path]:
                    findings.append(f"{path} was gone when a guest began")
                allowed[path] = {None}
        listed = None

    for line in lines:
        event = line["event"]
        if event == "resume":
            listed = set()
        if event in ("start", "resume") or line["kind"] not in ("store", "remove"):
            continue
        path, content = line["path"], line["sha256"] if line["kind"] == "store" else None
        if event == "found":
            right = allowed.get(path, None if listed is None else {None})
            if right is not None and content not in right:
                findings.append(f"{path} had another content when a guest began")
            allowed[path] = {content}
            if listed is not None:
                listed.add(path)
            continue
        end_list()
        if event == "ack":
            allowed[path] = {content}
        elif event == "issue":
            allowed.setdefault(path, {None}).add(content)
    end_list()
    return allowed, findings


def contents(image):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        tool("debugfs", "-R", f"rdump / {folder}", image)
        for root, names, files in os.walk(folder):
            if root == folder and "lost+found" in names:
                names.remove("lost+found")
            for name in files:
                path = os.path.join(root, name)
                with open(path, "rb") as file:
                    found[path[len(folder):]] = hashlib.sha256(file.read()).hexdigest()
    return found


def judge(image, lines):
    checked = tool("e2fsck", "-fn", image)
    if checked.returncode != 0:
        said = checked.stdout.decode(errors="replace").splitlines()[1:4]
        yield f"e2fsck -fn ended with {checked.returncode}: {'; '.join(said)}"
        return
    allowed, findings = replay(lines)
    yield from findings
    found = contents(image)
    for path in sorted(set(allowed) | set(found)):
        if found.get(path) not in allowed.get(path, {None}):
            yield f"file {path} " + ("is missing" if path not in found else "has another content than was acknowledged")


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        lines = [line for path in arguments[1:] for line in ledger.read_log(path)]
        findings = list(judge(arguments[0], lines))
    except (OSError, KeyError, Unjudgeable, ledger.Unjudgeable) as error:
        print(f"cannot judge: {error!r}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
