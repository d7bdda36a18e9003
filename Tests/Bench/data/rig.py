"""The three programs that replicate a machine, alone: agent, process server, master target.

No vault and no configuration server: what the vault would command is commanded by hand, once, before anything is
measured. Everything is real: processes, files, TCP on loopback, mutual TLS if asked for.
"""
import atexit
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import calls

HERE = pathlib.Path(__file__).resolve().parent
ITEM, MACHINE = "bench", "app-01"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120  # seconds for any one wait
HOME, CLOUD = 1, 2


def until(what, condition, every=0.002):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(every)
    raise SystemExit(f"waited {PATIENCE} s for {what}")


class Process:
    def __init__(self, name, command, log):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)
        self.pid = self.process.pid
        # Also when a measurement fails.
        atexit.register(self.stop)

    def look(self):
        if self.process.poll() is not None:
            raise SystemExit(f"{self.name} ended:\n{self.log.read_text()[-3000:]}")

    def processor(self):
        """Seconds, those of children that ended included."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(field) for field in stat[11:15]) / TICKS

    def memory(self):
        """MiB now, and at most so far."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return tuple(int(re.search(rf"{key}:\s+(\d+)", status)[1]) / 1024 for key in ("VmRSS", "VmHWM"))

    def read(self):
        """Octets that system calls read, those from sockets included."""
        return int(re.search(r"rchar: (\d+)", pathlib.Path(f"/proc/{self.pid}/io").read_text())[1])

    def pause(self, seconds):
        """Stands still so long; returns at once."""
        self.process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds, self.process.send_signal, [signal.SIGCONT]).start()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def sent(pid):
    """Octets of payload that this process sent and that were acknowledged, by TCP connection."""
    listing = subprocess.run(["ss", "-tinpH"], capture_output=True, text=True, check=True).stdout
    out, key = {}, None
    for line in listing.splitlines():
        if not line.startswith((" ", "\t")):
            words = line.split()
            key = (words[3], words[4]) if f"pid={pid}," in line else None
        elif key and (found := re.search(r"bytes_acked:(\d+)", line)):
            out[key] = int(found[1])
    return out


