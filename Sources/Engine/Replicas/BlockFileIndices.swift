/// The undo and redo files of a replica that were used last, with their indices, as far as their entries are not too
/// many: a view of an old point looks into the file of each point above it, at every read.
final class BlockFileIndices {
    private let mostEntries: Int
    private var kept: [UInt64: (file: BlockFile, entries: Int, use: UInt64)] = [:]
    private(set) var entryCount = 0
    private var uses: UInt64 = 0

    init(mostEntries: Int) { self.mostEntries = mostEntries }

    var fileCount: Int { kept.count }

    func file(_ number: UInt64) -> BlockFile? {
        guard let place = kept.index(forKey: number) else { return nil }
        uses += 1
        kept.values[place].use = uses
        return kept.values[place].file
    }

    /// A complete file. Those that were not used for longest go, as far as there is no room for them.
    func keep(_ file: BlockFile) {
        forget(file.number)
        uses += 1
        kept[file.number] = (file, file.entryCount, uses)
        entryCount += file.entryCount
        while entryCount > mostEntries, kept.count > 1, let oldest = kept.min(by: { $0.value.use < $1.value.use }) {
            forget(oldest.key)
        }
    }

    func forget(_ number: UInt64) { entryCount -= kept.removeValue(forKey: number)?.entries ?? 0 }
}
