#!/usr/bin/env python3
"""A replica that silently differs from its source is found by `homeward resync`, and mended, while its machine runs.

Blocks of the replica are changed behind its master target's back, while a guest writes. A precheck says what may be
sent; a first resync is cancelled; the next one is cut off by the agent's kill -9, goes on, and names the blocks that
differed. In the end a recovery point equals both disks block by block, points went on meanwhile, and the digests that
were sent are few beside the leaves of both disks.

Usage: resync.py BIN_DIR. Ends every process that it started. Standard library only.
"""
import json
import os
import pathlib
import signal
import sys
import tempfile

import standing
from standing import BLOCK, DISKS, MACHINE, fail, until

BLOCKS = sum(DISKS) // BLOCK


class Lab(standing.Lab):
    def replica(self, disk):
        found = list(self.root.glob(f"cloud/datastore/master-target-*/{MACHINE}-disk-{disk}/disk.raw"))
        if len(found) != 1:
            fail(f"the replica of disk {disk} is {found}")
        return found[0]

    def spoil(self):
        """Turns a bit in blocks that neither the guest nor the next points touch; (disk, block) of each."""
        spoiled = []
        for disk, size in enumerate(DISKS):
            with open(self.replica(disk), "r+b", buffering=0) as file:
                for block in (size // BLOCK - 3, size // BLOCK - 2):
                    byte = os.pread(file.fileno(), 1, block * BLOCK + 99)
                    os.pwrite(file.fileno(), bytes([byte[0] ^ 0x10]), block * BLOCK + 99)
                    spoiled.append((disk, block))
        return spoiled

    def same(self, spoiled):
        """The spoiled blocks that are the source's by now."""
        def block(path, number):
            with open(path, "rb") as file:
                return os.pread(file.fileno(), BLOCK, number * BLOCK)
        return [one for one in spoiled
                if block(self.disk(one[0]), one[1]) == block(self.replica(one[0]), one[1])]

    def ended(self, job):
        seen = self.look("jobs", "show", job)
        return seen if seen and seen["endedUnixUs"] else None

    def compares(self):
        """The item's agent compares by digest, as far as the vault has heard."""
        return "resynchronizing" in self.item().get("replication", "").lower()

    def newest(self):
        return max((point["number"] for point in self.points()), default=0)


def main(bin_dir):
    with tempfile.TemporaryDirectory(prefix="homeward-resync-") as folder:
        lab = Lab(bin_dir, pathlib.Path(folder) / "lab")
        try:
            lab.protect()
            until("points", lambda: len(lab.points()) >= 3)
            preview = json.loads(lab.call("resync", MACHINE, "--precheck", "--output", "json").stdout)
            text = json.dumps(preview)
            if "LINEAGE_PROVES_DIRECTION" not in text or f"{BLOCKS * 17} at most" not in text:
                fail(f"the precheck says neither its gates nor its bound: {text[:600]}")
            # Neither end reads the disks by itself within an hour: what is mended is not its doing.
            spoiled = lab.spoil()
            lab.tell(f"changed {spoiled} of the replica behind its back")
            begun = lab.newest()

            # One that is cancelled while nobody answers it leaves all as it was.
            agent, target = lab.program("agent")["processID"], lab.component("mt-cloud")
            os.kill(agent, signal.SIGSTOP)
            try:
                lab.run("resync", MACHINE, "--no-wait")
                os.kill(target, signal.SIGSTOP)
                os.kill(agent, signal.SIGCONT)
                job = lab.look("jobs", "list")[0]["job"]
                until("the comparison", lab.compares)
                lab.call("jobs", "cancel", job)
                until("the end of the comparison", lambda: not lab.compares())
            finally:
                os.kill(target, signal.SIGCONT)
                os.kill(agent, signal.SIGCONT)
            if lab.look("jobs", "show", job)["state"] != "cancelled":
                fail(f"{job} is {lab.look('jobs', 'show', job)['state']}")
            until("a healthy item", lambda: lab.item().get("health") == "ok")
            lab.tell(f"cancelled; replication is {lab.item()['replication']}")
            if lab.same(spoiled):
                fail(f"a cancelled comparison sent {lab.same(spoiled)} again")

            # Begun, killed, and on to its end.
            lab.run("resync", MACHINE, "--no-wait")
            job = lab.look("jobs", "list")[0]["job"]
            agent = lab.program("agent")["processID"]
            os.kill(agent, signal.SIGKILL)
            lab.tell(f"killed agent {agent} while {job} compares")
            ended = until("the end of the resync", lambda: lab.ended(job))
            facts = ended["facts"]
            lab.tell(f"{ended['state']}: {facts}")
            if ended["state"] != "succeeded" or int(facts["compared.blocks"]) != BLOCKS:
                fail(f"not all {BLOCKS} blocks were compared: {ended['state']} {ended['message']}")
            # What the guest had written and the agent had not sent when it died differs, too.
            if not len(spoiled) <= int(facts["compared.differing"]) < BLOCKS // 8:
                fail(f"{facts['compared.differing']} blocks differed, {len(spoiled)} were changed")
            if lab.same(spoiled) != spoiled:
                fail(f"of {spoiled} only {lab.same(spoiled)} are mended")
            if int(facts["compared.digestBytes"]) * 4 > BLOCKS * 16:
                fail(f"{facts['compared.digestBytes']} bytes of digests: as much as a leaf for each fourth block")
            item = lab.item()
            if not item["phase"].startswith("protected") or lab.newest() <= begun:
                fail(f"{item['phase']}, newest point {lab.newest()}, {begun} when it began")
            until("a healthy item", lambda: lab.item().get("health") == "ok")
            lab.tell(f"items show: {lab.item()['resync']}")
            lab.tell(f"point {lab.equal()} equals both disks")
            lab.tell(f"replica read back: {lab.item()['replicaScrubbed']}; source: {lab.item()['sourceScrubbed']}")
        finally:
            lab.down()
    print("resync: ok")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
