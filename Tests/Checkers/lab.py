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

# Operations that begin a replication over disks that both sides have: never a full copy.
REPROTECTS = ("reprotect", "re-protect")


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
    """What was acknowledged under one generation must all be before what was acknowledged under the next."""
    by_generation, last = {}, 0
    for line in (line for part in parts for line in part if line["event"] == "ack"):
        by_generation.setdefault(line["generation"], []).append(line["t_us"])
    for _, times in sorted(by_generation.items()):
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


def judge_bound(machine, replication, agent_kills):
    """What was compared stays within what the preview said before the run; of an idle machine what was moved does."""
    bound, disks = replication["bound"], replication["disks"]
    name = f"{replication['operation']} of {machine['name']}"
    if bound is None:
        if replication["operation"] in REPROTECTS:
            yield f"{name}: no bound was stated before the run"
        return
    compared = sum(disk["suspectBlocks"] or 0 for disk in disks)
    crashes = agent_kills + replication["uncleanStop"]
    allowed = bound["suspectBlocks"] + crashes * bound["crashBlocks"]
    if compared > allowed:
        yield f"{name}: {compared} blocks compared, the preview said at most {allowed}"
    moved = sum(disk["movedBlocks"] or 0 for disk in disks)
    if machine["guest"] == "idle" and moved > bound["changedBlocks"] + bound["suspectBlocks"]:
        yield f"{name}: {moved} blocks moved, more than the preview said"


