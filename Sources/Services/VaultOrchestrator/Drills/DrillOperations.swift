import API
import Contract
import Messages
import Model
import RPC

extension VaultCore {
    func beginDrill(_ message: VaultV1.BeginDrillRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        return try await run(request, drillDraft(message))
    }

    func drillDraft(_ message: VaultV1.BeginDrillRequest) async throws -> Draft {
        guard let direction = Direction(message.expectedDirection) else {
            throw Failure(.invalidArgument, "begin a drill: expected_direction is required, out or home")
        }
        let scope = try await vault.store.scope(named: message.name)
        let what = "\(drillName(direction)) of \(scope.name)"
        guard scope.group == nil else {
            throw Failure(.invalidArgument, "\(what): it is a replication group; test its members one by one")
        }
        guard message.choice != .latest else {
            throw Failure(.invalidArgument, "\(what): a test drains nothing; choose latest-processed")
        }
        let wish = PointWish(choice: message.choice, number: message.point, name: "")
        let parameters = JobParameters(
            operation: drillName(direction), direction: direction.rawValue, choice: try wish.choice(of: scope, what),
            point: message.point)
        var draft = Draft(
            scope: scope, operation: .drill, workflow: drillWorkflow(direction), parameters: parameters)
        draft.gates.append(directionConfirmed(Observation(scope.first, .drill, at: vault.now), direction))
        if wish.choice == .latestApplicationConsistent { await chooseConsistent(&draft) }
        if wish.choice == .chosen { await requirePoints(&draft) }
        return draft
    }

    func cleanUpDrill(_ message: VaultV1.CleanUpDrillRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let remark = try Self.checkedRemark(message.remark, message.name)
        return try await run(request, drillCleanupDraft(message.name, remark: remark))
    }

    func drillCleanupDraft(_ name: String, remark: String) async throws -> Draft {
        var parameters = JobParameters(operation: drillCleanupWorkflow.name)
        parameters.remark = remark
        return Draft(
            scope: Scope(try await vault.store.item(named: name)), operation: .drillCleanup,
            workflow: drillCleanupWorkflow, parameters: parameters)
    }

    static func checkedRemark(_ remark: String, _ name: String) throws(Failure) -> String {
        guard remark.utf8.count <= longestRemark else {
            throw Failure(
                .invalidArgument, "clean up the drill of \(name): the remark has more than \(longestRemark) bytes")
        }
        return remark
    }

    /// Some pages of text.
    private static let longestRemark = 8_192

    func drills(_ message: VaultV1.ListDrillsRequest) async throws -> VaultV1.ListDrillsResponse {
        let page = try Page(message.pageSize)
        guard let before = message.pageToken.isEmpty ? Int64.max : Int64(message.pageToken) else {
            throw Failure(.invalidArgument, "list drills: the page token is not one of ours")
        }
        let item = message.item.isEmpty ? nil : try await vault.store.item(named: message.item).id
        let found = try await vault.store.drills(
            before: before, of: item, standingOnly: message.standingOnly, limit: page.size + 1)
        let shown = found.prefix(page.size)
        return .with {
            $0.drills = shown.map(\.drill.message)
            $0.nextPageToken = found.count > page.size ? shown.last.map { "\($0.sequence)" } ?? "" : ""
        }
    }
}

/// `homeward.vault.v1.Drills`: decodes and checks; `VaultCore` decides.
struct DrillsHandler: DrillsService {
    let core: VaultCore

    func beginDrill(_ request: VaultV1.BeginDrillRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let name = drillName(request.expectedDirection == .home ? .home : .out)
        return try await core.asked(Asked(name, request.name, request.options), context, "\(name) of \(request.name)") {
            try await core.beginDrill(request)
        }
    }

    func cleanUpDrill(_ request: VaultV1.CleanUpDrillRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("drill-cleanup", request.name, request.options)
        return try await core.asked(asked, context, "clean up the drill of \(request.name)") {
            try await core.cleanUpDrill(request)
        }
    }

    func listDrills(
        _ request: VaultV1.ListDrillsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListDrillsResponse {
        try await answering("list drills") { try await core.drills(request) }
    }
}
