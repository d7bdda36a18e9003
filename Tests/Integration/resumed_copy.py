#!/usr/bin/env python3
"""A full copy goes on after kill -9 of any process on its way: agent, process server, master target.

The three programs alone (Tests/Bench/data/rig.py), a disk of content that nothing compresses. When half of it has arrived
one of them is killed and started again. What each hop carried until the first point is applied is counted by its TCP
connections, those that were cut included: at most the content once, 1 % of framing, and 64 MiB. Then source and target are
equal.

Usage: resumed_copy.py BIN_DIR [MIB] [SEED]. Ends every process that it started. Standard library only; ss (iproute2).
"""
import filecmp
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Bench/data"))
from rig import PATIENCE, Rig, sent, until  # noqa: E402

# A script that is ended from outside ends its programs as one that fails.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))

MIB = int(sys.argv[2]) if len(sys.argv) > 2 else 512
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
RESENT = 64  # MiB that a kill may cost a hop
FRAMING = 1.01
HOPS = {"agent": "agent to process server", "ps-1": "process server to master target"}


class Meter:
    """What each hop carried, over all connections that it had."""

    def __init__(self, rig):
        self.rig, self.links = rig, {name: {} for name in HOPS}

    def look(self):
        for name, links in self.links.items():
            process = self.rig.running.get(name)
            for link, count in sent(process.pid).items() if process else []:
                if self.rig.is_forward(name, link):
                    links[link] = max(count, links.get(link, 0))

    def total(self, name):
        return sum(self.links[name].values()) / (1 << 20)


def copy(programs, root, victim):
    """Seconds that the copy took, and MiB that each hop carried."""
    rig = Rig(programs, root, [MIB << 20], compress=False)
    generator = random.Random(SEED)
    with open(rig.source(), "wb") as file:
        for _ in range(MIB):
            file.write(generator.randbytes(1 << 20))
    rig.start_services()
    rig.start_agent()
    meter, began = Meter(rig), time.monotonic()
    rig.open_session()
    until("half of the content", lambda: rig.relay()[1] >= MIB << 19)
    running = list(rig.running.values())
    # So that nothing is on its way uncounted.
    for process in running:
        os.kill(process.pid, signal.SIGSTOP)
    meter.look()
    left = rig.running[victim]
    rig.kill(victim)
    for process in running:
        if process is not left:
            os.kill(process.pid, signal.SIGCONT)
    rig.revive(victim)
    deadline = time.monotonic() + PATIENCE
    while rig.relay()[3] < 1:
        meter.look()
        for process in rig.running.values():
            process.look()
        if time.monotonic() > deadline:
            raise SystemExit(f"failed: no point within {PATIENCE} s after {victim} was killed: {rig.relay()}")
        time.sleep(0.05)
    meter.look()
    took = time.monotonic() - began
    rig.stop()
    if not filecmp.cmp(rig.source(), rig.target(), shallow=False):
        raise SystemExit(f"failed: after a kill of {victim} the target is not the source")
    return took, {name: meter.total(name) for name in HOPS}


def main():
    failed = []
    with tempfile.TemporaryDirectory(prefix="homeward-resumed-") as folder:
        for victim in ("agent", "ps-1", "mt-1"):
            took, carried = copy(sys.argv[1], pathlib.Path(folder) / victim, victim)
            for name, total in carried.items():
                resent = total - MIB
                print(f"  {victim} killed after half of {MIB} MiB, {took:.1f} s in all; {HOPS[name]}: {total:.1f} MiB, "
                      f"{max(0.0, resent):.1f} of them again, or framing", flush=True)
                if total < MIB:
                    failed.append(f"{HOPS[name]}: {total:.1f} MiB were counted, of {MIB} at least")
                if total > MIB * FRAMING + RESENT:
                    failed.append(f"after a kill of {victim}, {HOPS[name]}: {resent:.1f} MiB were sent again")
    if failed:
        raise SystemExit("failed: " + "; ".join(failed))
    print(f"passed: a full copy of {MIB} MiB goes on after a kill of each process, none sends more than {RESENT} MiB again")


main()
