#!/usr/bin/env python3
"""Every recovery point of machines that write for ten minutes is judged while they go on, by the outside checkers.

One machine by itself and two of a replication group write as fast as their guests were told to. Each point that is
applied is read through its view, all disks: it must be an exact prefix of what its machine was told (ledger.py), and
have the digest root that the source sent with it (digests.py, which hashes the blocks that changed since the point
before). Each group point is read as a whole, and must be one consistent cut. One that was made and could not be judged
before retention took it is a failure. In the end views that were read before are read again, and are what they were.

Usage: loaded_run.py BIN_DIR [SECONDS] [SEED]. Ends every process that it started. Standard library only.
"""
import hashlib
import pathlib
import random
import sys
import tempfile
import time

import standing
from standing import fail, until

import digests  # noqa: E402
import ledger  # noqa: E402

sys.path.insert(0, str(standing.ROOT / "Tests/Bench/data"))
import calls  # noqa: E402

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 600
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
SINGLE, GROUP = "app-01", ("db-01", "web-01")
DISKS = (8, 8)  # MiB
RATE = 60  # records a second of each guest
INTERVAL = 5  # seconds between points
FEWEST = SECONDS / INTERVAL / 4  # points of each machine; a busy computer makes fewer than it should
TARGET = ("127.0.2.4", 7100)


class Lab(standing.Lab):
    def prepare(self):
        self.lab("up")
        # As many as are made: on a busy computer the judge comes later.
        self.run("policies", "update", "default-forward", "--keep-points", "500")
        for number, machine in enumerate((SINGLE, *GROUP)):
            self.run("lab", "add-machine", machine, "--dir", str(self.root), "--seed", str(SEED * 10 + number),
                     "--rate", str(RATE), "--disks-mib", ",".join(map(str, DISKS)))
            self.run("protect", machine, "--interval", f"{INTERVAL}s",
                     *(["--group", "shop"] if machine in GROUP else []))
        self.items = {machine: self.look("items", "show", machine)["id"].split("/")[-1] for machine in (SINGLE, *GROUP)}
        self.channel = calls.Channel(*TARGET)
        self.trees = {(machine, disk): digests.Tree() for machine in self.items for disk in range(len(DISKS))}
        self.views, self.changed, self.kept = {}, 0, {}
        self.logs = {machine: ledger.Log(self.log_path("home", machine)) for machine in self.items}
        self.lives = {machine: ledger.Life(machine) for machine in self.items}

    def applied(self, machine):
        """Points with their roots by disk, as the master target has them from the source; oldest first."""
        answer = calls.fields(self.channel.call("/homeward.target.v1.TargetControl/ListPoints",
                                                calls.message((1, self.items[machine]), (2, 500))))
        found = {}
        for point in map(calls.fields, answer.get(1, [])):
            if calls.integer(point, 9):
                found[calls.integer(point, 1)] = [calls.fields(root)[2][0] for root in point.get(11, [])]
            if point.get(13):
                fail(f"point {calls.integer(point, 1)} of {machine} is damaged: {point[13]}")
        return dict(sorted(found.items()))

    def view(self, machine, number, name="view"):
        """All disks of a point, in files; None if it is gone."""
        out = []
        for disk in range(len(DISKS)):
            path = self.root / f"{name}-{machine}-{disk}.raw"
            path.unlink(missing_ok=True)
            cause = "its content broke off"
            try:
                pieces = list(self.channel.answers("/homeward.target.v1.TargetControl/ReadPoint", calls.message(
                    (1, self.items[machine]), (2, int(number)), (4, disk))))
            except calls.Refused as refusal:
                pieces, cause = [], refusal
            with open(path, "wb") as file:
                for piece in map(calls.fields, pieces):
                    file.write(piece.get(2, [b""])[0] or bytes(calls.integer(piece, 3)))
            # The status of a call that was refused after its first answers is not decoded.
            if path.stat().st_size != DISKS[disk] << 20:
                if int(number) in self.applied(machine):
                    fail(f"point {number} of {machine} cannot be read: {cause}")
                return None
            out.append(path)
        return out

    def judge(self, machines, images, together=False):
        for machine in machines:
            self.lives[machine].add(self.logs[machine].more())
        return ledger.judge_lives(images, self.lives, "prefix", together=together)

    def point(self, machine, number, roots):
        """Judges one point; False if it is gone."""
        view = self.view(machine, number, f"point-{number}")
        if not view:
            return False
        seen = hashlib.sha256()
        for disk, (path, expected) in enumerate(zip(view, roots, strict=True)):
            content = path.read_bytes()
            root, changed = self.trees[machine, disk].root(content)
            self.changed += changed
            if root != expected:
                fail(f"point {number} of {machine}: the root of disk {disk} is {root.hex()}, sent was {expected.hex()}")
            seen.update(content)
        findings = self.judge([machine], [(machine, disk, str(path)) for disk, path in enumerate(view)])
        if findings:
            fail(f"point {number} of {machine}: {len(findings)} findings: {findings[:3]}")
        self.views[machine, number] = seen.digest()
        if machine in GROUP:
            self.kept[machine, number] = view
        else:
            self.drop(view)
        return True

    @staticmethod
    def drop(view):
        for path in view:
            path.unlink()

    def common(self, name, members):
        """Judges one group point; False if it is gone."""
        images = []
        for machine, number in members.items():
            # Of a member that was judged by itself a moment ago the same images.
            view = self.kept.get((machine, int(number))) or self.view(machine, number)
            if not view:
                return False
            images += [(machine, disk, str(path)) for disk, path in enumerate(view)]
        findings = self.judge(members, images, together=True)
        if findings:
            fail(f"{name}: {len(findings)} findings: {findings[:3]}")
        for machine, number in [key for key in self.kept if key[1] < int(members[key[0]])]:
            self.drop(self.kept.pop((machine, number)))
        return True

    def again(self, machine, number):
        view = self.view(machine, number)
        if not view:
            return False
        seen = hashlib.sha256()
        for path in view:
            seen.update(path.read_bytes())
        if seen.digest() != self.views[machine, number]:
            fail(f"point {number} of {machine} is another one than when it was read first")
        return True


