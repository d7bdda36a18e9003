#!/usr/bin/env python3
"""After a crash of the cloud's agent: the blocks in doubt were compared by digest, few of them were sent, and the
preview had said before the run how many they would be at most.

Usage: compared.py REPORT. Standard library only.
"""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
for machine in report["machines"]:
    home = next(each for each in machine["replications"] if each["operation"] == "reprotect")
    total = {key: sum(disk[key] for disk in home["disks"])
             for key in ("changedBlocks", "aheadBlocks", "suspectBlocks", "movedBlocks")}
    said = home["bound"]["suspectBlocks"]
    print(f"{machine['name']}: the preview allowed {said} blocks to compare, {total['suspectBlocks']} were; "
          f"{total['movedBlocks']} blocks moved, {total['changedBlocks']} had changed")
    if total["suspectBlocks"] == 0:
        sys.exit("failed: nothing was in doubt, so nothing was tried")
    if total["suspectBlocks"] > said:
        sys.exit("failed: more was compared than the preview allowed")
    if total["movedBlocks"] >= total["changedBlocks"] + total["aheadBlocks"] + total["suspectBlocks"]:
        sys.exit("failed: what was in doubt was sent, not compared")
