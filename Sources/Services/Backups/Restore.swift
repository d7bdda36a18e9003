import Environment
public import Hosting
import Model
public import Store

/// Takes a backup into a component's store, which must not be there yet, before the component is started.
///
/// - Parameters:
///   - source: the path of a backup's file, the name of one in the component's own directory, or `newest` of those.
///   - check: throws for a backup that may not be taken here.
/// - Returns: what was taken, for the log.
public func restoreStore(
    _ schema: Schema, from source: String, _ service: ServiceSettings, _ settings: BackupSettings?,
    _ context: ServiceContext, check: @escaping @Sendable (RestoredAside) throws -> Void = { _ in }
) async throws -> String {
    let files = context.environment.files
    let folder = BackupFolder(
        (settings ?? BackupSettings()).directory(of: service), store: schema.store, keep: 1, files: files)
    let lane = context.environment.lanes.lane("restore")
    return try await lane.run {
        var (place, name) = (source, source)
        if source == "newest" || BackupName(source, of: schema.store) != nil {
            let found = try folder.find(source).name
            (place, name) = (folder.place(of: found), "\(found)")
        }
        let file = try readBackup(place, files: files)
        let aside = try RestoredAside(file, store: schema.store, schema: schema)
        try check(aside)
        try context.store(schema.store).restore(file, store: schema.store)
        return "\(name): \(aside.content.totalRows) rows of \(aside.content.incarnation)"
    }
}
