import Backups
import Contract
import Environment
public import Hosting
import Model
import Store

extension ConfigurationServer {
    /// Takes a backup into the empty store, before a start: at the address alone that the server had (source statement
    /// S11). Agents, process servers, master targets and the vault know it by that address.
    ///
    /// - Parameter source: the path of a backup's file, the name of one in this server's own directory, or `newest`.
    /// - Returns: what was taken.
    public static func restore(
        from source: String, _ settings: ConfigurationSettings, _ context: ServiceContext
    ) async throws -> String {
        let own = try parseAddress(settings.service.advertise ?? settings.service.listen)
        return try await restoreStore(
            ConfigurationStore.schema, from: source, settings.service, settings.backups, context
        ) { aside in
            let former = try ConfigurationStore.address(in: aside)
            guard !former.isEmpty else {
                throw Failure(
                    .operationNotAllowed, "restore the configuration database: the backup does not say at which "
                        + "address its server was")
            }
            guard try parseAddress(former).location == own.location else {
                throw Failure(
                    .operationNotAllowed, "restore the configuration database at \(own.location): its server was at "
                        + "\(try parseAddress(former).location), where agents, process servers, master targets and the "
                        + "vault look for it. Give this computer that address, and its port in \"listen\" or "
                        + "\"advertise\"")
            }
        }
    }
}