class Rig:
    """`place` keeps apart what stands at the same time. With `servers`, another rig, the machine is one more of that
    rig's process server and master target; `group` names the items that are cut in common."""

    def __init__(self, programs, root, sizes, place=0, tls=False, compress=True, spool=4 << 30, item=ITEM,
                 machine=MACHINE, servers=None, group=(), points=72):
        self.address, self.item, self.machine, self.group = f"127.0.1.{10 + place}", item, machine, group
        self.process, self.master = ("127.0.1.4", 7110 + place), ("127.0.2.5", 7120 + place)
        self.programs, self.root, self.tls = pathlib.Path(programs), pathlib.Path(root), tls
        self.sizes, self.compress, self.spool, self.points = sizes, compress, spool, points
        self.steps, self.channels, self.running, self.settings = 0, {}, {}, {}
        self.generation = calls.message((1, 1), (2, bytes([7] * 16)))
        self.root.mkdir(parents=True)
        (self.root / "passphrase").write_text("of no use here\n")
        if tls:
            subprocess.run(["bash", HERE.parents[1] / "Interop/certificates.sh", self.root / "tls", "ps-1", "mt-1",
                            "agents", "vault"], check=True)
        self.targets = self.root / "target"
        if servers:
            self.process, self.master, self.channels = servers.process, servers.master, servers.channels
            self.targets = servers.targets
        prefix = f"{item}-" if group else ""
        self.disks = [(f"{prefix}disk-{index}", size) for index, size in enumerate(sizes)]
        for disk, size in self.disks:
            for side in (self.root / "source", self.targets):
                (side / disk).mkdir(parents=True)
                with open(side / disk / "disk.raw", "wb") as file:
                    file.truncate(size)

    def source(self, index=0):
        return self.root / "source" / self.disks[index][0] / "disk.raw"

    def target(self, index=0):
        return self.targets / self.disks[index][0] / "disk.raw"

    # Start and stop.

    def identity(self, name):
        return {"certificate": f"{self.root}/tls/{name}.pem", "key": f"{self.root}/tls/{name}.key",
                "authority": f"{self.root}/tls/authority.pem"}

    def endpoint(self, name, place):
        return f"{name}@{place[0]}:{place[1]}" if self.tls else f"{place[0]}:{place[1]}"

    def service(self, name, site, place):
        security = {"tls": self.identity(name)} if self.tls else {"plaintext": True}
        return {"id": name, "site": site, "listen": f"{place[0]}:{place[1]}", "stateDirectory": f"{self.root}/{name}",
                "logLevel": "info", **security}

    def start(self, program, name, settings):
        path = self.root / f"{name}.json"
        self.settings[name] = (program, settings)
        path.write_text(json.dumps(settings))
        self.running[name] = Process(name, [self.programs / program, "--config", path], self.root / f"{name}.log")

    def kill(self, name):
        process = self.running.pop(name).process
        process.kill()
        process.wait()

    def revive(self, name):
        """One that was killed, over what it left."""
        program, settings = self.settings[name]
        self.start(program, name, settings)
        places = {"ps-1": self.process, "mt-1": self.master}
        until(name, (lambda: self.answers(name, places[name])) if name in places else self.serves)

    def start_services(self, **settings):
        """Process server (with further settings) and master target, and the machine at both."""
        register = {"registries": [], "passphraseFile": f"{self.root}/passphrase"}
        self.start("process-server", "ps-1", {
            "service": self.service("ps-1", "home", self.process), **register, "spoolDirectory": f"{self.root}/spool",
            "spoolBytes": self.spool, "spoolReserveBytes": 64 << 20, "memoryBytes": 8 << 20,
            "compress": self.compress, **settings})
        self.start("master-target", "mt-1", {
            "service": self.service("mt-1", "cloud", self.master), **register, "ownerDirectory": str(self.targets),
            "osFamily": "linux", "retentionPoints": self.points, "retentionHours": 72})
        for name, place in (("ps-1", self.process), ("mt-1", self.master)):
            until(name, lambda: self.answers(name, place))
        self.enroll()

    def enroll(self):
        """What the vault would say of the machine to process server and master target."""
        assignment = calls.message(
            (1, self.item), (2, self.generation), (3, HOME), (4, 1), (6, "ps-1"), (7, "mt-1"))
        for name in ("ps-1", "mt-1"):
            self.call(name, "common.v1.Receiver/Assign", (1, self.key()), (2, assignment))
        disks = [(4, calls.message((1, disk), (2, index), (3, size))) for index, (disk, size) in enumerate(self.disks)]
        self.call("mt-1", "target.v1.TargetControl/AdoptReplica", (1, self.key()), (2, self.item), (3, self.generation),
                  *disks, (5, 1))
        target = calls.message((1, "mt-1"), (2, self.endpoint("mt-1", self.master)))
        group = [(5, "group"), *((6, item) for item in self.group)] if self.group else []
        self.call("ps-1", "process.v1.ProcessControl/OpenRelay", (1, self.key()), (2, self.item),
                  (3, self.generation), (4, target), *group)

    def start_agent(self, protected=True):
        """Unprotected, it only serves the disks."""
        run = self.root / "machine"
        run.mkdir(exist_ok=True)
        if protected:
            (run / "grant.json").write_text(json.dumps({
                "item": self.item, "machine": self.machine, "generation": {"number": 1, "token": "07" * 16}, "kind": "active",
                "hostBootID": "host-1", "bootActions": [], "overlay": False, "processServers": [
                    {"id": "ps-1", "address": self.endpoint("ps-1", self.process)}]}))
        self.start("mobility-agent", "agent", {
            "machine": self.machine, "site": "home", "bootID": "boot-1", "hostBootID": "host-1", "runDirectory": str(run),
            "address": self.address, "startedUnchecked": False, "logLevel": "info",
            **({"tls": self.identity("agents")} if self.tls else {}),
            "disks": [{"id": disk, "index": index, "bytes": size, "bundle": str(self.source(index).parent)}
                      for index, (disk, size) in enumerate(self.disks)]})
        self.socket = run / "nbd.sock"
        until("the agent", self.serves)
        if protected and "ps-1" in self.channels:
            until("the agent's link", self.attached)

    def answers(self, name, place):
        self.running[name].look()
        try:
            self.channels[name] = calls.Channel(*place, tls=self.identity("vault") if self.tls else None)
        except OSError:
            return False
        return True

    def serves(self):
        self.running["agent"].look()
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect(str(self.socket))
            except OSError:
                return False
        return True

    def attached(self):
        try:
            found = self.call("ps-1", "agent.v1.AgentRelay/GetAgent", (1, self.machine))
            return calls.integer(calls.fields(found), 3)
        except calls.Refused:
            return False

    def stop(self):
        for name in ("agent", "ps-1", "mt-1"):
            if name in self.running:
                self.running.pop(name).stop()

    # Commands.

    def key(self):
        self.steps += 1
        return calls.message((1, "bench"), (2, self.item), (3, f"step-{self.steps}"), (5, "bench"), (6, 1))

    def call(self, name, method, *request):
        return self.channels[name].call(f"/homeward.{method}", calls.message(*request))

    def command(self, number, *request):
        command = calls.message((2, self.key()), (number, calls.message(*request) or b"\x08\0"))
        answer = calls.fields(self.call("ps-1", "agent.v1.AgentRelay/CommandAgent", (1, self.machine), (2, command)))
        if calls.integer(answer, 2):
            raise SystemExit(f"the agent refuses command {number}: {answer}")
        return answer

    def open_session(self, interval=3600.0):
        server = calls.message((1, "ps-1"), (2, self.endpoint("ps-1", self.process)))
        group = [(6, "group")] if self.group else []
        self.command(5, (1, self.generation), (2, server), (3, int(interval * 1e6)), *group)

    def close_session(self):
        self.command(6, (1, self.generation))

    def cut(self):
        """Returns the number of a new point when it is sealed."""
        return calls.integer(calls.fields(self.command(10)[11][0]), 1)

    def relay(self):
        """received, forwarded (octets of payload), sealed, applied (numbers)."""
        found = calls.fields(self.call("ps-1", "process.v1.ProcessControl/GetRelay", (1, self.item)))
        return tuple(calls.integer(found, number) for number in (7, 8, 9, 10))

    def newest_cut(self):
        """Unix seconds of the cut of the newest sealed point."""
        found = calls.fields(self.call("mt-1", "target.v1.TargetControl/ListPoints", (1, self.item), (2, 1)))
        return calls.integer(calls.fields(found[1][0]), 4) / 1e6

    def settle(self):
        """Returns when everything written so far is in a point that is applied."""
        number = self.cut()
        until("the point to be applied", lambda: self.relay()[3] >= number)

    # Measuring.

    def until_point(self, above):
        """Seconds from now until a point beyond `above` is sealed, and until it is applied."""
        began, sealed = time.monotonic(), None
        while True:
            for process in self.running.values():
                process.look()
            _, _, newest, applied = self.relay()
            now = time.monotonic() - began
            if newest > above and sealed is None:
                sealed = (newest, now)
            if sealed and applied >= sealed[0]:
                return sealed[1], now
            if now > PATIENCE:
                said = "\n".join(f"{name}: {process.log.read_text()[-1500:]}" for name, process in self.running.items())
                raise SystemExit(f"no point within {PATIENCE} s: {self.relay()}\n{said}")
            # To ask takes a millisecond of the processors that are measured.
            time.sleep(max(0.005, now / 100))

    def meter(self):
        links = {name: sent(self.running[name].pid) for name in ("agent", "ps-1")}
        return {"cpu": {name: process.processor() for name, process in self.running.items()}, "links": links,
                "read": self.running["agent"].read()}

    def since(self, before):
        """Processor seconds by process, octets on each hop, octets read by the agent."""
        now = self.meter()
        hop = {name: sum(max(0, count - before["links"][name].get(link, 0))
                         for link, count in now["links"][name].items() if self.is_forward(name, link))
               for name in ("agent", "ps-1")}
        return {"cpu": {name: now["cpu"][name] - before["cpu"][name] for name in now["cpu"]},
                "hops": (hop["agent"], hop["ps-1"]), "read": now["read"] - before["read"]}

    def is_forward(self, name, link):
        place = self.process if name == "agent" else self.master
        return link[1] == f"{place[0]}:{place[1]}"


class Guest:
    """An NBD client that writes through the agent's export: simple, pipelined."""

    def __init__(self, path, export):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.exactly(18)
        name = export.encode()
        self.socket.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 1, len(name)) + name)
        self.exactly(10)

    def exactly(self, count):
        out = b""
        while len(out) < count:
            piece = self.socket.recv(count - len(out))
            if not piece:
                raise SystemExit("the export ended")
            out += piece
        return out

    def write(self, pieces, in_flight=32):
        """Of (offset, content); flushes at the end."""
        waiting = 0
        for offset, content in pieces:
            self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 1, 0, offset, len(content)) + content)
            waiting += 1
            if waiting == in_flight:
                self.answered(waiting // 2)
                waiting -= waiting // 2
        self.answered(waiting)
        self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 3, 0, 0, 0))
        self.answered(1)

    def put(self, offset, content):
        """One write, until it is acknowledged."""
        self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 1, 0, offset, len(content)) + content)
        self.answered(1)

    def answered(self, count):
        for at in range(count):
            magic, error = struct.unpack(">II", self.exactly(16)[:8])
            if magic != 0x67446698 or error:
                raise SystemExit(f"the export answered {magic:x} {error}")

    def close(self):
        self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 2, 0, 0, 0))
        self.socket.close()
