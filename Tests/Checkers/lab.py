#!/usr/bin/env python3
"""Judges a finished loop of the lab again, from its report, the images and the acknowledgement logs alone.

    lab.py DIR [REPORT]

DIR is the lab's directory, REPORT its report.json. Exit: 0 as it must be and as the report says, 1 findings or another
verdict, 2 cannot judge. Standard library only (and e2fsprogs for a machine with a file system); reads files only.
"""
import hashlib
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import files  # noqa: E402
import ledger  # noqa: E402

PIECE = 1 << 20


def digest(path):
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def stays(machine):
    """Lines of home before the failover, of the cloud, of home after the return."""
    home_path, cloud_path = machine["acknowledgements"]
    home = ledger.read_log(home_path)
    cloud = ledger.read_log(cloud_path) if os.path.exists(cloud_path) else []
    last_cloud = max((line["generation"] for line in cloud), default=0)
    split = next((i for i, line in enumerate(home)
                  if line["event"] != "found" and line["generation"] > last_cloud), len(home))
    return home[:split], cloud, home[split:]


def judge_overlap(name, parts):
    last = 0
    for part in parts:
        times = [line["t_us"] for line in part if line["event"] == "ack"]
        if not times:
            continue
        if min(times) <= last:
            yield f"{name}: two copies acknowledged writes at the same time"
        last = max(last, max(times))


def judge_script(machine, parts):
    """Every line of the user's script must be acknowledged in its phase."""
    if not machine["writes"]:
        return
    with open(machine["writes"], encoding="utf-8") as file:
        wanted = {(number, line["phase"]) for number, line in
                  ((n, json.loads(text)) for n, text in enumerate(file, 1) if text.strip())}
    done = {(line["sequence"], phase) for phase, part in zip(("home", "cloud", "home2"), parts)
            for line in part if line["event"] == "ack" and line["kind"] == "write"}
    missing = sorted(wanted - done)
    if missing:
        yield f"{machine['name']}: {len(missing)} lines of the script are not acknowledged, first {missing[0]}"


def judge_disk(machine, index, disk, parts):
    handover = disk["homeImageAtHandover"]
    if not handover:
        yield f"{disk['id']}: no image of the hand-over"
        return
    yield from judge_digests(disk)
    with tempfile.NamedTemporaryFile() as blank:
        blank.truncate(disk["bytes"])
        base = machine["image"] or blank.name
        for what, start, end, log in (("before", base, handover, parts[0] + parts[1]),
                                      ("after", handover, disk["homePath"], parts[2])):
            problems, _ = ledger.replay(start, end, log, machine["name"], index)
            for finding in problems[:20]:
                yield f"{disk['id']}, acknowledged {what} the return: {finding}"


def judge_digests(disk):
    for path, key in ((disk["homeImageAtHandover"], "sha256Handover"), (disk["homePath"], "sha256HomeEnd")):
        if not path or digest(path) != disk[key]:
            yield f"{disk['id']}: {key} of the report is not that of {path}"
    if disk["sha256CloudAtCut"] and disk["sha256CloudAtCut"] != disk["sha256Handover"]:
        yield f"{disk['id']}: the hand-over is not what the cloud had at the cut"


def judge_files(machine, parts):
    """The files of a machine at the hand-over and at the end, against its manifest and its logs."""
    disk = machine["disks"][0]
    yield from judge_digests(disk)
    began = ledger.read_log(machine["manifest"])
    for what, image, logs in (("at the hand-over", disk["homeImageAtHandover"], parts[:2]),
                              ("at the end", disk["homePath"], parts)):
        for finding in files.judge(image, began + [line for part in logs for line in part]):
            yield f"{disk['id']} {what}: {finding}"


def judge(report):
    if not report["machines"]:
        yield "no machine in the report"
    for machine in report["machines"]:
        parts = stays(machine)
        if machine["guest"] in ("ledger", "files") and not all(any(l["event"] == "ack" for l in part) for part in parts):
            yield f"{machine['name']}: a stay without an acknowledged write"
        yield from judge_overlap(machine["name"], parts)
        yield from judge_script(machine, parts)
        if machine["guest"] == "files":
            yield from judge_files(machine, parts)
            continue
        for index, disk in enumerate(machine["disks"]):
            yield from judge_disk(machine, index, disk, parts)
        if machine["guest"] == "ledger":
            images = [(machine["name"], index, disk["homePath"]) for index, disk in enumerate(machine["disks"])]
            yield from ledger.judge(images, [line for part in parts for line in part], "live")


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    path = arguments[1] if len(arguments) == 2 else os.path.join(arguments[0], "report.json")
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        findings = [str(finding) for finding in judge(report)]
    except (OSError, KeyError, ValueError, ledger.Unjudgeable, files.Unjudgeable) as error:
        print(f"cannot judge: {error!r}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    verdict = "fail" if findings else "pass"
    if verdict != report["verdict"]:
        print(f"the report says {report['verdict']}")
    print(f"verdict: {verdict}")
    return 0 if verdict == report["verdict"] == "pass" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
