/// Digests of ranges: the upper levels of a comparison, so that what is the same takes few bytes to say.
extension BlockRange {
    /// Parts of it that begin and end at multiples of `span` blocks, but for its own ends. Both sides of a comparison
    /// cut alike.
    public func cut(every span: Int) -> [BlockRange] {
        precondition(span > 0)
        var parts: [BlockRange] = []
        var position = lowerBound
        while position < upperBound {
            let end = Swift.min(upperBound, (position / span + 1) * span)
            parts.append(position..<end)
            position = end
        }
        return parts
    }

    /// How many parts that are, without making them.
    public func cuts(every span: Int) -> Int {
        isEmpty ? 0 : (upperBound - 1) / span - lowerBound / span + 1
    }
}

extension BlockDigest {
    /// Of consecutive blocks that begin at `first`: XXH3-128 over their digests, seeded with that number; zero when all
    /// of them are zero.
    public init(range leaves: some Collection<BlockDigest>, from first: BlockIndex) {
        var writer = ByteWriter()
        for leaf in leaves { leaf.write(to: &writer) }
        self.init(writer.bytes, at: first)
    }
}
