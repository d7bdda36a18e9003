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
        // Nobody looks at a tombstone, so that what was last seen of it stays.
        let isSeen = item.phase != Phase.disabled.name
        let now = vault.environment.clock.now()
        var message = item.message(
            vault.policies.terms(of: item), isSeen ? vault.figures.rpo(item, at: now) : nil,
            isSeen ? vault.figures.replication(item.id, at: now) : nil,
            alerts: vault.alerts.codes(of: "items/\(item.id)"))
        message.certificate = item.certificateMessage(vault.figures.readBack(item.id))
        message.scrubs = vault.figures.scrubs(item.id)
        message.resync = item.resync?.message(item, vault.figures.status(item.id)?.comparison)
        return message
    }

    func failOver(_ message: VaultV1.FailoverRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        return try await run(request, failoverDraft(message))
    }

    func failoverDraft(_ message: VaultV1.FailoverRequest) async throws -> Draft {
        guard let direction = Direction(message.expectedDirection) else {
            throw Failure(.invalidArgument, "fail over: expected_direction is required, out or home")
        }
        let scope = try await vault.store.scope(named: message.name)
        var parameters = JobParameters(
            operation: direction == .out ? "failover" : "failback", direction: direction.rawValue)
        var draft = Draft(
            scope: scope, operation: .failover(direction),
            workflow: failoverWorkflow(
                direction, ofGroup: scope.group != nil, discardingDrills: message.discardDrill),
            parameters: parameters)
        let wish = PointWish(choice: message.choice, number: message.point, name: message.groupPoint)
        parameters.choice = try wish.choice(of: scope, "fail \(scope.name) over")
        parameters.point = message.point
        if message.discardDrill {
            parameters.discardDrill = true
            draft.warnings += scope.items.filter { $0.drill != nil }.map {
                "The drill of \($0.displayName) ends; what its machine wrote is lost, also when this is given up"
            }
        }
        if message.fullCertificate {
            guard direction == .home else {
                throw Failure(.invalidArgument, "fail \(scope.name) over: certificates are made of failbacks")
            }
            parameters.fullCertificate = true
        }
        if let statement = message.sourceDeadStatement {
            try Permission.require(.stateDeath, "state that the source of \(scope.name) is dead")
            guard !statement.person.isEmpty, !statement.reason.isEmpty else {
                throw Failure(
                    .invalidArgument, "state that the source is dead: a person and what they checked are required")
            }
            guard parameters.choice != "latest" else {
                throw Failure(
                    .invalidArgument, "fail over with a dead source: latest needs a drain; choose latest processed")
            }
            parameters.statement = StoredStatement(statement, at: vault.now)
            draft.warnings.append("If the source still runs, both copies run until its first contact")
            draft.warnings += scope.items.map { item in
                (scope.group == nil ? "" : "\(item.displayName): ") + lossWarning(item)
            }
        }
        draft.parameters = parameters
        if let group = scope.group { try await chooseTogether(group, wish, &draft) }
        if scope.group == nil, wish.choice == .latestApplicationConsistent { await chooseConsistent(&draft) }
        if parameters.choice == "chosen" { await requirePoints(&draft) }
        draft.networks = scope.items.map { $0.plannedNetwork(direction.target) }
        if direction == .home {
            draft.locations = scope.items.map { HomeLocation(ofFailback: $0).message($0, machine: $0.home.machine) }
        }
        return draft
    }

    /// An item's newest application-consistent point is looked up once, here, and is then the chosen one: the job pins
    /// it before anything else. A gate when there is none; never a substitute.
    func chooseConsistent(_ draft: inout Draft) async {
        let item = draft.scope.first
        let points: [TargetV1.RecoveryPoint]
        do { points = try await vault.points(of: item) } catch {
            draft.gates.append(
                Gate(
                    .hasPointOfKind, .unknown,
                    evidence: [Evidence("\(error)", source: item.masterTarget, at: vault.now)]))
            return
        }
        let usable = points.whole
        guard let newest = usable.filter(\.applicationConsistent).newest else {
            let evidence = Evidence(
                "\(item.displayName) has \(usable.count) whole points, and none of them is application-consistent",
                source: item.masterTarget, at: vault.now)
            let remedy = Remedy(
                "Take one while it replicates, or choose another kind",
                command: "homeward points take \(item.displayName) --app-consistent")
            draft.gates.append(Gate(.hasPointOfKind, .fail, evidence: [evidence], remedy: remedy))
            return
        }
        draft.gates.append(Gate(.hasPointOfKind, .pass))
        draft.parameters.choice = "chosen"
        draft.parameters.point = newest.number
        let age = max(0, vault.now.value - newest.cutUnixUs)
        draft.warnings.append(
            "The newest application-consistent point is \(newest.number), cut \(age / 1_000_000)."
                + "\(age / 100_000 % 10) s ago: what was written since is not in it")
    }

    /// A source that cannot be drained keeps what it did not send.
    private func lossWarning(_ item: ItemRecord) -> String {
        let since = vault.figures.rpo(item, at: vault.environment.clock.now())?.ageUs ?? 0
        let age = since == 0 ? "of unknown age" : "\(since / 1_000_000).\(since / 100_000 % 10) s old"
        return "Writes since the newest recovery point, which is \(age), are lost in the new copy; they stay at the "
            + "source and can be read there after a reprotect"
    }

    /// A common point is looked up once, here: the job's plan keeps the number of each member's point.
    func chooseTogether(
        _ group: GroupID, _ wish: PointWish, _ draft: inout Draft
    ) async throws {
        if draft.parameters.choice == "latest-processed" {
            draft.warnings.append(
                "Each member goes to its own newest point, so that they are not of one moment: latest-common keeps "
                    + "the group's cut")
        }
        guard draft.parameters.choice == "chosen" else { return }
        let (point, gate) = try await commonPoint(draft.scope, group, wish.choice, named: wish.name)
        draft.gates.append(gate)
        guard let point else { return }
        var members: [String: MemberParameters] = [:]
        for item in draft.scope.items {
            let number = point.members.first { $0.item == item.id }?.number ?? 0
            members[item.id] = MemberParameters(displayName: item.displayName, point: number)
        }
        draft.parameters.members = members
    }

    func change(_ message: VaultV1.ChangePointRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        let what = "change the point of \(scope.name)"
        try refuseUnconfirmed(message.confirmLoss, message.options, what, of: scope.items)
        let wish = PointWish(
            choice: message.choice == .unspecified ? .chosen : message.choice, number: message.point,
            name: message.groupPoint)
        guard scope.group == nil || ![.latest, .latestProcessed].contains(wish.choice) else {
            throw Failure(.invalidArgument, "\(what): its members share their common points only; choose one of them")
        }
        guard scope.group != nil || [.chosen, .latestApplicationConsistent].contains(wish.choice) else {
            throw Failure(.invalidArgument, "\(what): say which point by its number, or app-consistent")
        }
        let direction = try scope.first.phaseValue()?.direction ?? .out
        let parameters = JobParameters(
            operation: "change-point", direction: direction.rawValue, choice: try wish.choice(of: scope, what),
            point: message.point, confirmLoss: true)
        var draft = Draft(
            scope: scope, operation: .changePoint, workflow: changePointWorkflow(direction), parameters: parameters)
        if let group = scope.group { try await chooseTogether(group, wish, &draft) }
        if scope.group == nil, wish.choice == .latestApplicationConsistent {
            await chooseConsistent(&draft)
        } else {
            await requirePoints(&draft)
        }
        return try await run(request, draft)
    }

    /// An operation that needs no more than the item, or the group; its members are in one phase, or it is refused.
    func operate(
        _ message: VaultV1.ItemOperationRequest,
        _ choose: @Sendable (ItemRecord) throws(Failure) -> (Operation, VaultWorkflow)
    ) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        return try await run(request, operationDraft(message, choose))
    }

    func operationDraft(
        _ message: VaultV1.ItemOperationRequest,
        _ choose: @Sendable (ItemRecord) throws(Failure) -> (Operation, VaultWorkflow)
    ) async throws -> Draft {
        let scope = try await vault.store.scope(named: message.name)
        let (operation, workflow) = try choose(scope.first)
        var parameters = JobParameters(operation: workflow.name)
        parameters.confirmLoss = message.confirmLoss
        parameters.force = message.force
        if message.waitForCertificate { parameters.waitForCertificate = true }
        return Draft(scope: scope, operation: operation, workflow: workflow, parameters: parameters)
    }

    /// Towards the side that the item came from.
    func reprotect(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        return try await run(request, reprotectDraft(message))
    }

    func reprotectDraft(_ message: VaultV1.ItemOperationRequest) async throws -> Draft {
        let scope = try await vault.store.scope(named: message.name)
        let item = scope.first
        let direction = try item.phaseValue()?.direction?.opposite ?? .home
        var parameters = JobParameters(operation: "reprotect", direction: direction.rawValue)
        parameters.confirmLoss = message.confirmLoss
        parameters.waitForAgent = message.waitForAgent
        let source = direction.source
        // Missing ones are gates, not errors: all that is wrong is told at once.
        parameters.processServer =
            (try? component(message.processServer, .processServer, source, "process server"))
            ?? (direction == .out && message.processServer.isEmpty ? item.homeProcessServer : message.processServer)
        parameters.masterTarget =
            (try? component(message.masterTarget, .masterTarget, source.other, "master target"))
            ?? (direction == .out && message.masterTarget.isEmpty ? item.cloudMasterTarget : message.masterTarget)
        if direction == .home {
            if !message.datastore.isEmpty { parameters.datastore = message.datastore }
            if !message.host.isEmpty { parameters.host = message.host }
            var draft = Draft(
                scope: scope, operation: .reprotect(.home), workflow: reprotectHomeWorkflow, parameters: parameters)
            await locate(&draft, alternate: message.alternate)
            try refuseChoice(message, draft)
            return draft
        }
        guard !message.alternate, message.datastore.isEmpty, message.host.isEmpty else {
            throw Failure(
                .invalidArgument, "reprotect \(scope.name) to an alternate location: it goes out to the cloud; only "
                    + "home has one")
        }
        let needsFullCopy = !scope.items.allSatisfy(\.seedAtCloud)
        return Draft(
            scope: scope, operation: .reprotect(direction), workflow: reprotectOutWorkflow, parameters: parameters,
            warnings: needsFullCopy ? ["no seed is kept\(item.whySeedless): a full copy is made"] : [])
    }

    /// Disks of the original location stay where they are.
    private func refuseChoice(_ message: VaultV1.ItemOperationRequest, _ draft: Draft) throws(Failure) {
        guard !message.datastore.isEmpty || !message.host.isEmpty,
            draft.scope.items.contains(where: { draft.homeMachine(of: $0) == nil })
        else { return }
        throw Failure(
            .invalidArgument, "reprotect \(draft.scope.name) to a chosen datastore or host: it comes home to its "
                + "original location, with the disks that it has there. Choose with --alternate, for a new machine and "
                + "a full copy")
    }

    // MARK: Reading

    /// A snapshot, a bookmark, then changes. A watcher reads the store at its own pace, so nothing is queued for it.
    func watch(_ after: Int64, _ responses: MessageWriter<VaultV1.ItemEvent>) async throws {
        var revision = after
        var isFirst = true
        let clock = vault.environment.clock
        while true {
            guard let ticket = vault.bell.ticket() else {
                throw Failure(.limitReached, "watch items: too many wait already")
            }
            let sent = try await sendChanges(after: revision, responses)
            if isFirst || sent > revision { try await responses.send(bookmark(sent)) }
            isFirst = false
            revision = sent
            await ticket.wait(until: clock.now() + watchPause, clock)
            try Task.checkCancellation()
        }
    }

    /// Everything that changed after a revision; answers the last revision sent.
    private func sendChanges(after: Int64, _ responses: MessageWriter<VaultV1.ItemEvent>) async throws -> Int64 {
        var revision = after
        while true {
            let page = try await vault.store.items(changedAfter: revision, limit: Page.usual).items
            for item in page {
                var event = VaultV1.ItemEvent()
                event.revision = UInt64(item.revision)
                event.item = show(item)
                try await responses.send(event)
                revision = item.revision
            }
            if page.count < Page.usual { return revision }
        }
    }

    private func bookmark(_ revision: Int64) -> VaultV1.ItemEvent {
        .with {
            $0.revision = UInt64(revision)
            $0.bookmark = true
        }
    }

    /// Members have points of their own; a group has common ones.
    private func itemWithPoints(_ name: String) async throws -> ItemRecord {
        let scope = try await vault.store.scope(named: name)
        guard let group = scope.group else { return scope.first }
        throw Failure(
            .invalidArgument, "look at the points of \(group): it is a replication group; see `homeward groups points "
                + "\(group)`")
    }

    func recoveryPoints(
        _ message: VaultV1.ListRecoveryPointsRequest
    ) async throws -> VaultV1.ListRecoveryPointsResponse {
        let item = try await itemWithPoints(message.item)
        let page = try Page(message.pageSize)
        let (all, age) = try await catalogue(item)
        var last = UInt64.max
        if !message.pageToken.isEmpty {
            guard let number = UInt64(message.pageToken) else {
                throw Failure(.invalidArgument, "list recovery points: the page token is not one of ours")
            }
            last = number
        }
        let points = all.sorted { $0.number > $1.number }
        let start = points.firstIndex { $0.number < last } ?? points.endIndex
        let shown = Array(points[start...].prefix(page.size))
        var answer = VaultV1.ListRecoveryPointsResponse()
        answer.points = shown
        if points.count - start > page.size, let end = shown.last { answer.nextPageToken = "\(end.number)" }
        answer.cachedAgeUs = age
        answer.handPins = item.handPins(of: shown).map(\.message)
        return answer
    }

    /// Passed on from the master target piece by piece; each is sent before the next one is asked for.
    func read(
        _ message: VaultV1.ReadRecoveryPointRequest, _ send: (TargetV1.PointContent) async throws -> Void
    ) async throws {
        let item = try await itemWithPoints(message.item)
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        let request = TargetV1.ReadPointRequest.with {
            $0.item = item.id
            $0.number = message.number
            $0.name = message.name
            $0.disk = message.disk
            $0.offset = message.offset
            $0.length = message.length
        }
        try await calling("read a recovery point of item \(item.id)") {
            let call = try await client.readPoint(request)
            defer { call.cancel() }
            while let piece = try await call.next() { try await send(piece) }
        }
    }

    /// From the master target; when it is away, the copy of the last time, with its age.
    private func catalogue(_ item: ItemRecord) async throws -> (points: [TargetV1.RecoveryPoint], ageUs: UInt64) {
        do { return (try await vault.points(of: item), 0) } catch {
            guard let cached = try await vault.store.catalogue(of: item.itemID()) else { throw error }
            return (cached.points.points, UInt64(max(1, vault.now.value - cached.at.value)))
        }
    }
}

