#!/usr/bin/env python3
"""A protected machine's disks, as its running mobility agent exports them, in the hands of other NBD clients.

A lab with real processes, an idle machine, replication on all the while: nbdinfo with its map, nbdcopy both ways,
qemu-img convert, compare and map, qemu-io patterns, fio by eight jobs at once with trims, flushes and verification,
over the agent's unix socket; QEMU's over TCP as well, with the operator's certificate. In the end a recovery point
must equal each disk, byte by byte. With --boot, in place of all that, QEMU boots a guest from the export, whose boot
sector reads, sums up, writes and reads back by the BIOS (see boot/boot.S).

Usage: nbd_agent.py BIN_DIR [--boot]. Prints one line a check; exit 0 only if all passed. Ends every process that it
started. Standard library only.
"""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(sys.argv[1]).resolve()
MACHINE, SIZES = "app-01", (16 << 20, 32 << 20)
PATIENCE = 60  # seconds for any one command or wait
BLOCK = 4096
BOOT = {"first": 64 * 512, "length": 2 << 20, "written": 512 << 10, "target": 8192 * 512, "key": 0x5AA5C33C}


class Failed(Exception):
    pass


def tool(*arguments, status=0):
    """Its words; those of qemu-io are judged too, because it may end well after a failed command."""
    answer = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=PATIENCE)
    said = answer.stdout + answer.stderr
    if answer.returncode != status:
        raise Failed(f"{arguments[0]} ended with {answer.returncode}: {said}")
    if arguments[0] == "qemu-io" and any(word in said.lower() for word in ("error", "failed", "verification")):
        raise Failed(said)
    return answer.stdout


