#!/usr/bin/env python3
"""Judges a vault's audit log from the output of `homeward audit show --output json`, without any program of ours.

  audit.py LOG.json [--head SEQ:HASH]...

Computes each record's hash from the bytes that audit.proto names, and follows the chain from record 1. A kept head must
be met on the way. Then the records are judged as a story: what a job tells comes after it was made and before it ended,
it ends once, generations of an item only rise, and the vault's epoch never falls within one life of its store.
Prints one finding a line and a last line with the verdict. Exit: 0 as it must be, 1 not, 2 cannot judge.
"""
import argparse
import hashlib
import json
import sys

FORM = b"homeward.audit.v1\0"
NONE = bytes(32)
TEXTS = ("store", "kind", "item", "group", "job", "step", "operation", "person", "peer", "requestId", "text")


class Unjudgeable(Exception):
    pass


def counted(text):
    octets = text.encode("utf-8")
    return len(octets).to_bytes(4, "big") + octets


def canonical(record):
    out = FORM + bytes.fromhex(record["previousHash"])
    out += record["sequence"].to_bytes(8, "big")
    out += record["atUnixUs"].to_bytes(8, "big", signed=True)
    out += record["vaultEpoch"].to_bytes(8, "big")
    out += b"".join(counted(record[name]) for name in TEXTS)
    out += len(record["facts"]).to_bytes(4, "big")
    return out + b"".join(counted(fact["name"]) + counted(fact["value"]) for fact in record["facts"])


def chain(records, heads):
    """Findings of the chain; the first record that does not fit is the last that is judged."""
    before, missing = (0, NONE), dict(heads)
    for record in records:
        number = before[0] + 1
        if record["sequence"] != number:
            yield f"record {number} is missing: the next one is {record['sequence']}"
            return
        if bytes.fromhex(record["previousHash"]) != before[1]:
            yield f"record {number} does not follow the one before it"
            return
        digest = hashlib.sha256(canonical(record)).digest()
        if digest.hex() != record["hash"]:
            yield f"record {number} is not as it was written"
            return
        if missing.pop(number, digest) != digest:
            yield f"record {number} is another one than the kept head"
            return
        before = (number, digest)
    for number in sorted(missing):
        yield f"record {number} of a kept head is missing: the log ends at {before[0]}"


def story(records):
    made, ended, generations, epochs = set(), set(), {}, {}
    for record in records:
        number, kind, job = record["sequence"], record["kind"], record["job"]
        if kind == "job-created":
            if job in made:
                yield f"record {number}: {job} is made twice"
            made.add(job)
        elif any(fact["name"] == "journal" for fact in record["facts"]):
            if job not in made:
                yield f"record {number}: {job} tells before it was made"
            if job in ended:
                yield f"record {number}: {job} tells after it ended"
            if kind == "job-ended":
                ended.add(job)
        if kind == "generation-minted":
            minted = int(next(fact["value"] for fact in record["facts"] if fact["name"] == "generation"))
            if minted <= generations.get(record["item"], 0):
                yield f"record {number}: {record['item']} gets generation {minted} after a higher one"
            generations[record["item"]] = minted
        if record["vaultEpoch"] < epochs.get(record["store"], 0):
            yield f"record {number}: the vault's epoch falls to {record['vaultEpoch']}"
        epochs[record["store"]] = record["vaultEpoch"]


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            records = json.load(file)
        for record in records:
            for name in TEXTS + ("previousHash", "hash"):
                if not isinstance(record[name], str):
                    raise ValueError(f"{name} is no text")
            for name in ("sequence", "atUnixUs", "vaultEpoch"):
                if not isinstance(record[name], int):
                    raise ValueError(f"{name} is no number")
            for fact in record["facts"]:
                fact["name"], fact["value"] = str(fact["name"]), str(fact["value"])
        return records
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unjudgeable(f"{path}: {type(error).__name__} {error}") from None


def kept(text):
    sequence, _, digest = text.strip().partition(":")
    return int(sequence), bytes.fromhex(digest)


def main():
    parser = argparse.ArgumentParser(description="Judges a vault's audit log.")
    parser.add_argument("log")
    parser.add_argument("--head", action="append", default=[], type=kept)
    options = parser.parse_args()
    try:
        records = read(options.log)
    except Unjudgeable as error:
        print(f"cannot judge: {error}")
        return 2
    try:
        findings = list(chain(records, options.head)) or list(story(records))
    except (ValueError, OverflowError, StopIteration, RuntimeError) as error:
        findings = [f"a record holds what none can hold: {error}"]
    for finding in findings:
        print(finding)
    head = f"{records[-1]['sequence']}:{records[-1]['hash']}" if records else "none"
    print(f"{len(records)} records, {len(findings)} findings; head {head}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
