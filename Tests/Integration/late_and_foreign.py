#!/usr/bin/env python3
"""Calls that must have no effect, with real processes: a forward call that comes after its undo, and an assignment of
the generation that is held, with another token.

A failover is cancelled while the cloud's platform hangs, and unwinds; then its calls come, as a network that held them
back would deliver them: each is refused, and nothing of the item changes. Every holder of a generation is given the
same number with another token: each refuses it, and goes on. The machine then makes its whole cycle, and the
acknowledgement logs judge it.

The calls are made with `nghttp` (Debian: nghttp2-client). Usage: late_and_foreign.py BIN_DIR. Standard library only.
"""
import base64
import os
import pathlib
import re
import secrets
import signal
import struct
import subprocess
import sys
import tempfile
import time

import standing
from standing import MACHINE, fail, until

AGAIN = 5  # seconds after an unwinding until its source acknowledges writes
HOLDERS = {"cs-home": "127.0.1.2", "mt-cloud": "127.0.2.4", "ps-home": "127.0.1.3", "host-cloud": "127.0.2.1"}


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """Of a message: a number, or bytes, text or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def call(host, method, request):
    """What a component answers: 0, or a status with the name of the error."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(struct.pack(">BI", 0, len(request)) + request)
        body.flush()
        answer = subprocess.run(
            ["nghttp", "-v", "-n", f"--data={body.name}", "-H:method: POST", "-Hcontent-type: application/grpc",
             "-Hte: trailers", f"http://{host}:7100/{method}"], capture_output=True, text=True, timeout=30).stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", answer)
    status = re.search(r"grpc-status: (\d+)", plain)
    if not status:
        fail(f"{method} at {host} gave no status: {plain[-2000:]}")
    details = re.search(r"grpc-status-details-bin: (\S+)", plain)
    said = base64.b64decode(details.group(1) + "==") if details else b""
    names = re.findall(rb"[A-Z]+(?:_[A-Z]+)+", said)
    return int(status.group(1)), [name.decode() for name in names]


def key(job, item, step, target, epoch):
    return field(1, job) + field(2, item) + field(3, step) + field(5, target) + field(6, epoch)


def unwound(lab):
    """A failover that was given up while the cloud's platform hung, after home's copy was fenced; its job."""
    host = lab.component("host-cloud")
    os.kill(host, signal.SIGSTOP)
    job = lab.cancel_fenced_failover(host, lambda job: lab.look("jobs", "show", job)["state"] == "cancelling")
    until("the failover to be unwound", lambda: lab.look("jobs", "show", job)["state"] in ("cancelled", "failedUnwound"))
    count = len(lab.acknowledged("home"))
    until("home's writes", lambda: len(lab.acknowledged("home")) > count + 50)
    ended = lab.look("jobs", "show", job)["endedUnixUs"]
    generation = lab.item()["generation"]
    first = next(line["t_us"] for line in lab.acknowledged("home") if line["generation"] == generation)
    took = (first - ended) / 1e6
    if took > AGAIN:
        fail(f"home acknowledged its first write {took:.1f} s after the failover was unwound, more than {AGAIN}")
    lab.tell(f"home acknowledged its first write {took:+.2f} s from the end of the unwinding")
    return job.removeprefix("jobs/")


def replicates(lab, before):
    until("points and writes", lambda: lab.points()[0]["number"] > before + 2)
    item = lab.item()
    if item["phase"] != "protected (out)" or item["quarantine"]:
        fail(f"the item is {item}")


def late(lab, job, epoch):
    item = lab.item()["id"].removeprefix("items/")
    generation = lab.item()["generation"]
    foreign = field(1, generation - 1) + field(2, secrets.token_bytes(16))
    # What was undone is cancelled by its key; what was not reached is of a generation that is past.
    calls = {
        "PinPoint": ("OPERATION_CANCELLED", field(1, key(job, item, "pin", "pin", epoch)) + field(2, item)
                     + field(4, job)),
        "ReleaseReplica": ("STALE_GENERATION", field(1, key(job, item, "release", "replica", epoch))
                           + field(2, item) + field(3, foreign)),
    }
    for method, (wanted, request) in calls.items():
        before = lab.points()[0]["number"]
        status, names = call(HOLDERS["mt-cloud"], f"homeward.target.v1.TargetControl/{method}", request)
        if status == 0 or wanted not in names:
            fail(f"{method}, late: {status} {names}")
        lab.tell(f"{method} after its undo: refused, {wanted}")
        replicates(lab, before)
        if any(job in point["pins"] for point in lab.points()):
            fail("the late pin is there")


def foreign_token(lab, epoch):
    item, generation = lab.item()["id"].removeprefix("items/"), lab.item()["generation"]
    for name, host in HOLDERS.items():
        before = lab.points()[0]["number"]
        assignment = (field(1, item) + field(2, field(1, generation) + field(2, secrets.token_bytes(16)))
                      + field(3, 2) + field(4, 2))
        request = field(1, key("job-0000000000000bad", item, "assign", f"assign/{name}", epoch)) + field(2, assignment)
        status, names = call(host, "homeward.common.v1.Receiver/Assign", request)
        if status == 0 or "GENERATION_CONFLICT" not in names:
            fail(f"the generation that {name} holds, with another token: {status} {names}")
        lab.tell(f"generation {generation} with another token at {name}: refused, {names[0]}")
        replicates(lab, before)
    if lab.item()["generation"] != generation:
        fail(f"the item is at generation {lab.item()['generation']}")


def judge(lab):
    lab.judge()
    lab.tell("all acknowledged writes are at home; no two copies acknowledged at once")


def scenario(lab):
    lab.protect()
    until("recovery points", lambda: len(lab.points()) > 3)
    job = unwound(lab)
    epoch = max(component["epoch"] for component in lab.look("vault", "census")["components"])
    late(lab, job, epoch)
    foreign_token(lab, epoch)
    for verb in ("failover", "commit", "reprotect", "failback", "commit"):
        lab.say(verb, MACHINE)
    lab.say("audit", "verify")
    lab.lab("down")
    judge(lab)


with tempfile.TemporaryDirectory(prefix="homeward-late-") as folder:
    sites = standing.Lab(sys.argv[1], pathlib.Path(folder) / "lab")
    try:
        scenario(sites)
        print(f"late and foreign calls: passed ({time.monotonic() - sites.began:.1f} s)")
    finally:
        sites.down()