def judge_moved(machine, cloud, kills):
    """No replication moves more than what changed, what was ahead, and what was compared."""
    was_killed = bool(kills)
    agent_kills = sum(kill["process"].startswith("agent-") for kill in kills)
    for replication in machine["replications"]:
        if replication["session"] != "delta":
            if replication["operation"] in REPROTECTS:
                yield f"{replication['operation']} of {machine['name']}: everything was copied"
            continue
        yield from judge_bound(machine, replication, agent_kills)
        if not was_killed and not replication["uncleanStop"] and any(d["suspectBlocks"] for d in replication["disks"]):
            yield f"{replication['operation']} of {machine['name']}: blocks were compared after stops in order"
        for index, disk in enumerate(replication["disks"]):
            name = f"{replication['operation']} of {disk['id']}"
            counts = [disk[key] for key in
                      ("movedBlocks", "changedBlocks", "aheadBlocks", "suspectBlocks", "droppedBlocks")]
            if None in counts:
                if not was_killed:
                    yield f"{name}: not measured"
                continue
            moved, changed, ahead, suspects, dropped = counts
            # What breaks off when a process is killed is sent again; otherwise nothing breaks off.
            arrived = moved if was_killed else moved + dropped
            if arrived * 1000 > 1001 * (changed + ahead) + 1000 * suspects:
                yield f"{name}: {arrived} blocks moved, {changed} changed, {ahead} ahead, {suspects} compared"
            if machine["guest"] == "idle" and moved:
                yield f"{name}: {moved} blocks moved of an idle machine"
            if machine["guest"] == "ledger" and replication["operation"] == "reprotect":
                written = set()
                for line in cloud:
                    if line["event"] == "issue" and line["kind"] != "flush" and line["disk"] == index:
                        end = line["offset"] + line["length"]
                        written.update(range(line["offset"] // 4096, (end + 4095) // 4096))
                if changed > len(written):
                    yield f"{name}: {changed} blocks count as changed, the guest wrote {len(written)}"


def read_prefix(path, size):
    with open(path, "rb") as file, tempfile.NamedTemporaryFile() as part:
        part.write(file.read(size))
        part.flush()
        return ledger.read_log(part.name)


def stay(log, cut):
    """What a guest logged after it had begun again says nothing about a point of its stay before."""
    return log[:next((i for i, line in enumerate(log) if line["event"] == "resume" and line["t_us"] > cut), len(log))]


def judge_point(machine, kept, log):
    """Everything acknowledged before the cut is there, nothing issued after the next point's cut is."""
    cut, after = kept["cutUnixUs"], kept["nextCutUnixUs"]
    log = stay(log, cut)
    images = [(machine["name"], index, path) for index, path in enumerate(kept["images"])]
    yield from ledger.judge(images, log, "prefix")
    history = ledger.Machine(ledger.Life(machine["name"]).add(log))
    for _, index, path in images:
        history.scan(index, path)
    for place, entries in sorted(history.entries.items()):
        seen = history.seen.get(place, ("zero",))
        if seen[0] == "record" and history.own(place, seen):
            found = history.matching(place, seen)
            last = -1 if found is None else found
        else:
            last = max((i for i, entry in enumerate(entries) if entry.kind != "write"), default=-1)
        for entry in entries[last + 1:]:
            if entry.kind != "trim" and entry.acknowledged is not None and log[entry.acknowledged]["t_us"] < cut:
                yield f"{place}: {entry} was acknowledged before the cut and is missing"
                break
        # A block of zeroes need not be the one that was issued: it may never have been written.
        if after and last >= 0 and entries[last].kind == "write" \
                and log[entries[last].issued]["t_us"] > after:
            yield f"{place}: {entries[last]} was issued after the cut of the next point"


def judge_kept(machine):
    for kept in machine["kept"]:
        log = read_prefix(kept["log"], kept["logBytes"])
        if kept["point"] is not None:
            findings = judge_point(machine, kept, log)
        else:
            # The machine went on with its own content: its log is one history, nothing may be gone at a boot.
            images = [(machine["name"], index, path) for index, path in enumerate(kept["images"])]
            findings = ledger.judge(images, [line for line in log if line["event"] not in ("resume", "found")], "live")
        for finding in list(findings)[:20]:
            yield f"{kept['what']}: {finding}"
    # What was handed over to home is a point, too.
    verified = sum(1 for kept in machine["kept"] if kept["point"] is not None)
    verified += all(disk["homeImageAtHandover"] for disk in machine["disks"])
    if machine["pointsVerified"] != verified:
        yield f"{machine['name']}: {machine['pointsVerified']} points verified in the report, {verified} kept"


def judge_disk(machine, index, disk, parts, was_killed):
    handover = disk["homeImageAtHandover"]
    if not handover:
        yield f"{disk['id']}: no image of the hand-over"
        return
    yield from judge_digests(disk, was_killed)
    with tempfile.NamedTemporaryFile() as blank:
        blank.truncate(disk["bytes"])
        base, away = machine["image"] or blank.name, parts[0] + parts[1]
        if machine["cloudBegan"]:
            base = machine["cloudBegan"][index]
            away = [line for line in parts[1] if line["generation"] >= machine["cloudSince"]]
        for what, start, end, log in (("before", base, handover, away),
                                      ("after", handover, disk["homePath"], parts[2])):
            problems, _ = ledger.replay(start, end, log, machine["name"], index)
            for finding in problems[:20]:
                yield f"{disk['id']}, acknowledged {what} the return: {finding}"


def judge_steps(machine, report):
    """Each reprotect that was run of a machine, by itself or in its group, is told of."""
    units = {machine["name"]} | {g["name"] for g in report["groups"] if machine["name"] in g["machines"]}
    ran = [step["name"] for step in report["steps"] if step["name"] in REPROTECTS and step["machine"] in units]
    told = [each["operation"] for each in machine["replications"] if each["operation"] in REPROTECTS]
    if ran != told:
        yield f"{machine['name']}: {len(ran)} reprotects were run, the report tells of {len(told)}"


def judge_digests(disk, was_killed):
    for path, key in ((disk["homeImageAtHandover"], "sha256Handover"), (disk["homePath"], "sha256HomeEnd")):
        if not path or digest(path) != disk[key]:
            yield f"{disk['id']}: {key} of the report is not that of {path}"
    # Kills may leave the cloud's disk with an overlay, so that the plain disk says nothing; without any it must.
    if disk["sha256CloudAtCut"] is None and not was_killed:
        yield f"{disk['id']}: the cloud's disk at the cut was not read"
    if disk["sha256CloudAtCut"] and disk["sha256CloudAtCut"] != disk["sha256Handover"]:
        yield f"{disk['id']}: the hand-over is not what the cloud had at the cut"


def judge_files(machine, parts, was_killed):
    """The files of a machine at the hand-over and at the end, against its manifest and its logs."""
    disk = machine["disks"][0]
    yield from judge_digests(disk, was_killed)
    began = ledger.read_log(machine["manifest"])
    for what, image, logs in (("at the hand-over", disk["homeImageAtHandover"], parts[:2]),
                              ("at the end", disk["homePath"], parts)):
        for finding in files.judge(image, began + [line for part in logs for line in part]):
            yield f"{disk['id']} {what}: {finding}"


def judge_group(group, machines):
    """Machines whose ledgers depend on each other: at each common point that was kept, at the hand-over, at the end."""
    for common in [kept["common"] for kept in machines[0]["kept"] if kept["common"]]:
        images, log = [], []
        for machine in machines:
            for kept in machine["kept"]:
                if kept["common"] == common:
                    images += [(machine["name"], index, path) for index, path in enumerate(kept["images"])]
                    log += stay(read_prefix(kept["log"], kept["logBytes"]), kept["cutUnixUs"])
        if len({name for name, _, _ in images}) != len(machines):
            yield f"{group}: {common} is not of all {len(machines)} machines"
        for finding in ledger.judge(images, log, "prefix", together=True)[:20]:
            yield f"{group}, point {common}: {finding}"
    for what, key, count in (("the hand-over", "homeImageAtHandover", 2), ("the end", "homePath", 3)):
        images = [(machine["name"], index, disk[key])
                  for machine in machines for index, disk in enumerate(machine["disks"]) if disk[key]]
        log = [line for machine in machines for part in stays(machine)[:count] for line in part]
        for finding in ledger.judge(images, log, "live")[:20]:
            yield f"{group}, {what}: {finding}"


def judge(report):
    if not report["machines"]:
        yield "no machine in the report"
    for machine in report["machines"]:
        parts = stays(machine)
        if machine["guest"] in ("ledger", "files") and not all(any(l["event"] == "ack" for l in part) for part in parts):
            yield f"{machine['name']}: a stay without an acknowledged write"
        yield from judge_overlap(machine["name"], parts)
        yield from judge_steps(machine, report)
        yield from judge_moved(machine, parts[1], report["kills"])
        yield from judge_kept(machine)
        yield from judge_script(machine, parts)
        if machine["guest"] == "files":
            yield from judge_files(machine, parts, bool(report["kills"]))
            continue
        for index, disk in enumerate(machine["disks"]):
            yield from judge_disk(machine, index, disk, parts, bool(report["kills"]))
        if machine["guest"] == "ledger":
            images = [(machine["name"], index, disk["homePath"]) for index, disk in enumerate(machine["disks"])]
            yield from ledger.judge(images, [line for part in parts for line in part], "live")
    for group in report["groups"]:
        yield from judge_group(group["name"], [m for m in report["machines"] if m["name"] in group["machines"]])


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
