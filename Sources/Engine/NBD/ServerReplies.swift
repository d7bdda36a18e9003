internal import Blocks
internal import Environment

extension ServerRequest {
    /// The bytes of the reply.
    func reply(_ result: Result<ServerAnswer, NBDError>) -> [UInt8] {
        form == .simple ? simpleReply(result) : structuredReply(result)
    }

    private func simpleReply(_ result: Result<ServerAnswer, NBDError>) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.simpleReplyMagic)
        switch result {
        case .success(let answer):
            var content: [UInt8] = []
            if case .content(let bytes) = answer { content = bytes }
            out.reserveCapacity(Wire.simpleReplySize + content.count)
            out.put(UInt32(0))
            out.put(cookie)
            out.append(contentsOf: content)
        case .failure(let error):
            out.put(error.rawValue)
            out.put(cookie)
        }
        return out
    }

    private func structuredReply(_ result: Result<ServerAnswer, NBDError>) -> [UInt8] {
        var out: [UInt8] = []
        switch result {
        case .success(.content(let bytes)):
            guard case .read(let offset, _) = work else { preconditionFailure("content without a read") }
            putContent(bytes, offset, &out)
        case .success(.extents(let extents)):
            putHead(ReplyChunk.blockStatus, 4 + 8 * extents.count, isLast: true, &out)
            out.put(AllocationContext.id)
            for extent in extents {
                out.put(UInt32(extent.count))
                out.put(extent.isHole ? AllocationContext.hole | AllocationContext.zero : 0)
            }
        case .success(.done):
            putHead(ReplyChunk.none, 0, isLast: true, &out)
        case .failure(let error):
            putHead(ReplyChunk.error, 6, isLast: true, &out)
            out.put(error.rawValue)
            out.put(UInt16(0))
        }
        return out
    }

    /// Data and long zeros in chunks of their own, or all of it in one chunk where the client demands that.
    private func putContent(_ bytes: [UInt8], _ offset: Int64, _ out: inout [UInt8]) {
        let pieces = form == .unfragmented ? [ReadPiece(0..<bytes.count, isZero: false)] : ReadPiece.pieces(of: bytes)
        out.reserveCapacity(pieces.reduce(0) { $0 + 32 + ($1.isZero ? 0 : $1.range.count) })
        for (index, piece) in pieces.enumerated() {
            let isLast = index == pieces.count - 1
            if piece.isZero {
                putHead(ReplyChunk.offsetHole, 12, isLast: isLast, &out)
                out.put(offset + Int64(piece.range.lowerBound))
                out.put(UInt32(piece.range.count))
            } else {
                putHead(ReplyChunk.offsetData, 8 + piece.range.count, isLast: isLast, &out)
                out.put(offset + Int64(piece.range.lowerBound))
                out.append(contentsOf: bytes[piece.range])
            }
        }
    }

    private func putHead(_ type: UInt16, _ length: Int, isLast: Bool, _ out: inout [UInt8]) {
        out.put(Wire.structuredReplyMagic)
        out.put(isLast ? ReplyChunk.done : 0)
        out.put(type)
        out.put(cookie)
        out.put(UInt32(length))
    }
}

/// A part of what was read that is all zeros, or is not.
struct ReadPiece: Hashable, Sendable {
    var range: Range<Int>
    let isZero: Bool

    init(_ range: Range<Int>, isZero: Bool) {
        self.range = range
        self.isZero = isZero
    }

    /// Splits at zeros of `NBDLimits.smallestHole` and more; a read of nothing but zeros is one piece however short.
    static func pieces(of bytes: [UInt8]) -> [ReadPiece] {
        var runs: [ReadPiece] = []
        bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: NBDLimits.preferredBlock) {
                let range = start..<min(start + NBDLimits.preferredBlock, bytes.count)
                add(ReadPiece(range, isZero: Blocks.isZero(UnsafeRawBufferPointer(rebasing: bytes[range]))), to: &runs)
            }
        }
        guard runs.count > 1 else { return runs }
        var pieces: [ReadPiece] = []
        for run in runs {
            let isHole = run.isZero && run.range.count >= NBDLimits.smallestHole
            add(ReadPiece(run.range, isZero: isHole), to: &pieces)
        }
        return pieces
    }

    private static func add(_ piece: ReadPiece, to pieces: inout [ReadPiece]) {
        if let last = pieces.last, last.isZero == piece.isZero {
            pieces[pieces.count - 1].range = last.range.lowerBound..<piece.range.upperBound
        } else {
            pieces.append(piece)
        }
    }
}

extension [FileExtent] {
    /// The first `count` bytes of what they tell, in whole sectors: a sector that is a hole in part is data. At least
    /// one sector, if only as data, which may always be said.
    func inSectors(count: Int64) -> [FileExtent] {
        let sector = Int64(NBDLimits.minimumBlock)
        var out: [FileExtent] = []
        var told: Int64 = 0
        var position: Int64 = 0
        for extent in self {
            position = Swift.min(position + extent.count, count)
            let end = extent.isHole ? position / sector * sector : (position + sector - 1) / sector * sector
            guard end > told else { continue }
            if let last = out.last, last.isHole == extent.isHole {
                out[out.count - 1].count += end - told
            } else {
                out.append(FileExtent(count: end - told, isHole: extent.isHole))
            }
            told = end
        }
        return out.isEmpty ? [FileExtent(count: sector, isHole: false)] : out
    }
}
