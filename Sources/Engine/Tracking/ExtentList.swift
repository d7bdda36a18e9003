public import Environment

/// Extents of a range as they are found, one after the other; neighbours of one kind are joined.
public struct ExtentList: Sendable {
    public private(set) var extents: [FileExtent] = []
    private let limit: Int
    /// What may still be asked of files: of a range in many small pieces only the beginning is told.
    private var questions: Int
    private static let questionsPerExtent = 4

    /// - Parameter limit: extents at most, more than 0.
    public init(limit: Int) {
        self.limit = limit
        questions = limit * Self.questionsPerExtent
    }

    /// What a file says of a range within it. False when the list has come to its limit, perhaps within the range.
    public mutating func append(_ file: any File, at offset: Int64, count: Int64) throws(FileError) -> Bool {
        let end = offset + count
        var position = offset
        while position < end {
            guard questions > 0 else { return false }
            questions -= 1
            var extent = try file.extent(at: position)
            extent.count = min(extent.count, end - position)
            guard append(extent) else { return false }
            position += extent.count
        }
        return true
    }

    /// False when the list has come to its limit without it.
    public mutating func append(_ extent: FileExtent) -> Bool {
        guard extent.isHole != extents.last?.isHole else {
            extents[extents.count - 1].count += extent.count
            return true
        }
        guard extents.count < limit else { return false }
        extents.append(extent)
        return true
    }
}
