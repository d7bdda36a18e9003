import Blocks
import Contract
import Messages
import Model
import Replicas

/// A point of a replica, as a caller names it.
enum PointName: Hashable, Sendable {
    case number(UInt64)
    case name(String)

    func matches(_ point: RecoveryPoint) -> Bool {
        switch self {
        case .number(let number): point.number == number && point.name.isEmpty
        case .name(let name): point.name == name
        }
    }
}

extension PointName: CustomStringConvertible {
    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): name
        }
    }
}

/// A part of a disk as of a point, to be read piece by piece, so that the replica's own work goes on in between.
struct PointView: Sendable {
    /// A quarter of what a message may hold.
    static let pieceBytes: Int64 = 256 << 10

    let point: UInt64
    let disk: Int
    let range: Range<Int64>

    var pieces: [Range<Int64>] {
        stride(from: range.lowerBound, to: range.upperBound, by: Int(Self.pieceBytes)).map { start in
            start..<min(start + Self.pieceBytes, range.upperBound)
        }
    }
}

extension Keeper {
    /// - length: 0 means to the end of the disk.
    func view(_ name: PointName, disk: Int, offset: UInt64, length: UInt64) async throws -> PointView {
        let status = try await status()
        guard let point = status.points.first(where: { name.matches($0) && $0.isApplied }) else {
            throw Failure(.notFound, "read point \(name) of item \(item): there is no such point", on: [.item(item)])
        }
        guard status.disks.indices.contains(disk) else {
            throw Failure(
                .invalidArgument, "read disk \(disk) of item \(item): it has disks 0 to \(status.disks.count - 1)",
                on: [.item(item)])
        }
        let size = UInt64(point.size(of: disk, in: status.disks))
        guard offset <= size, length <= size - offset else {
            throw Failure(
                .invalidArgument, "read \(length) bytes at \(offset) of disk \(disk): it has \(size) bytes",
                on: [.item(item)])
        }
        let end = length == 0 ? size : offset + length
        return PointView(point: point.number, disk: disk, range: Int64(offset)..<Int64(end))
    }

    func read(_ view: PointView, _ piece: Range<Int64>) async throws -> TargetV1.PointContent {
        try await act("read point \(view.point)") { replica in
            let bytes = try replica.read(
                point: view.point, disk: view.disk, offset: piece.lowerBound, count: piece.count)
            return .with {
                $0.offset = UInt64(piece.lowerBound)
                if isZero(bytes) { $0.zeroes = UInt64(bytes.count) } else { $0.data = bytes }
            }
        }
    }
}
