import API
import Contract
import Messages
import Model
import Receivers
import RPC

/// `homeward.replication.v1.GroupRecord`, as process servers see it.
struct GroupRecordHandler: GroupRecordService {
    let groups: GroupRecords

    func recordGroupPoint(
        _ request: ReplicationV1.RecordGroupPointRequest, _ context: CallContext
    ) async throws -> ReplicationV1.RecordGroupPointResponse {
        try await answering("record a point of group \(request.token?.group ?? "")") {
            try await groups.record(request)
        }
    }
}

/// What the vault asks of group points.
extension TargetControlHandler {
    func listGroupPoints(
        _ request: TargetV1.ListGroupPointsRequest, _ context: CallContext
    ) async throws -> TargetV1.ListGroupPointsResponse {
        try await answering("list the points of group \(request.group)") {
            let page = try Page(size: request.pageSize, token: request.pageToken)
            let points = await groups.list(try GroupID(request.group), existingOnly: request.existingOnly)
            let (shown, next) = page.cut(points, by: \.key)
            return .with {
                $0.points = shown.map(\.message)
                $0.nextPageToken = next
            }
        }
    }

    func pinGroupPoint(
        _ request: TargetV1.PinGroupPointRequest, _ context: CallContext
    ) async throws -> TargetV1.GroupPoint {
        try await answering("pin a point of group \(request.group)") {
            let group = try GroupID(request.group)
            guard !request.pin.isEmpty, request.pin.utf8.count <= Self.longestPin else {
                throw Failure(
                    .invalidArgument, "pin a point of group \(group): say who pins, in up to \(Self.longestPin) bytes")
            }
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await groups.pin(group, name: request.name, pin: request.pin)
            }
        }
    }

    func sealGroupFinal(
        _ request: TargetV1.SealGroupFinalRequest, _ context: CallContext
    ) async throws -> TargetV1.GroupPoint {
        try await answering("seal the final point of group \(request.group)") {
            let group = try GroupID(request.group)
            var closing: [ItemID: Generation] = [:]
            for member in request.members {
                let item = try ItemID(member.item)
                try await check(try Generation(member.generation), of: item)
                closing[item] = try Generation(member.closing)
            }
            guard !closing.isEmpty, closing.count == request.members.count else {
                throw Failure(.invalidArgument, "seal the final point of group \(group): name each member once")
            }
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { [closing] _ in
                try await groups.sealFinal(group, closing: closing)
            }
        }
    }

    private func check(_ generation: Generation, of item: ItemID) async throws {
        let assigned = try await effects.store.assignment(of: item)?.generation
        let code: ErrorCode
        switch judge(stored: assigned, incoming: generation, isAssign: false) {
        case .accept: return
        case .stale: code = .staleGeneration
        case .conflict: code = .generationConflict
        case .unknown: code = .unknownGeneration
        }
        throw Failure(
            code, "act on item \(item) under \(generation): assigned here is \(assigned.map { "\($0)" } ?? "none")",
            on: [.item(item)])
    }
}
