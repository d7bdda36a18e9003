#!/usr/bin/env python3
"""Judges disk images against the acknowledgement logs of ledger guests. Reads files only.

  ledger.py IMAGE... --log LOG... [--mode live|prefix|durable] [--prefix] [--together] [--application-consistent]
             [--planned]
  ledger.py replay --base IMAGE --live IMAGE --log LOG... [--machine M] [--disk N]

An IMAGE is PATH, or MACHINE:DISK=PATH; plain paths are disks 0, 1, 2... of the only machine in the logs.
Logs of one machine are given in the order of their generations. The rules: README.md beside this file.
Prints one finding a line and a last line with the verdict. Exit: 0 as it must be, 1 not, 2 cannot judge.
"""
import argparse
import hashlib
import json
import struct
import sys

BLOCK = 4096
MAGIC = b"HWLEDGR1"
ZERO = bytes(BLOCK)
MASK = (1 << 64) - 1
# Kinds of records that begin and end a transaction, and the block of a machine's first disk where they stand.
BEGIN, END, MARK = 3, 4, 1
EVENTS = {"start", "resume", "found", "issue", "ack", "fail"}
KINDS = {"write", "zero", "trim", "flush", "store", "remove"}


class Unjudgeable(Exception):
    pass


class Log:
    """Lines of a log that may still grow. A broken line is accepted at the end or before a start: what a killed process
    left."""

    def __init__(self, path):
        self.path, self.size, self.count, self.broken = path, 0, 0, None

    def more(self, to_end=False):
        """Lines that are whole and new. `to_end`: what stands behind the last whole one is a line too."""
        with open(self.path, "rb") as file:
            file.seek(self.size)
            text = file.read()
        if not to_end:
            text = text[:text.rfind(b"\n") + 1]
        self.size += len(text)
        lines = []
        for part in text.removesuffix(b"\n").split(b"\n") if text else ():
            self.count += 1
            if part:
                self.take(part, lines)
        return lines

    def take(self, text, lines):
        try:
            line = json.loads(text.decode("utf-8"))
            if line["event"] not in EVENTS:
                raise ValueError("unknown event")
            line["machine"], line["generation"] = str(line["machine"]), int(line["generation"])
            if line["event"] not in ("start", "resume"):
                if line["kind"] not in KINDS:
                    raise ValueError("unknown kind")
                for key in ("disk", "offset", "length", "sequence"):
                    line[key] = int(line[key])
        except (ValueError, KeyError, TypeError) as error:
            if self.broken:
                raise Unjudgeable(self.broken)
            self.broken = f"{self.path} line {self.count}: {error}"
            return
        if self.broken and line["event"] != "start":
            raise Unjudgeable(self.broken)
        self.broken = None
        lines.append(line)


def read_log(path):
    return Log(path).more(to_end=True)


def decode(block):
    """('zero',) | ('damaged',) | ('unrelated',) | ('record', fields, sha256)"""
    if block == ZERO:
        return ("zero",)
    if not block.startswith(MAGIC):
        return ("unrelated",)
    if hashlib.sha256(block[:4064]).digest() != block[4064:]:
        return ("damaged",)
    kind, disk, machine, number, sequence, generation, _previous, on_machine, on_generation, on_sequence = \
        struct.unpack(">II32sQQQ32s32sQQ", block[8:152])
    if kind not in (1, 2, 3, 4):
        return ("damaged",)
    fields = {
        "kind": kind, "place": (disk, number), "machine": machine.split(b"\0")[0].decode("utf-8", "replace"),
        "identity": (generation, sequence),
        "dependency": (on_machine.split(b"\0")[0].decode("utf-8", "replace"), (on_generation, on_sequence)),
    }
    return ("record", fields, hashlib.sha256(block).hexdigest())


class Entry:
    def __init__(self, line, position, acknowledged):
        self.kind, self.identity = line["kind"], (line["generation"], line["sequence"])
        self.sha256, self.issued, self.acknowledged = line.get("sha256", ""), position, acknowledged
        self.issued_at = self.acknowledged_at = line.get("t_us", 0)

    def __str__(self):
        return f"{self.kind} sequence {self.identity[1]} generation {self.identity[0]}"


