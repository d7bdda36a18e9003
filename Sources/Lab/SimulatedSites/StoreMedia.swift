import Environment
import Model
import Store
import Synchronization

/// The databases of a simulated world. Each is bound to a file of the simulated file system, which holds its number:
/// where that file is gone, moved or lost, so is the database.
final class StoreMedia: Sendable {
    private let media = Mutex<[MemoryMedium]>([])

    /// The database at this path, as `owner` opens it: its death ends the opening.
    func open(_ path: String, _ files: any FileSystem, _ openings: Openings) throws -> StoreMedium {
        let medium: MemoryMedium
        if files.exists(path) {
            let text = String(decoding: try files.readAll(path), as: UTF8.self)
            let known = media.withLock { media in Int(text).flatMap { media.indices.contains($0) ? media[$0] : nil } }
            guard let known else { throw Failure(.storeCorrupt, "open store \(path): it holds \"\(text)\"") }
            medium = known
        } else {
            medium = try MemoryMedium()
            let number = media.withLock { media in
                media.append(medium)
                return media.count - 1
            }
            try files.replace(path, with: Array("\(number)".utf8))
        }
        openings.add(medium)
        return .memory(medium)
    }
}

/// What one incarnation opened.
final class Openings: Sendable {
    private let media = Mutex<[MemoryMedium]>([])

    func add(_ medium: MemoryMedium) { media.withLock { $0.append(medium) } }

    func kill() {
        for medium in media.withLock({ $0 }) { medium.kill() }
    }
}
