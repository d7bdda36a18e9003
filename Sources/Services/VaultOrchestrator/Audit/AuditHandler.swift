import API
import Contract
import Logging
import Messages
import Model
import RPC
import Store

/// `homeward.vault.v1.Audit`.
struct AuditHandler: AuditService {
    let core: VaultCore

    private var log: AuditLog { core.vault.store.audit }

    func listAuditRecords(
        _ request: VaultV1.ListAuditRecordsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListAuditRecordsResponse {
        try await answering("read the audit log") {
            let page = try Page(request.pageSize)
            let place = try place(request.pageToken)
            let found = try await log.page(after: place, try await filter(request), limit: page.size)
            return .with {
                $0.records = found.records
                $0.nextPageToken = found.next.map { "\($0)" } ?? ""
            }
        }
    }

    func getAuditHead(
        _ request: VaultV1.GetAuditHeadRequest, _ context: CallContext
    ) async throws -> VaultV1.AuditHead {
        try await answering("read the head of the audit log") {
            let (head, at) = try await log.head()
            return .with {
                $0.sequence = head.sequence
                $0.hash = head.hash
                $0.atUnixUs = at.value
            }
        }
    }

    private func filter(_ request: VaultV1.ListAuditRecordsRequest) async throws -> AuditLog.Filter {
        var filter = AuditLog.Filter(sinceUs: request.sinceUnixUs, untilUs: request.untilUnixUs)
        if !request.job.isEmpty {
            filter.job = request.job.hasPrefix("jobs/") ? request.job : "jobs/\(request.job)"
        }
        switch request.item {
        case "": break
        // An item whose protection could not be begun is gone; its records are not.
        case let name where name.hasPrefix("items/"): filter.item = name
        case let name where name.hasPrefix("groups/"): filter.group = name
        case let name: filter.item = "items/\(try await core.vault.store.item(named: name).id)"
        }
        return filter
    }

    private func place(_ token: String) throws(Failure) -> Int64 {
        if token.isEmpty { return 0 }
        guard let place = Int64(token), place >= 0 else {
            throw Failure(.invalidArgument, "read the audit log: the page token is not one of ours")
        }
        return place
    }
}

/// A request for a change, as its refusal is told.
struct Asked: Sendable {
    /// The operation, as jobs name it.
    let operation: String
    /// The item, group, job or machine that was named.
    let name: String
    var person = ""
    var requestID = ""
    /// What is only validated changes nothing, and is not told.
    var validateOnly = false

    init(_ operation: String, _ name: String, person: String = "") {
        self.operation = operation
        self.name = name
        self.person = person
    }

    init(_ operation: String, _ name: String, _ options: VaultV1.MutationOptions?) {
        self.init(operation, name, person: options?.person ?? "")
        requestID = options?.requestID ?? ""
        validateOnly = options?.validateOnly ?? false
    }
}

extension VaultCore {
    /// Serves a call that asks for a change: what is stored meanwhile is told of this caller, and so is a refusal.
    func asked<T: Sendable>(
        _ asked: Asked, _ context: CallContext, _ what: String, _ body: () async throws -> T
    ) async throws -> T {
        let caller = Caller(peer: context.caller, person: asked.person, request: asked.requestID)
        let permissions = vault.settings.permissions(of: context.identity)
        return try await Caller.$current.withValue(caller) {
            try await answering(what) {
                do {
                    return try await Permission.$held.withValue(permissions) { try await body() }
                } catch let error as CancellationError { throw error } catch {
                    // The port of a caller without one is another one with each connection.
                    if !asked.validateOnly { await refused(asked, by: context.identity.map { "\($0)" } ?? "", error) }
                    throw error
                }
            }
        }
    }

    /// A refusal has no effect, so its record is all there is to store; a store that cannot be written refuses anyway.
    private func refused(_ asked: Asked, by identity: String, _ error: any Error) async {
        do {
            let subject = await subject(asked.name)
            let failure: Failure =
                switch error {
                case let failure as Failure: failure
                case let error as RPCError: Failure(error, attempting: asked.operation)
                default: Failure(.internalError, "\(error)")
                }
            let record = VaultV1.AuditRecord.with {
                $0.kind = "refused"
                $0.operation = asked.operation
                $0.item = subject.item
                $0.group = subject.group
                $0.job = subject.job
                // Of the caller, by whom a refusal is the same as another one.
                $0.person = asked.person
                $0.facts = [.init("name", asked.name)]
                $0.tell(failure)
            }
            try await vault.store.audit.refused(record, by: identity)
        } catch {
            vault.log.error(
                "a refusal is not in the audit log",
                metadata: ["operation": "\(asked.operation)", "name": "\(asked.name)", "error": "\(error)"])
        }
    }

    /// What a name is of; all empty when it is of nothing known.
    private func subject(_ name: String) async -> (item: String, group: String, job: String) {
        if name.hasPrefix("jobs/") { return ("", "", name) }
        guard let scope = try? await vault.store.scope(named: name) else { return ("", "", "") }
        return scope.group.map { ("", "groups/\($0)", "") } ?? ("items/\(scope.first.id)", "", "")
    }
}

extension CallContext {
    /// Who called, as far as it is proven, and from where.
    var caller: String { identity.map { "\($0) (\(peer))" } ?? peer }
}