class Life:
    """The logged life of every block of a machine, as far as the log goes.

    `planned`: nobody ever chose an older point, so that what was acknowledged must be there at each resume."""

    def __init__(self, name, planned=False):
        self.name, self.planned, self.entries, self.places, self.discarded, self.flushed = name, planned, {}, {}, {}, {}
        self.known_lost, self.before, self.pending, self.position = [], {}, {}, 0

    def add(self, log):
        """What follows in the log; other machines' lines are passed over."""
        for position, line in enumerate(log, self.position):
            if line["machine"] != self.name:
                continue
            event = line["event"]
            if event != "found":
                self.known_lost += self.lost_since(self.before)
                self.before = {}
            if event == "start":
                self.pending = {}
            elif event == "resume":
                if self.planned or any(
                        e.identity[0] == line["generation"] for h in self.entries.values() for e in h):
                    self.before = self.entries
                self.discard()
            elif event == "found":
                self.append(line, position, position)
            elif event == "issue" and line["kind"] == "flush":
                self.pending[line["disk"]] = position
            elif event == "issue":
                self.append(line, position, None)
            elif event == "ack" and line["kind"] == "flush":
                if line["disk"] in self.pending:
                    self.flushed[line["disk"]] = self.pending.pop(line["disk"])
            elif event == "ack":
                known = self.places.get((line["generation"], line["sequence"]))
                if known:
                    entry = self.entries[known[0]][known[1]]
                    entry.acknowledged, entry.acknowledged_at = position, line.get("t_us", 0)
        self.position += len(log)
        return self

    def append(self, line, position, acknowledged):
        entry, place = Entry(line, position, acknowledged), (line["disk"], line["offset"] // BLOCK)
        history = self.entries.setdefault(place, [])
        self.places[entry.identity] = (place, len(history))
        history.append(entry)
        if line["event"] == "found":
            self.discarded.get(place, set()).discard(entry.sha256)

    def discard(self):
        for place, history in self.entries.items():
            gone = {entry.sha256 for entry in history if entry.kind == "write"}
            self.discarded.setdefault(place, set()).update(gone)
        self.entries, self.places, self.flushed = {}, {}, {}

    def lost_at_resume(self):
        return self.known_lost + list(self.lost_since(self.before))

    def lost_since(self, before):
        for place in sorted(before):
            history, found = before[place], self.entries.get(place)
            last = -1
            for index, entry in enumerate(history):
                if entry.sha256 == found[0].sha256 if found else entry.kind != "write":
                    last = index
            for entry in history[last + 1:]:
                if entry.kind != "trim" and entry.acknowledged is not None:
                    yield place, entry
                    break


class Machine:
    """What the images of a machine show of its life."""

    def __init__(self, life):
        self.name, self.life, self.entries, self.places = life.name, life, life.entries, life.places
        self.seen, self.disks, self.included, self.horizon = {}, set(), {}, -1
        self.newest_issue = None

    def scan(self, disk, path):
        self.disks.add(disk)
        with open(path, "rb") as file:
            number = 0
            while True:
                block = file.read(BLOCK)
                if len(block) < BLOCK:
                    break
                seen = decode(block)
                if seen[0] != "zero":
                    self.seen[(disk, number)] = seen
                number += 1

    def own(self, place, seen):
        return seen[1]["machine"] == self.name and seen[1]["place"] == place

    def matching(self, place, seen):
        """Index in the block's history of exactly this content, or None."""
        known = self.places.get(seen[1]["identity"])
        if known and known[0] == place and self.entries[place][known[1]].sha256 == seen[2]:
            return known[1]
        return None

    def find_horizon(self):
        for place, seen in self.seen.items():
            if seen[0] == "record" and self.own(place, seen):
                index = self.matching(place, seen)
                if index is not None:
                    entry = self.entries[place][index]
                    self.horizon = max(self.horizon, entry.issued)
                    self.newest_issue = max(self.newest_issue or entry.issued_at, entry.issued_at)

    def judge(self, mode):
        for place, entry in self.life.lost_at_resume():
            yield "lost", place, f"{entry} was acknowledged and gone at a resume"
        known = {place for place in self.entries if place[0] in self.disks}
        for place in sorted(known | set(self.seen)):
            seen, history = self.seen.get(place, ("zero",)), self.entries.get(place, [])
            if seen[0] == "unrelated":
                if history:
                    yield "torn", place, "not a ledger record"
            elif seen[0] == "damaged":
                yield "torn", place, "checksum is wrong"
            elif seen[0] == "zero":
                last = max((i for i, e in enumerate(history) if e.kind != "write"), default=-1)
                yield from self.judge_missing(place, history, last, True, mode)
            elif not self.own(place, seen):
                fields = seen[1]
                home = self.seen.get(fields["place"])
                copied = fields["machine"] == self.name and home and home[0] == "record" and home[2] == seen[2]
                disk, block = fields["place"]
                yield ("duplicated" if copied else "misdirected"), place, \
                    f"record of {fields['machine']}:{disk} block {block}"
            else:
                last = self.matching(place, seen)
                generation, sequence = seen[1]["identity"]
                if last is not None:
                    while last + 1 < len(history) and history[last + 1].kind == "trim":
                        last += 1
                    yield from self.judge_missing(place, history, last, False, mode)
                elif seen[2] in self.life.discarded.get(place, ()):
                    yield "resurrected", place, f"sequence {sequence} was left behind by a resume"
                else:
                    yield "foreign", place, f"generation {generation} sequence {sequence} was not issued so"

    def judge_missing(self, place, history, last, is_zero, mode):
        self.included[place] = last
        flushed = self.life.flushed.get(place[0], -1) if mode == "durable" else -1
        for entry in history[last + 1:]:
            if entry.kind == "trim" or entry.acknowledged is None:
                continue
            if mode == "live" or entry.acknowledged < flushed:
                if not is_zero and entry.kind == "zero":
                    yield "resurrected", place, f"erased by {entry}"
                else:
                    yield "lost", place, f"{entry} was acknowledged"
                return
            if entry.acknowledged < self.horizon:
                yield "reordered", place, f"{entry} was acknowledged before a change that is present was issued"
                return

    def judge_dependencies(self, machines):
        for place, seen in sorted(self.seen.items()):
            if seen[0] != "record" or not self.own(place, seen):
                continue
            name, identity = seen[1]["dependency"]
            other = machines.get(name)
            target = other.places.get(identity) if other else None
            if target and target[0][0] in other.disks and other.included.get(target[0], target[1]) < target[1]:
                yield "inconsistent", place, f"depends on {name} sequence {identity[1]}, which is missing"

    def judge_together(self, horizon, newest):
        """What is missing although it was acknowledged before a change of another machine was issued."""
        for place, last in sorted(self.included.items()):
            for entry in self.entries.get(place, [])[last + 1:]:
                if entry.kind == "trim" or entry.acknowledged is None:
                    continue
                if entry.acknowledged >= self.horizon and entry.acknowledged_at < horizon:
                    yield "inconsistent", place, \
                        f"{entry} was acknowledged before a change of {newest} that is present was issued"
                    break


def unfinished(path):
    """Of a machine's first disk: what the mark of transactions says, when one is in flight."""
    with open(path, "rb") as file:
        file.seek(MARK * BLOCK)
        block = file.read(BLOCK)
    seen = decode(block) if len(block) == BLOCK else ("zero",)
    if seen[0] == "record" and seen[1]["kind"] == BEGIN:
        return f"the transaction that sequence {seen[1]['identity'][1]} began is in flight"
    return None


def judge(images, log, mode, together=False, application_consistent=False, planned=False):
    lives = {name: Life(name, planned).add(log) for name, _, _ in images}
    return judge_lives(images, lives, mode, together, application_consistent)


def judge_lives(images, lives, mode, together=False, application_consistent=False):
    """The same, of lives by the names of their machines."""
    machines = {}
    for name, disk, path in images:
        if name not in machines:
            machines[name] = Machine(lives[name])
        machines[name].scan(disk, path)
    findings = []
    for name in sorted(machines):
        machines[name].find_horizon()
        findings += [(fault, name, place, detail) for fault, place, detail in machines[name].judge(mode)]
    for name in sorted(machines):
        findings += [
            (fault, name, place, detail) for fault, place, detail in machines[name].judge_dependencies(machines)]
    if application_consistent:
        for name, disk, path in images:
            detail = unfinished(path) if disk == 0 else None
            if detail:
                findings.append(("unfinished", name, (0, MARK), detail))
    newest = [(machines[name].newest_issue, name) for name in sorted(machines)]
    newest = [pair for pair in newest if pair[0] is not None]
    if together and mode != "live" and newest:
        horizon = max(at for at, _ in newest)
        whose = [name for at, name in newest if at == horizon][0]
        for name in sorted(machines):
            findings += [
                (fault, name, place, detail)
                for fault, place, detail in machines[name].judge_together(horizon, whose)]
    return findings


def splitmix64(seed, count):
    out, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        out.append(z ^ (z >> 31))
    return struct.pack(f">{count}Q", *out)


def pattern(seed, length):
    out = bytearray()
    counter = 0
    while len(out) < length:
        out += hashlib.sha256(struct.pack(">QQ", seed, counter)).digest()
        counter += 1
    return bytes(out[:length])


def content(line):
    """The bytes that an issued write put on the disk, rebuilt from its line."""
    if "previous" not in line:
        return pattern(line["seed"], line["length"])
    kind = {"begin": BEGIN, "end": END}.get(line.get("transaction"), 2 if line["superblock"] else 1)
    head = MAGIC + struct.pack(
        ">II32sQQQ32s32sQQQ", kind, line["disk"], line["machine"].encode(),
        line["offset"] // BLOCK, line["sequence"], line["generation"], bytes.fromhex(line["previous"]),
        line.get("depends_machine", "").encode(), line.get("depends_generation", 0),
        line.get("depends_sequence", 0), line["seed"])
    head += splitmix64(line["seed"], (4064 - len(head)) // 8)
    return head + hashlib.sha256(head).digest()


def replay(base, live, log, machine, disk):
    with open(base, "rb") as file:
        image = bytearray(file.read())
    with open(live, "rb") as file:
        actual = file.read()
    problems, issued, uncertain = [], {}, set()

    def sectors(line):
        return range(line["offset"] // 512, (line["offset"] + line["length"] + 511) // 512)

    for line in log:
        if line["machine"] != machine or line.get("disk") != disk or line.get("kind") == "flush":
            continue
        if line["event"] not in ("issue", "ack"):
            continue
        key = (line["generation"], line["sequence"], line["kind"], line["offset"])
        if line["event"] == "issue":
            issued[key] = line
            continue
        issue = issued.pop(key, None)
        if issue is None or issue["offset"] + issue["length"] > len(image):
            continue
        start, end = issue["offset"], issue["offset"] + issue["length"]
        if issue["kind"] == "write":
            data = content(issue)
            if hashlib.sha256(data).hexdigest() != issue["sha256"]:
                problems.append(f"log: sequence {issue['sequence']} does not give bytes of its sha256")
                continue
            image[start:end] = data
        elif issue["kind"] == "zero":
            image[start:end] = bytes(end - start)
        if issue["kind"] == "trim":
            uncertain.update(sectors(issue))
        else:
            uncertain.difference_update(sectors(issue))
    for line in issued.values():
        uncertain.update(sectors(line))
    if len(actual) != len(image):
        return problems + [f"size: base {len(image)}, live {len(actual)}"], len(uncertain)
    for start in range(0, len(image), 512):
        if image[start:start + 512] != actual[start:start + 512] and start // 512 not in uncertain:
            problems.append(f"differs at {start}")
    return problems, len(uncertain)


def only_machine(log):
    names = sorted({line["machine"] for line in log})
    if len(names) != 1:
        raise Unjudgeable(f"name the machine: the logs have {names}")
    return names[0]


def parse_images(arguments, log):
    images = []
    for number, argument in enumerate(arguments):
        name, separator, path = argument.partition("=")
        machine, colon, disk = name.rpartition(":")
        if separator and colon and disk.isdigit():
            images.append((machine, int(disk), path))
        else:
            images.append((only_machine(log), number, argument))
    return images


def main(arguments):
    if arguments[:1] == ["replay"]:
        parser = argparse.ArgumentParser(prog="ledger.py replay")
        parser.add_argument("--base", required=True)
        parser.add_argument("--live", required=True)
        parser.add_argument("--log", required=True, action="append")
        parser.add_argument("--machine")
        parser.add_argument("--disk", type=int, default=0)
        options = parser.parse_args(arguments[1:])
        log = [line for path in options.log for line in read_log(path)]
        problems, unjudged = replay(
            options.base, options.live, log, options.machine or only_machine(log), options.disk)
        for problem in problems[:100]:
            print(problem)
        print(f"{'differs' if problems else 'same'}: {len(problems)} problems, {unjudged} sectors unjudged")
        return 1 if problems else 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="+")
    parser.add_argument("--log", required=True, action="append")
    parser.add_argument("--mode", choices=["live", "prefix", "durable"], default="live")
    parser.add_argument("--prefix", action="store_const", dest="mode", const="prefix")
    parser.add_argument("--together", action="store_true", help="the images are one cut over all machines")
    parser.add_argument(
        "--application-consistent", action="store_true", help="the guests stood still: no transaction is in flight")
    parser.add_argument("--planned", action="store_true", help="no older point was ever chosen: nothing may be gone")
    options = parser.parse_args(arguments)
    log = [line for path in options.log for line in read_log(path)]
    findings = judge(
        parse_images(options.image, log), log, options.mode, options.together, options.application_consistent,
        options.planned)
    for fault, name, (disk, block), detail in findings:
        print(f"{fault} {name}:{disk} block {block}: {detail}")
    print(f"{'bad' if findings else 'good'}: {len(findings)} findings, mode {options.mode}")
    return 1 if findings else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Unjudgeable, OSError) as error:
        print(f"cannot judge: {error}", file=sys.stderr)
        sys.exit(2)
