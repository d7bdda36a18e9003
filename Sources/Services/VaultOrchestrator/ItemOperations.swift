import API
import Contract
import Environment
import Messages
import Model
import RPC
import Store
import Workflow

/// The API's operations, each as a draft of a job.
extension VaultCore {
    func show(_ item: ItemRecord) -> VaultV1.Item {
        item.message(rpoUs: vault.figures.rpo(item.id, at: vault.environment.clock.now()))
    }

    func failOver(_ message: VaultV1.FailoverRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        guard let direction = Direction(message.expectedDirection) else {
            throw Failure(.invalidArgument, "fail over: expected_direction is required, out or home")
        }
        let item = try await vault.store.item(named: message.name)
        var parameters = JobParameters(
            operation: direction == .out ? "failover" : "failback", direction: direction.rawValue)
        parameters.choice = try choice(message)
        parameters.point = message.point
        var warnings: [String] = []
        if let statement = message.sourceDeadStatement {
            guard !statement.person.isEmpty, !statement.reason.isEmpty else {
                throw Failure(.invalidArgument, "state that the source is dead: a person and what they checked are required")
            }
            guard parameters.choice != "latest" else {
                throw Failure(
                    .invalidArgument, "fail over with a dead source: latest needs a drain; choose latest processed")
            }
            let at = statement.statedUnixUs == 0 ? vault.now.value : statement.statedUnixUs
            parameters.statement = StoredStatement(person: statement.person, reason: statement.reason, atUs: at)
            warnings.append("If the source still runs, both copies run until its first contact")
        }
        return try await run(
            request,
            Draft(
                item: item, operation: .failover(direction), workflow: failoverWorkflow(direction),
                parameters: parameters, warnings: warnings))
    }

    private func choice(_ message: VaultV1.FailoverRequest) throws(Failure) -> String {
        switch message.choice {
        case .latest: return "latest"
        case .latestProcessed: return "latest-processed"
        case .latestApplicationConsistent: return "latest-application-consistent"
        case .chosen where message.point > 0: return "chosen"
        default: throw Failure(.invalidArgument, "fail over: say which point; a chosen one needs its number")
        }
    }

    func change(_ message: VaultV1.ChangePointRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let item = try await vault.store.item(named: message.name)
        try refuseUnconfirmed(message.confirmLoss, "change the point of \(item.displayName)")
        guard message.point > 0 else { throw Failure(.invalidArgument, "change the point: its number is required") }
        let direction = try item.phaseValue()?.direction ?? .out
        let parameters = JobParameters(
            operation: "change-point", direction: direction.rawValue, choice: "chosen", point: message.point,
            confirmLoss: true)
        return try await run(
            request,
            Draft(
                item: item, operation: .changePoint, workflow: changePointWorkflow(direction), parameters: parameters))
    }

    /// An operation that needs no more than the item.
    func operate(
        _ message: VaultV1.ItemOperationRequest,
        _ choose: @Sendable (ItemRecord) throws(Failure) -> (Operation, VaultWorkflow)
    ) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let item = try await vault.store.item(named: message.name)
        let (operation, workflow) = try choose(item)
        var parameters = JobParameters(operation: workflow.name)
        parameters.confirmLoss = message.confirmLoss
        parameters.force = message.force
        return try await run(
            request, Draft(item: item, operation: operation, workflow: workflow, parameters: parameters))
    }

    /// Towards the side that the item came from.
    func reprotect(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let item = try await vault.store.item(named: message.name)
        let direction = try item.phaseValue()?.direction?.opposite ?? .home
        var parameters = JobParameters(operation: "reprotect", direction: direction.rawValue)
        parameters.confirmLoss = message.confirmLoss
        parameters.waitForAgent = message.waitForAgent
        let source = direction.source
        // Missing ones are gates, not errors: all that is wrong is told at once.
        parameters.processServer = (try? component(message.processServer, .processServer, source, "process server"))
            ?? (direction == .out && message.processServer.isEmpty ? item.homeProcessServer : message.processServer)
        parameters.masterTarget = (try? component(message.masterTarget, .masterTarget, source.other, "master target"))
            ?? (direction == .out && message.masterTarget.isEmpty ? item.cloudMasterTarget : message.masterTarget)
        return try await run(
            request,
            Draft(
                item: item, operation: .reprotect(direction),
                workflow: direction == .home ? reprotectHomeWorkflow : reprotectOutWorkflow, parameters: parameters,
                warnings: direction == .out && !item.seedAtCloud ? ["no seed is kept: a full copy is made"] : []))
    }

    // MARK: Reading

    /// A snapshot, a bookmark, then changes. A watcher reads the store at its own pace, so nothing is queued for it.
    func watch(_ after: Int64, _ responses: MessageWriter<VaultV1.ItemEvent>) async throws {
        var revision = after
        let clock = vault.environment.clock
        while true {
            guard let ticket = vault.bell.ticket() else {
                throw Failure(.limitReached, "watch items: too many wait already")
            }
            var sent = false
            while true {
                let page = try await vault.store.items(changedAfter: revision, limit: Page.usual)
                for item in page.items {
                    try await responses.send(
                        .with {
                            $0.revision = UInt64(item.revision)
                            $0.item = show(item)
                        })
                    revision = item.revision
                    sent = true
                }
                if page.items.count < Page.usual {
                    if sent || revision == after {
                        revision = max(revision, page.items.last?.revision ?? revision)
                        try await responses.send(
                            .with {
                                $0.revision = UInt64(revision)
                                $0.bookmark = true
                            })
                    }
                    break
                }
            }
            await ticket.wait(until: clock.now() + watchPause, clock)
            try Task.checkCancellation()
        }
    }

    func recoveryPoints(
        _ message: VaultV1.ListRecoveryPointsRequest
    ) async throws -> VaultV1.ListRecoveryPointsResponse {
        let item = try await vault.store.item(named: message.item)
        let page = try Page(message.pageSize)
        var points: [TargetV1.RecoveryPoint]
        var age: UInt64 = 0
        do { points = try await vault.points(of: item) } catch let failure as Failure {
            guard let cached = try await vault.store.catalogue(of: item.itemID()) else { throw failure }
            points = cached.points.points
            age = UInt64(max(1, vault.now.value - cached.at.value))
        }
        points.sort { $0.number > $1.number }
        if !message.pageToken.isEmpty {
            guard let last = UInt64(message.pageToken) else {
                throw Failure(.invalidArgument, "list recovery points: the page token is not one of ours")
            }
            points.removeAll { $0.number >= last }
        }
        let shown = Array(points.prefix(page.size))
        let more = points.count > page.size
        return .with {
            $0.points = shown
            $0.nextPageToken = more ? shown.last.map { "\($0.number)" } ?? "" : ""
            $0.cachedAgeUs = age
        }
    }
}

/// A watcher that hears nothing looks again after this.
private let watchPause: Duration = .seconds(30)