class Lab:
    def __init__(self, root):
        self.root = root

    def homeward(self, *arguments):
        environment = dict(
            os.environ, HOMEWARD_VAULT="vault@127.0.2.2:7100", HOMEWARD_IDENTITY=str(self.root / "operator"))
        answer = subprocess.run(
            [BIN / "homeward", *arguments], capture_output=True, text=True, timeout=2 * PATIENCE, env=environment)
        if answer.returncode != 0:
            raise Failed(f"homeward {' '.join(arguments)}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def lab(self, *arguments):
        return self.homeward("lab", *arguments, "--dir", str(self.root))

    def stand(self):
        self.lab("up", "--tls")
        self.lab("add-machine", MACHINE, "--guest", "idle")
        self.homeward("protect", MACHINE)

    def uri(self, disk):
        return f"nbd+unix:///{MACHINE}-disk-{disk}?socket={self.root}/home/machines/{MACHINE}/nbd.sock"

    def points(self):
        return json.loads(self.homeward("points", MACHINE, "--output", "json"))

    def equals_a_point(self, disk, content):
        """A point that holds what was acknowledged and flushed comes within seconds, and is the disk."""
        number = None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            newest = next((point["number"] for point in self.points() if point["applied"]), None)
            if newest is not None and newest != number:
                number = newest
                copy = self.root / f"point-{number}-{disk}.raw"
                self.homeward("points", "export", MACHINE, str(number), "--disk", str(disk), "--to", str(copy))
                if copy.read_bytes() == content:
                    return
                copy.unlink()
            time.sleep(0.2)
        raise Failed(f"no recovery point equals disk {disk}; the newest is {number}")


class Tools:
    """Checks against one lab; `disk` is a copy that each check leaves equal to disk 0."""

    def __init__(self, lab, scratch):
        self.lab, self.scratch = lab, scratch
        self.uri = lab.uri(0)
        generator = random.Random(4)
        self.blank = bytes(SIZES[0])
        self.image = bytearray(self.blank)
        self.image[: 6 << 20] = generator.randbytes(6 << 20)
        self.image[12 << 20 : 13 << 20] = generator.randbytes(1 << 20)

    def image_file(self):
        path = self.scratch / "image.raw"
        with open(path, "wb") as out:
            out.truncate(len(self.image))
            for start in range(0, len(self.image), BLOCK):
                block = self.image[start : start + BLOCK]
                if any(block):
                    out.seek(start)
                    out.write(block)
        return path

    def read_all(self, disk=0):
        path = self.scratch / "read.raw"
        tool("nbdcopy", self.lab.uri(disk), path)
        content = path.read_bytes()
        path.unlink()
        return content

    def same(self):
        if self.read_all() != bytes(self.image):
            raise Failed("what is read is not what was written")

    def nbdinfo(self):
        found = json.loads(tool("nbdinfo", "--json", self.uri))["exports"][0]
        expected = {
            "export-size": SIZES[0], "block_size_minimum": 512, "block_size_preferred": 4096,
            "block_size_maximum": 33554432, "contexts": ["base:allocation"], "is_read_only": False,
        }
        for flag in ("can_flush", "can_fua", "can_trim", "can_zero", "can_multi_conn", "can_df"):
            expected[flag] = True
        wrong = {key: found.get(key) for key, value in expected.items() if found.get(key) != value}
        if wrong:
            raise Failed(f"nbdinfo says {wrong}")
        listed = json.loads(tool("nbdinfo", "--list", "--json", self.uri.replace(f"{MACHINE}-disk-0", "")))
        names = sorted(export["export-name"] for export in listed["exports"])
        if names != [f"{MACHINE}-disk-{disk}" for disk in range(len(SIZES))]:
            raise Failed(f"exports are {names}")

    def extents(self, image=None):
        """(offset, length, type) as nbdinfo sees them; they must tile the disk, and holes must be zero."""
        image = image or self.image
        extents = [(e["offset"], e["length"], e["type"]) for e in json.loads(tool("nbdinfo", "--map", "--json", self.uri))]
        position = 0
        for offset, length, kind in extents:
            if offset != position or length <= 0 or kind not in (0, 3):
                raise Failed(f"extents {extents}")
            if kind == 3 and any(image[offset : offset + length]):
                raise Failed(f"{length} bytes at {offset} are called zero and are not")
            position += length
        if position != SIZES[0]:
            raise Failed(f"the map ends at {position}")
        return extents

    def blank_map(self):
        if self.extents(self.blank) != [(0, SIZES[0], 3)]:
            raise Failed("a blank disk is not one hole")

    def copy_in(self):
        tool("nbdcopy", "--flush", self.image_file(), self.uri)
        self.same()

    def map(self):
        wanted = [(0, 6 << 20, 0), (6 << 20, 6 << 20, 3), (12 << 20, 1 << 20, 0), (13 << 20, 3 << 20, 3)]
        if self.extents() != wanted:
            raise Failed(f"extents {self.extents()}")
        mapped = json.loads(tool("qemu-img", "map", "--output=json", "-f", "raw", self.uri))
        if [(e["start"], e["length"], 3 if e["zero"] and not e["data"] else 0) for e in mapped] != wanted:
            raise Failed(f"qemu-img map: {mapped}")

    def compare(self):
        tool("qemu-img", "compare", "-f", "raw", "-F", "raw", self.uri, self.image_file())
        other = self.scratch / "other.raw"
        other.write_bytes(bytes(self.image[:-1]) + b"\1")
        tool("qemu-img", "compare", "-f", "raw", "-F", "raw", self.uri, other, status=1)
        other.unlink()

    def convert(self):
        qcow = self.scratch / "copy.qcow2"
        tool("qemu-img", "convert", "-f", "raw", "-O", "qcow2", self.uri, qcow)
        tool("qemu-img", "compare", "-f", "qcow2", "-F", "raw", qcow, self.image_file())
        self.image[1 << 20 : 2 << 20] = bytes(1 << 20)
        self.image[13 << 20 : 14 << 20] = random.Random(5).randbytes(1 << 20)
        tool("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", self.image_file(), self.uri)
        self.same()
        self.extents()

    def patterns(self):
        tool(
            "qemu-io", "-f", "raw", "-c", "write -f -P 0x5a 4096 8192", "-c", "flush", "-c", "read -P 0x5a 4096 8192",
            "-c", "write -P 0xa5 5120 512", "-c", "read -P 0xa5 5120 512", "-c", "read -P 0x5a 5632 512",
            "-c", "write -z 65536 65536", "-c", "write -z -u 262144 1M", "-c", "read -P 0 262144 1M",
            "-c", "discard 8M 1M", "-c", "read -P 0 8M 1M",
            "-c", "aio_write -P 1 9M 1M", "-c", "aio_write -P 2 10M 1M", "-c", "aio_flush",
            "-c", "read -P 1 9M 1M", "-c", "read -P 2 10M 1M", "-c", "flush", self.uri)
        self.image[4096:12288] = b"\x5a" * 8192
        self.image[5120:5632] = b"\xa5" * 512
        self.image[65536:131072] = bytes(65536)
        self.image[262144 : 262144 + (1 << 20)] = bytes(1 << 20)
        self.image[8 << 20 : 9 << 20] = bytes(1 << 20)
        self.image[9 << 20 : 10 << 20] = b"\1" * (1 << 20)
        self.image[10 << 20 : 11 << 20] = b"\2" * (1 << 20)
        self.same()
        kinds = {(offset, kind) for offset, _, kind in self.extents()}
        if (262144, 3) not in kinds or (9 << 20, 0) not in kinds:
            raise Failed(f"what was released is no hole: {kinds}")

    def refused(self):
        tool("qemu-io", "-f", "raw", "-c", "read 0 512", self.uri.replace("disk-0", "disk-7"), status=1)

    def fio(self):
        """Eight jobs, each with connections of its own in its part of disk 1.

        What overlaps is not under way at once: a server may do a trim and a write of one range in either order, and
        fio would miss its header. (qemu-nbd fails every second run without.)
        """
        for name, form in (
            ("trims", ["--rw=randtrimwrite"]),
            ("mixed", ["--rw=randwrite", "--trim_percentage=25", "--trim_backlog=32"]),
        ):
            tool(
                "fio", f"--name={name}", "--ioengine=nbd", f"--uri={self.lab.uri(1)}", *form, "--numjobs=8",
                "--size=4m", "--offset_increment=4m", "--bsrange=512-1m", "--iodepth=8", "--fsync=16", "--loops=2",
                "--verify=crc32c", "--do_verify=1", "--verify_fatal=1", "--verify_state_save=0", "--randseed=11",
                "--serialize_overlap=1", "--group_reporting", "--minimal")

    def tcp(self):
        """At the agent's own address; in the clear, or with a certificate that is not named, nothing is told."""
        host, port = "127.0.1.10", 10809
        own = self.lab.root / "operator"
        other = self.lab.root / "home/tls/host-home"
        for directory in (own, other):
            for ours, theirs in (("authority", "ca-cert"), ("certificate", "client-cert"), ("key", "client-key")):
                shutil.copy(directory / f"{ours}.pem", directory / f"{theirs}.pem")
        disk = f"driver=raw,file.driver=nbd,file.host={host},file.port={port},file.export={MACHINE}-disk-0"
        with_tls = disk + ",file.tls-creds=t,file.tls-hostname=agents"
        def as_(directory):
            return "--object", f"tls-creds-x509,id=t,endpoint=client,dir={directory}", "--image-opts"
        image = f"driver=raw,file.driver=file,file.filename={self.image_file()}"
        tool("qemu-img", "compare", *as_(own), with_tls, image)
        tool("qemu-io", *as_(own), "-c", "write -f -P 0x77 2M 1M", "-c", "read -P 0x77 2M 1M", with_tls)
        self.image[2 << 20 : 3 << 20] = b"\x77" * (1 << 20)
        self.same()
        tool("qemu-img", "info", *as_(other), with_tls, status=1)
        tool("qemu-img", "info", "--image-opts", disk, status=1)

    def points(self):
        self.lab.equals_a_point(0, bytes(self.image))
        self.lab.equals_a_point(1, self.read_all(1))

    ALL = [
        ("nbdinfo: size, block sizes, flags, exports, contexts", nbdinfo),
        ("nbdinfo --map: a blank disk is a hole", blank_map),
        ("nbdcopy in and out, over several connections", copy_in),
        ("nbdinfo --map and qemu-img map: data and holes", map),
        ("qemu-img compare: equal, and not", compare),
        ("qemu-img convert out and in", convert),
        ("qemu-io: patterns, FUA, zeroes, discards, many at once", patterns),
        ("an unknown export is refused", refused),
        ("over TCP with mutual TLS, to whom the site host names", tcp),
        ("fio: 8 jobs, 512 B to 1 MiB, trims, flushes, verified", fio),
        ("a recovery point equals each disk", points),
    ]


class Boot:
    def __init__(self, lab, scratch):
        self.lab, self.scratch = lab, scratch

    def sector(self, data):
        path = self.scratch / "boot.bin"
        tool(HERE / "boot/build.sh", path)
        sector = bytearray(path.read_bytes())
        total = 0
        for (word,) in struct.iter_unpack("<I", data):
            total = ((total << 1 | total >> 31) + word) & 0xFFFFFFFF
        sector[0x1B8:0x1BC] = struct.pack("<I", total)
        return sector

    def boots(self, disk, interface):
        data = random.Random(disk).randbytes(BOOT["length"])
        image = bytearray(SIZES[disk])
        image[:512] = self.sector(data)
        image[BOOT["first"] : BOOT["first"] + len(data)] = data
        path = self.scratch / "boot.raw"
        path.write_bytes(image)
        tool("nbdcopy", "--flush", path, self.lab.uri(disk))
        serial = self.scratch / "serial"
        tool(
            "qemu-system-x86_64", "-accel", "tcg", "-m", "32", "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", f"file:{serial}", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
            "-drive", f"file={self.lab.uri(disk)},format=raw,if={interface},discard=unmap", status=33)
        if serial.read_text().split("\n")[-2] != "PASS":
            raise Failed(serial.read_text())
        key = struct.pack("<I", BOOT["key"]) * (BOOT["written"] // 4)
        flipped = int.from_bytes(data[: BOOT["written"]], "little") ^ int.from_bytes(key, "little")
        image[BOOT["target"] : BOOT["target"] + BOOT["written"]] = flipped.to_bytes(BOOT["written"], "little")
        tool("nbdcopy", self.lab.uri(disk), self.scratch / "after.raw")
        after = (self.scratch / "after.raw").read_bytes()
        (self.scratch / "after.raw").unlink()
        if after != bytes(image):
            raise Failed("the disk is not what the guest wrote")
        self.lab.equals_a_point(disk, bytes(image))

    def virtio(self):
        self.boots(0, "virtio")

    def ide(self):
        self.boots(1, "ide")

    ALL = [
        ("QEMU boots from the export, a virtio disk; its writes are in a recovery point", virtio),
        ("the same, an IDE disk", ide),
    ]


def main():
    kind = Boot if sys.argv[2:] == ["--boot"] else Tools
    with tempfile.TemporaryDirectory(prefix="nbd-") as root:
        lab = Lab(pathlib.Path(root) / "lab")
        scratch = pathlib.Path(root) / "scratch"
        scratch.mkdir()
        failures = 0
        try:
            begin = time.monotonic()
            lab.stand()
            print(f"ok   {time.monotonic() - begin:5.1f} s  a lab with {MACHINE}, protected", flush=True)
            checks = kind(lab, scratch)
            for name, check in kind.ALL:
                begin = time.monotonic()
                try:
                    check(checks)
                    print(f"ok   {time.monotonic() - begin:5.1f} s  {name}", flush=True)
                except (Failed, subprocess.TimeoutExpired) as failure:
                    failures += 1
                    print(f"FAIL        {name}: {failure}", flush=True)
        finally:
            lab.lab("down")
    raise SystemExit(f"{failures} checks failed" if failures else 0)


if __name__ == "__main__":
    main()
