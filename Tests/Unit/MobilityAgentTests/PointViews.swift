import Blocks
import Environment
import IntervalFrames
import Messages
import Model
import RPC
import ScriptedSource

/// What the master target says that a recovery point is.
struct PointView: Equatable {
    /// Of each disk, through the point's view.
    let content: [[UInt8]]
    /// As the source sent them with the point.
    let roots: [[UInt8]]

    /// Whether the content is what the source had at the cut, by the digests that it sent.
    var isWhole: Bool {
        zip(content, roots).allSatisfy { content, root in
            let geometry = DiskGeometry(size: Int64(content.count))
            return DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: content, from: 0)).bytes == root
        }
    }
}

extension AgentWorld {
    func points() throws -> [TargetV1.RecoveryPoint] {
        try bench.perform { environment in
            try await ScriptedVault(environment).target.listPoints(
                .with {
                    $0.item = DataPathWorld.item.text
                    $0.pageSize = 500
                }, ScriptedVault.options
            ).points
        }
    }

    /// All disks of a point, in order.
    func view(_ point: TargetV1.RecoveryPoint) throws -> PointView {
        let content = try bench.perform { environment in
            var disks: [[UInt8]] = []
            for index in DataPathWorld.disks.indices {
                let call = try await ScriptedVault(environment).target.readPoint(
                    .with {
                        $0.item = DataPathWorld.item.text
                        $0.number = point.number
                        $0.disk = UInt32(index)
                    }, ScriptedVault.options)
                var bytes: [UInt8] = []
                while let piece = try await call.next() {
                    bytes += piece.data
                    bytes += [UInt8](repeating: 0, count: Int(piece.zeroes))
                }
                disks.append(bytes)
            }
            return disks
        }
        return PointView(content: content, roots: point.roots.map(\.root))
    }

    /// Of all points that are applied, by number.
    func views() throws -> [UInt64: PointView] {
        var out: [UInt64: PointView] = [:]
        for point in try points() where point.applied { out[point.number] = try view(point) }
        return out
    }
}