def group_points(lab):
    """Those that exist, oldest first: name, and each member's number by its name."""
    found = {}
    for point in reversed(lab.look("groups", "points", "shop") or []):
        if point["exists"]:
            found[point["name"]] = dict(part.split(": ") for part in point["members"])
    return found


def campaign(lab):
    lab.prepare()
    judged = {machine: set() for machine in lab.items}
    first = {machine: max(until("a point", lambda: lab.applied(machine))) for machine in lab.items}
    common, missed = set(), []
    skipped = set(group_points(lab))
    deadline, told, is_last = time.monotonic() + SECONDS, time.monotonic(), False
    while not is_last:
        # What was made until the end is looked at after it.
        is_last = time.monotonic() >= deadline
        for machine in lab.items:
            for number, roots in lab.applied(machine).items():
                if number > first[machine] and number not in judged[machine]:
                    judged[machine].add(number)
                    if not lab.point(machine, number, roots):
                        missed.append((machine, number))
        for name, members in group_points(lab).items():
            if name not in common and name not in skipped:
                common.add(name)
                if not lab.common(name, members):
                    missed.append(("shop", name))
        if time.monotonic() - told > 30:
            told = time.monotonic()
            lab.tell(f"{sum(map(len, judged.values()))} points and {len(common)} group points judged, "
                     f"{lab.changed} changed blocks hashed")
    if missed:
        fail(f"{len(missed)} points were gone before they were judged: {missed[:5]}")
    for machine, numbers in judged.items():
        if len(numbers) < FEWEST:
            fail(f"{len(numbers)} points of {machine} in {SECONDS:.0f} s")
    if len(common) < FEWEST:
        fail(f"{len(common)} group points in {SECONDS:.0f} s")
    dice, same = random.Random(SEED), 0
    for machine in lab.items:
        left = sorted(set(lab.applied(machine)) & judged[machine])
        same += sum(lab.again(machine, number) for number in dice.sample(left, min(8, len(left))))
    lab.tell(f"{same} views were read again, and are the same")
    return judged, common


with tempfile.TemporaryDirectory(prefix="homeward-loaded-") as folder:
    sites = Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        points, groups = campaign(sites)
    finally:
        sites.down()
counts = ", ".join(f"{len(numbers)} of {machine}" for machine, numbers in points.items())
print(f"passed: each point is a prefix with the root that was sent ({counts}), {len(groups)} group points are consistent")
