import Blocks
import Contract
import IntervalFrames
import Intervals
import Messages
import Model
import Replicas

extension Blocks.Generation {
    var message: CommonV1.Generation {
        .with {
            $0.number = number
            $0.token = token
        }
    }
}

extension ReplicaDisk {
    /// The disk's id: the last part of its bundle's path.
    var name: String { bundle.split(separator: "/").last.map(String.init) ?? "" }
}

extension CatchUp.Disk {
    fileprivate func message(of disk: ReplicaDisk) -> TargetV1.DiskCatchUp {
        .with {
            $0.disk = disk.name
            $0.movedBlocks = moved
            $0.droppedBlocks = dropped
            $0.ownBlocks = own
            $0.writtenBlocks = counts.written
            $0.aheadBlocks = counts.ahead
            $0.foreignBlocks = counts.foreign
            $0.suspectBlocks = counts.suspects
        }
    }
}

extension ReplicaStatus {
    /// What the replica itself knows; the keeper adds what concerns the session.
    var message: TargetV1.Replica {
        .with {
            $0.item = item
            $0.state = stateMessage
            $0.position = position.number
            $0.sealed = sealed.number
            $0.fence = fence.number == 0 ? nil : fence.message
            $0.drains = drains?.message
            $0.disks = disks.enumerated().map { index, disk in
                .with {
                    $0.id = disk.name
                    $0.index = UInt32(index)
                    $0.bytes = UInt64(disk.size)
                }
            }
            $0.aheadBlocks = UInt64(aheadBlocks)
            $0.retentionBytes = UInt64(max(0, retainedBytes))
            $0.catchUp = catchUp.map { catchUp in
                .with {
                    $0.generation = catchUp.generation
                    $0.point = catchUp.point
                    $0.disks = zip(disks, catchUp.disks).map { $1.message(of: $0) }
                }
            }
            if condition == .initializing {
                $0.copiedBlocks = copiedBlocks
                $0.expectedBlocks = disks.reduce(0) { $0 + UInt64(DiskGeometry(size: $1.size).blockCount) }
            }
        }
    }

    private var stateMessage: TargetV1.Replica.State {
        switch condition {
        case .initializing: return .initializing
        case .released, .committed: return .released
        case .settled: break
        }
        return switch underway {
        case .applying: .applying
        case .moving: .moving
        case nil: .atPoint
        }
    }
}

extension RecoveryPoint {
    var message: TargetV1.RecoveryPoint {
        .with {
            $0.number = number
            $0.base = base
            $0.generation = id.generation.number == 0 ? nil : id.generation.message
            $0.cutUnixUs = cutWall.microseconds
            $0.applicationConsistent = kind == .applicationConsistent
            $0.groupPoint = group
            $0.pins = pins
            $0.blocks = UInt64(blocks)
            $0.applied = isApplied
            $0.name = name
            $0.final = isFinal
            $0.damage = damage
        }
    }

    /// At its cut. A point that does not say it has the sizes that the disks have now.
    func size(of disk: Int, in disks: [ReplicaDisk]) -> Int64 {
        self.disks.first { Int($0.disk) == disk }?.size ?? disks[disk].size
    }

    /// With its disks and the roots that its trailer named.
    func message(of disks: [ReplicaDisk]) -> TargetV1.RecoveryPoint {
        message.changed { message in
            message.disks = disks.enumerated().map { index, disk in
                .with {
                    $0.id = disk.name
                    $0.index = UInt32(index)
                    $0.bytes = UInt64(size(of: index, in: disks))
                }
            }
            message.roots = self.disks.compactMap { trailer in
                guard let root = trailer.root, disks.indices.contains(Int(trailer.disk)) else { return nil }
                return .with {
                    $0.disk = disks[Int(trailer.disk)].name
                    $0.root = root.bytes
                }
            }
        }
    }
}
