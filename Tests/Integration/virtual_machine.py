#!/usr/bin/env python3
"""A real virtual machine fails over to the cloud and comes home.

QEMU runs a machine whose boot sector counts on its disk and says each number on its serial port once the write was
acknowledged (Tests/Interop/boot/counter.S): an acknowledgement log of a guest that knows nothing of us. It is protected,
fails over, comes home, loses its agent, its supervisor and its emulator on the way; wherever it boots it must go on from
the last number that it had said elsewhere, and no two emulators of it run at any time.

Usage: virtual_machine.py BIN_DIR. Exit 0 only if all of it held. Standard library only; needs qemu-system-x86 and
binutils.
"""
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading

import standing
from standing import fail, until

HERE = pathlib.Path(__file__).resolve().parent
MACHINE, SIZE, SECTOR, COUNT, DATA, WINDOW = "vm-01", 16 << 20, 512, 64, 128, 1024
standing.MACHINE = MACHINE


class Emulators:
    """Watches which emulators of the machine run, all the time."""

    def __init__(self, root):
        self.root, self.most, self.over = str(root), 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def running(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else [b""]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"qemu-system" in command[0] and any(self.root.encode() in word for word in command):
                found.append(int(entry.name))
        return found

    def watch(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, len(self.running()))

    def one(self):
        numbers = self.running()
        return numbers[0] if len(numbers) == 1 else None


class Serial:
    """What the machine said at one site."""

    def __init__(self, lab, site):
        self.path = lab.root / "acks" / f"{MACHINE}{'' if site == 'home' else '-cloud'}@{site}.serial.log"

    def lines(self):
        """A power loss may leave part of a line before the next one's beginning."""
        text = self.path.read_text() if self.path.exists() else ""
        if "FAIL" in text:
            fail(f"{self.path.name}: the BIOS could not read or write")
        return [(verb, int(number, 16)) for verb, number in re.findall("(boot|wrote) ([0-9a-f]{8})\n", text)]

    def boots(self):
        return [number for verb, number in self.lines() if verb == "boot"]

    def last(self):
        """The last number whose write was acknowledged; 0 for none."""
        return max((number for verb, number in self.lines() if verb == "wrote"), default=0)

    def before_boot(self):
        """The last acknowledged number before the newest boot."""
        lines = self.lines()
        place = max(place for place, (verb, _) in enumerate(lines) if verb == "boot")
        return max((number for verb, number in lines[:place] if verb == "wrote"), default=0)

    def goes_on(self, beyond):
        return until(f"{self.path.name} to go beyond {beyond}", lambda: self.last() > beyond and self.last())


def image(path):
    subprocess.run([HERE.parent / "Interop/boot/build.sh", path, "counter"], check=True)
    sector = path.read_bytes()
    if len(sector) != SECTOR:
        fail(f"the boot sector has {len(sector)} bytes")
    with open(path, "r+b") as file:
        file.truncate(SIZE)


def handed_over(what, said, boots):
    """At most the write that was on its way is more than what was said."""
    if not boots or not said <= boots[-1] <= said + 1:
        fail(f"{what}: {said} was the last acknowledged number, it booted at {boots[-1:]}")


def on_disk(path, least):
    """The number, and that each sector of the window holds the newest number that belongs there."""
    content = path.read_bytes()
    number = struct.unpack_from("<I", content, COUNT * SECTOR)[0]
    if number < least:
        fail(f"the disk counts to {number}, and {least} was acknowledged")
    for place in range(WINDOW):
        sector = content[(DATA + place) * SECTOR : (DATA + place + 1) * SECTOR]
        # The next number's write may be there already: it comes before that of the count.
        newest = [n for n in (number + 1, number - (number - place) % WINDOW) if n % WINDOW == place]
        if sector not in [struct.pack("<I", max(n, 0)) * (SECTOR // 4) for n in newest]:
            fail(f"sector {DATA + place} is not of number {newest}")
    return number


def cycle(lab, emulators):
    home, cloud = Serial(lab, "home"), Serial(lab, "cloud")
    lab.lab("up")
    lab.lab("add-machine", MACHINE, "--guest", "virtual-machine", "--image", str(lab.root.parent / "disk.raw"))
    if not until("the machine to boot", home.boots) == [0]:
        fail(f"it booted at {home.boots()}")
    lab.say("protect", MACHINE)

    agent = until("the agent", lab.serving)
    said = home.last()
    os.kill(agent, signal.SIGKILL)
    until("another agent", lambda: lab.serving(other_than=agent))
    home.goes_on(said + 10)
    if len(home.boots()) != 1:
        fail("the machine booted again when its agent was killed")
    lab.tell("its agent was killed, and it went on without booting")

    emulator = until("the emulator", emulators.one)
    os.kill(lab.program("guest")["processID"], signal.SIGKILL)
    until("the emulator to end with its supervisor", lambda: emulator not in emulators.running())
    until("another boot", lambda: len(home.boots()) == 2)
    handed_over("after its supervisor was killed", home.before_boot(), home.boots())
    lab.tell("its supervisor was killed, the emulator with it, and it booted again")

    home.goes_on(home.last() + 10)
    lab.say("failover", MACHINE)
    said = home.last()
    handed_over("failover", said, until("the machine to boot in the cloud", cloud.boots)[:1])
    lab.say("commit", MACHINE)
    cloud.goes_on(said + 50)
    lab.say("reprotect", MACHINE)
    cloud.goes_on(cloud.last() + 20)
    boots = len(home.boots())
    lab.say("failback", MACHINE)
    said = cloud.last()
    handed_over("failback", said, until("the machine to boot at home", lambda: home.boots()[boots:]))
    home.goes_on(said + 20)
    lab.say("commit", MACHINE)
    lab.say("reprotect", MACHINE)
    lab.lab("site-down", "home")
    said = home.last()
    lab.tell(f"the disk at home counts to {on_disk(lab.disk(0), said)}; {said} was said")
    if emulators.most != 1:
        fail(f"{emulators.most} emulators ran at once")


def main():
    bin_dir = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="vm-") as scratch:
        image(pathlib.Path(scratch) / "disk.raw")
        lab = standing.Lab(bin_dir, pathlib.Path(scratch) / "lab")
        emulators = Emulators(lab.root)
        try:
            cycle(lab, emulators)
        finally:
            emulators.over.set()
            lab.down()
    print("a virtual machine failed over and came home; every acknowledged number is there")


main()