/// A watcher that hears nothing looks again after this.
private let watchPause: Duration = .seconds(30)

/// Which point a person asks for.
struct PointWish {
    var choice: VaultV1.PointChoice
    /// Of an item's point.
    var number: UInt64
    /// Of a group's point.
    var name: String

    /// As a job's parameters have it: a group's common point is looked up when the job is made, and is then chosen.
    func choice(of scope: Scope, _ what: String) throws(Failure) -> String {
        let isGroup = scope.group != nil
        switch choice {
        case .latest: return "latest"
        case .latestProcessed: return "latest-processed"
        case .latestApplicationConsistent: return isGroup ? "chosen" : "latest-application-consistent"
        case .latestCommon where isGroup: return "chosen"
        case .chosen where isGroup && !name.isEmpty: return "chosen"
        case .chosen where !isGroup && number > 0: return "chosen"
        case .latestCommon:
            throw Failure(.invalidArgument, "\(what): a common point is of a group; choose latest")
        default:
            let needed = isGroup ? "the name of a group point (`homeward groups points`)" : "its number"
            throw Failure(.invalidArgument, "\(what): say which point; a chosen one needs \(needed)")
        }
    }
}

extension ItemRecord {
    /// As a preview goes on after saying that there is no seed.
    var whySeedless: String {
        if isSeedSought == true { return ", unless the disks of the removed machine \(cloud.machine) are found" }
        return seedDroppedBy.map { ", as policy \($0) says" } ?? ""
    }
}
