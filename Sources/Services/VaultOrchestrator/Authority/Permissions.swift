import Model
import RPC

/// What only some callers may do: each passes something by that keeps machines from running twice, or data from being
/// lost, on a person's word.
///
/// Checked where the word is taken, by the certificate that the call came with (`VaultSettings.permissions`). Where the
/// setting is absent, whoever may call the vault may do all of it.
enum Permission: String, CaseIterable, Sendable {
    /// State that a source, or a component that does not answer, is dead.
    case stateDeath = "state-death"
    /// Waive a gate.
    case waive
    /// Decide how a stuck job goes on.
    case resolve
    /// Conclude from what is what a restored vault's items are.
    case reconcile

    /// Of the call that a task serves; nil: all. Jobs and reconcilers act on words that were taken before.
    @TaskLocal static var held: Set<Permission>?

    static func require(_ permission: Permission, _ attempting: String) throws(Failure) {
        guard let held, !held.contains(permission) else { return }
        throw Failure(
            .permissionDenied, "\(attempting): the caller's certificate lacks permission \"\(permission.rawValue)\"; "
                + "setting \"permissions\" of the vault says who has it")
    }
}

extension VaultSettings {
    /// nil: all.
    func permissions(of identity: PeerIdentity?) -> Set<Permission>? {
        guard let permissions else { return nil }
        let names = identity?.uris.flatMap { permissions[$0] ?? [] } ?? []
        return Set(names.compactMap(Permission.init(rawValue:)))
    }

    func checkPermissions() throws(Failure) {
        guard let permissions else { return }
        func refuse(_ what: String) -> Failure { Failure(.invalidArgument, "setting \"permissions\": \(what)") }
        guard service.tls != nil else { throw refuse("callers are known by certificates; give it \"service.tls\"") }
        for (name, held) in permissions {
            guard name.hasPrefix(PeerIdentity.scheme) else {
                throw refuse("\"\(name)\" is not a \(PeerIdentity.scheme)<site>/<component>")
            }
            if let unknown = held.first(where: { Permission(rawValue: $0) == nil }) {
                let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse("\"\(unknown)\" of \(name) is none; there are \(known)")
            }
        }
    }
}
