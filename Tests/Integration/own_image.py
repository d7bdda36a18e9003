#!/usr/bin/env python3
"""A user's own image through the whole loop, recomputed from outside. Standard library only, reads files only.

own_image.py make IMAGE WRITES            writes an 8 MiB image of mixed content and a script for all three phases
own_image.py check IMAGE WRITES REPORT    the hand-over image is IMAGE + home + cloud writes, the live disk + home2
"""
import hashlib
import json
import random
import struct
import sys

SIZE = 8 << 20


def content(seed, length):
    """The first `length` bytes of SHA-256(seed ‖ counter), both 8-byte big-endian, counter 0, 1, 2 …"""
    out = bytearray()
    counter = 0
    while len(out) < length:
        out += hashlib.sha256(struct.pack(">QQ", seed, counter)).digest()
        counter += 1
    return bytes(out[:length])


def make(image, writes):
    rng = random.Random(20180222)
    disk = bytearray(SIZE)
    for start in range(0, SIZE, 1 << 20):
        if rng.random() < 0.6:
            disk[start:start + (1 << 19)] = rng.randbytes(1 << 19)
    with open(image, "wb") as file:
        file.write(disk)
    with open(writes, "w") as file:
        for phase in ("home", "cloud", "home2"):
            for _ in range(60):
                length = 512 * rng.choice((1, 3, 8, 64, 257))
                offset = 512 * rng.randrange((SIZE - length) // 512 + 1)
                line = {"phase": phase, "disk": 0, "offset": offset, "length": length, "seed": rng.getrandbits(63)}
                file.write(json.dumps(line) + "\n")
            file.write(json.dumps({"phase": phase, "disk": 0, "offset": SIZE - 512, "length": 512, "seed": 7}) + "\n")


def check(image, writes, report):
    disk = bytearray(open(image, "rb").read())
    lines = [json.loads(line) for line in open(writes)]

    def apply(phases):
        for line in lines:
            if line["phase"] in phases:
                disk[line["offset"]:line["offset"] + line["length"]] = content(line["seed"], line["length"])

    machine = next(m for m in json.load(open(report))["machines"] if m["name"] == "user-01")
    apply({"home"})
    apply({"cloud"})
    if open(machine["disks"][0]["homeImageAtHandover"], "rb").read() != disk:
        raise SystemExit("the hand-over image is not the image with exactly the home and cloud writes")
    apply({"home2"})
    if open(machine["disks"][0]["homePath"], "rb").read() != disk:
        raise SystemExit("the live disk is not the hand-over image with exactly the home2 writes")
    print("own image: hand-over and live disk as recomputed")


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
