"""The named scenarios that naive designs fail at, each with the test of its name and a bug that makes that test fail;
and safety rules, each with a test that fails without it. A bug is a change of the source text: what stands there, which
must be there exactly once, and what a naive design would have instead.

(scenario or rule, regular expression over Target.Suite/test, file below Sources, [(what stands there, the bug)])
"""

REPLICAS = "Engine/Replicas"
TRACKING = "Engine/Tracking"
AGENT = "Services/MobilityAgent"

SCENARIOS = [
    ("source power loss right after the target applied an unflushed write",
     "TrackingTests.*source power loss right after", f"{TRACKING}/Opening.swift",
     [("for region in hot { suspects.insert(geometry.blocks(ofRegion: region)) }",
       "for region in hot where region < 0 { suspects.insert(geometry.blocks(ofRegion: region)) }")]),
    ("older point chosen, run, reprotect, whole-disk compare",
     "ReplicasTests.*older point chosen, run, reprotect", f"{REPLICAS}/Handover.swift",
     [("let changes = ahead.union(disk.changes)", "let changes = disk.changes.union(ahead.subtracting(ahead))")]),
    ("staging deleted after the seal",
     "ReplicasTests.*staging deleted after the seal", f"{REPLICAS}/Apply.swift",
     [('throw ByteCodingError(.truncated, "\\(error)")\n        }\n        defer { file.close() }',
       "return\n        }\n        defer { file.close() }")]),
    ("interval n lost while n+1 arrives",
     "ReplicasTests.*an interval whose base is missing is parked", f"{REPLICAS}/Intake.swift",
     [("guard staged.header.base <= state.sealed.number else {", "guard staged.header.base < UInt64.max else {")]),
    ("interval voided, then the same content rewritten",
     "TrackingTests.*interval voided, then the same content rewritten", f"{TRACKING}/ChunkReading.swift",
     [("            for piece in pieces {\n                disk.readDigests.set(piece.digests",
       "            let fresh = pieces.filter { piece in\n"
       "                !disk.lastShipped.contains {\n"
       "                    $0.block == piece.blocks.upperBound - 1 && $0.digest == piece.digests.last\n"
       "                }\n"
       "            }\n"
       "            for piece in pieces {\n                disk.readDigests.set(piece.digests"),
      ("builder.append(pieces)", "builder.append(fresh)")]),
    ("master target SIGSTOPped between check and write, disk handed over, SIGCONT",
     "MasterTargetTests.*master target stopped between check and write", f"{REPLICAS}/Opening.swift",
     [("guard try file.tryLockExclusive() else {", "guard try file.size() >= 0 else {")]),
    ("cancel after ten minutes of home writes, from the newest and from an older point",
     "ReplicasTests.*cancel after ten minutes of home writes", f"{REPLICAS}/Move.swift",
     [("let bytes = try disks[disk].read(run)",
       "let bytes = [UInt8](repeating: 0, count: disks[disk].geometry.byteCount(of: run))")]),
    ("the same, and what the machine wrote at home is no part of the disk below",
     "MobilityAgentTests.*runs on an overlay until commit", f"{TRACKING}/OverlayDisk.swift",
     [("try self.files.data.write(content, at: base)",
       "try self.files.data.write(content, at: base)\n            try self.lower.write(content, at: base)")]),
    ("three full rounds, the third still O(changes)",
     "CycleTests.*three full rounds", f"{REPLICAS}/Handover.swift",
     [("lineage.mapQuality = disk.suspects.isEmpty ? .exact : .suspects", "lineage.mapQuality = .unknown")]),
    ("crash between undo and overwrite, then roll back",
     "ReplicasTests.*a power loss at any operation", f"{REPLICAS}/Apply.swift",
     [("            try undo.sync()\n", "")]),
    ("disk and sidecar restored from an hour ago",
     "TrackingTests.*a sidecar from an hour ago", f"{TRACKING}/Opening.swift",
     [("position.number >= header.nextInterval { cause = .old }", "position.number == .max { cause = .old }")]),
    ("a reader of an unacknowledged write during a group cut",
     "TrackingTests.*a reader of an unacknowledged write", f"{TRACKING}/Mutations.swift",
     [("while hold != nil { await withCheckedContinuation { hold?.waiters.append($0) } }\n", "\n")]),
    ("one disk's stream stalled",
     "ReplicasTests.*one disk's stream stalled", f"{REPLICAS}/Intake.swift",
     [("if let fault = fault(of: trailer, for: current) {",
       "if let fault = fault(of: trailer, for: current), fault.isEmpty {")]),
    ("agent killed between freeze and thaw",
     "MobilityAgentTests.*An agent killed around a freeze", f"{AGENT}/AgentCore.swift",
     [("        await freezer.recover()\n", "")]),
]

RULES = [
    ("generation check at the replica",
     "ReplicasTests.*a fence shuts the old generation out", f"{REPLICAS}/Intake.swift",
     [("guard generation == state.fence || generation == state.drains else {", "guard generation.number > 0 else {")]),
    ("staging is synced before the seal",
     "ReplicasTests.*a power loss at any operation", f"{REPLICAS}/Intake.swift",
     [("            try records.sync()\n", "")]),
    ("disks are synced before the position moves",
     "ReplicasTests.*a power loss at any operation", f"{REPLICAS}/Apply.swift",
     [('failpoints.reach("replica.apply.written")\n        for disk in disks { try disk.sync() }',
       'failpoints.reach("replica.apply.written")')]),
    ("an operation key whose undo came has no effect any more",
     "ReceiversTests.*a forward call that comes after its undo", "Services/Receivers/Effects.swift",
     [("        case .refused(let failure): throw failure\n        case .cancelled: throw cancelled(call.key)\n"
       "        case .new, .intent: break\n        }\n        failpoints.reach(\"\\(component).effect.before\")",
       "        case .refused(let failure): throw failure\n        case .cancelled, .new, .intent: break\n        }\n"
       "        failpoints.reach(\"\\(component).effect.before\")")]),
    ("the hot mark is durable before the data",
     "TrackingTests.*no crash makes the tracking forget", f"{TRACKING}/Mutations.swift",
     [("        try await makeUnforgettable(blocks, of: disk)\n", "")]),
    ("map bits are cleared only after a sync of the disk",
     "TrackingTests.*no crash makes the tracking forget", f"{TRACKING}/Maintenance.swift",
     [("                try await sync(disk)\n                try await foldDigests",
       "                try await foldDigests")]),
    ("a hole that was told is read out (a test that would hang)",
     "TrackingTests.*the first copy of a sparse disk", f"{TRACKING}/ChunkReading.swift",
     [("                disk.unread.remove(hole)\n", "")]),
    ("a suspect found equal is settled (a test that would hang)",
     "TrackingTests.*passes that were void are compared", f"{TRACKING}/Suspects.swift",
     [("                disk.suspects.remove(block)\n                disk.settledDigests",
       "                disk.settledDigests")]),
    ("a full certificate compares what it reads",
     "MobilityAgentTests.*a bit turned in a block that was never moved", f"{AGENT}/DiskReadBack.swift",
     [("if let digests, piece.pages.last != expected?[page] {", "if let digests, expected == nil {")]),
    ("a full certificate that found a difference stops the commit",
     "VaultOrchestratorTests.*then finds a difference is unwound",
     "Services/VaultOrchestrator/Workflows/FullCertificate.swift",
     [('run.step == "certificate", !objection.isEmpty, !isWaived',
       'run.step == "certificate", !objection.isEmpty, isWaived')]),
]
