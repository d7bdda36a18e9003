import Blocks
public import Environment
import Model

extension FailbackCertificate {
    /// Reads a disk and compares its root with the one certified for it. Blocks.
    ///
    /// - Parameter path: the disk as it was handed over: home's plain disk before the commit merges what the guest
    ///   wrote, or a copy of that.
    public func verify(disk id: String, in path: String, _ files: any FileSystem) throws {
        guard let disk = disks.first(where: { $0.id == id }) else {
            throw Failure(
                .invalidArgument, "verify disk \(id): the certificate is of " + disks.map(\.id).joined(separator: ", "))
        }
        let file = try files.open(path, .read)
        defer { file.close() }
        let size = try file.size()
        guard size == Int64(clamping: disk.bytes) else {
            throw Failure(
                .dataCorrupt, "verify disk \(id): \(path) has \(size) bytes, the certified disk \(disk.bytes)")
        }
        let root = try Self.root(of: file, DiskGeometry(size: size))
        guard root == disk.targetRoot else {
            throw Failure(
                .dataCorrupt, "verify disk \(id): the root of \(path) is \(root), certified is \(disk.targetRoot)")
        }
    }

    private static func root(of file: any File, _ geometry: DiskGeometry) throws -> String {
        var pages: [TreeDigest] = []
        for region in 0..<geometry.regionCount {
            let blocks = geometry.blocks(ofRegion: region)
            let leaves = try file.digests(of: blocks, on: geometry)
            pages.append(DigestTree.page(encodedLeaves: leaves.flatMap(\.bytes)))
        }
        return hexadecimal(DigestTree(geometry: geometry, pages: pages).root.bytes)
    }
}
