import API
import Contract
import Environment
import Messages
import Model
import RPC

/// `homeward.vault.v1.Items`: decodes and checks; `VaultCore` decides.
struct ItemsHandler: ItemsService {
    let core: VaultCore

    func getItem(_ request: VaultV1.GetItemRequest, _ context: CallContext) async throws -> VaultV1.Item {
        try await answering("read item \(request.name)") {
            core.show(try await core.vault.store.item(named: request.name))
        }
    }

    func listItems(
        _ request: VaultV1.ListItemsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListItemsResponse {
        try await answering("list items") {
            let page = try Page(request.pageSize)
            let found = try await core.vault.store.items(after: request.pageToken, limit: page.size + 1)
            let shown = Array(found.prefix(page.size))
            return .with {
                $0.items = shown.map(core.show)
                $0.nextPageToken = found.count > page.size ? shown.last?.id ?? "" : ""
            }
        }
    }

    func watchItems(
        _ request: VaultV1.WatchItemsRequest, _ responses: MessageWriter<VaultV1.ItemEvent>, _ context: CallContext
    ) async throws {
        try await answering("watch items") { try await core.watch(Int64(clamping: request.afterRevision), responses) }
    }

    func listRecoveryPoints(
        _ request: VaultV1.ListRecoveryPointsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListRecoveryPointsResponse {
        try await answering("list recovery points of \(request.item)") { try await core.recoveryPoints(request) }
    }

    func readRecoveryPoint(
        _ request: VaultV1.ReadRecoveryPointRequest, _ responses: MessageWriter<TargetV1.PointContent>,
        _ context: CallContext
    ) async throws {
        try await answering("read a recovery point of \(request.item)") {
            try await core.read(request) { try await responses.send($0) }
        }
    }

    func enable(_ request: VaultV1.EnableRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("enable", request.machine, request.options)
        return try await core.asked(asked, context, "protect machine \(request.machine)") {
            try await core.enableMachine(request)
        }
    }

    func takePoint(_ request: VaultV1.TakePointRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("take-point", request.name, request.options)
        return try await core.asked(asked, context, "take a point of \(request.name)") {
            try await core.takePoint(request)
        }
    }

    func failover(_ request: VaultV1.FailoverRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let operation = request.expectedDirection == .home ? "failback" : "failover"
        let asked = Asked(operation, request.name, request.options)
        return try await core.asked(asked, context, "fail \(request.name) over") {
            try await core.failOver(request)
        }
    }

    func changePoint(_ request: VaultV1.ChangePointRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("change-point", request.name, request.options)
        return try await core.asked(asked, context, "change the point of \(request.name)") {
            try await core.change(request)
        }
    }

    func cancelFailover(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("cancel-failover", request.name, request.options)
        return try await core.asked(asked, context, "cancel the failover of \(request.name)") {
            try await core.operate(request) { item throws(Failure) in
                try core.refuseUnconfirmed(
                    request.confirmLoss, request.options, "cancel the failover of \(request.name)", of: [item])
                let direction = try direction(item)
                return (.cancelFailover, cancelFailoverWorkflow(direction))
            }
        }
    }

    func commit(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("commit", request.name, request.options)
        return try await core.asked(asked, context, "commit \(request.name)") {
            try await core.commit(request)
        }
    }

    func completeMigration(
        _ request: VaultV1.ItemOperationRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        let asked = Asked("complete-migration", request.name, request.options)
        return try await core.asked(asked, context, "complete the migration of \(request.name)") {
            try await core.completeMigration(request)
        }
    }

    func getAllowedOperations(
        _ request: VaultV1.GetAllowedOperationsRequest, _ context: CallContext
    ) async throws -> VaultV1.AllowedOperations {
        try await answering("look at what may be done with \(request.name)") {
            try await core.allowedOperations(request.name)
        }
    }

    func completeCertificate(
        _ request: VaultV1.ItemOperationRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        let asked = Asked("certify", request.name, request.options)
        return try await core.asked(asked, context, "read back the disks of \(request.name)") {
            try await core.operate(request) { item throws(Failure) in
                if item.phase == Phase.commitPending(.home).name, item.certificate == nil {
                    throw Failure(
                        .operationNotAllowed, "read back the disks of \(request.name): their point was changed after "
                            + "the failback, whose certificate says nothing of it")
                }
                return (.completeCertificate, certifyWorkflow)
            }
        }
    }

    func reprotect(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        try await core.asked(Asked("reprotect", request.name, request.options), context, "reprotect \(request.name)") {
            try await core.reprotect(request)
        }
    }

    func cancelReprotect(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("cancel-reprotect", request.name, request.options)
        return try await core.asked(asked, context, "cancel the reprotect of \(request.name)") {
            try await core.operate(request) { item throws(Failure) in
                try refuseRelocating(item, request.name)
                return (.cancelReprotect, cancelReprotectWorkflow(try direction(item)))
            }
        }
    }

    func switchProcessServer(
        _ request: VaultV1.ItemOperationRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        let asked = Asked("switch-process-server", request.name, request.options)
        return try await core.asked(asked, context, "switch the process server of \(request.name)") {
            try await core.switchProcessServer(request)
        }
    }

    func moveMasterTarget(
        _ request: VaultV1.ItemOperationRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        let asked = Asked("move-master-target", request.name, request.options)
        return try await core.asked(asked, context, "move \(request.name) to another master target") {
            try await core.moveMasterTarget(request)
        }
    }

    func excludeDisk(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("exclude-disk", request.name, request.options)
        return try await core.asked(asked, context, "leave a disk of \(request.name) out") {
            try await core.excludeDisk(request)
        }
    }

    func resync(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("resync", request.name, request.options)
        return try await core.asked(asked, context, "compare \(request.name) with its replica") {
            try await core.resync(request)
        }
    }

    func pinPoint(_ request: VaultV1.PinRequest, _ context: CallContext) async throws -> VaultV1.Job {
        try await core.asked(
            Asked("pin-point", request.name, request.options), context, "pin a point of \(request.name)"
        ) { try await core.pinByHand(request) }
    }

    func unpinPoint(_ request: VaultV1.PinRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("unpin-point", request.name, request.options)
        return try await core.asked(asked, context, "let a pinned point of \(request.name) go") {
            try await core.unpinByHand(request)
        }
    }

    func getSetAside(
        _ request: VaultV1.GetSetAsideRequest, _ context: CallContext
    ) async throws -> VaultV1.GetSetAsideResponse {
        try await answering("look at what is set aside of \(request.item)") { try await core.setAside(request) }
    }

    func readSetAside(
        _ request: VaultV1.ReadSetAsideRequest, _ responses: MessageWriter<TargetV1.PointContent>,
        _ context: CallContext
    ) async throws {
        try await answering("read what is set aside of \(request.item)") {
            try await core.read(request) { try await responses.send($0) }
        }
    }

    func releaseSetAside(
        _ request: VaultV1.ReleaseSetAsideRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        let asked = Asked("release-set-aside", request.name, request.options)
        return try await core.asked(asked, context, "release what is set aside of \(request.name)") {
            try await core.releaseSetAside(request)
        }
    }

    func setCloudNetwork(
        _ request: VaultV1.SetCloudNetworkRequest, _ context: CallContext
    ) async throws -> VaultV1.Item {
        let asked = Asked("set-cloud-network", request.name)
        return try await core.asked(asked, context, "set the cloud network of \(request.name)") {
            try await core.setCloudNetwork(request)
        }
    }

    func disable(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("disable", request.name, request.options)
        return try await core.asked(asked, context, "disable \(request.name)") {
            try await core.operate(request) { _ throws(Failure) in
                (request.force ? .disableForced : .disable, disableWorkflow)
            }
        }
    }
}

/// Of the item's phase; the permission gate refuses phases without one by name.
private func direction(_ item: ItemRecord) throws(Failure) -> Direction { try item.phaseValue()?.direction ?? .out }

/// What was made at home for it goes only with the job that made it.
private func refuseRelocating(_ item: ItemRecord, _ name: String) throws(Failure) {
    guard let job = item.synchronizingJob, item.homeAlternate?.job == job else { return }
    throw Failure(
        .operationNotAllowed,
        "cancel the reprotect of \(name): it goes to an alternate location. Cancel its job, which takes the new "
            + "machine and its disks away: homeward jobs cancel \(job)")
}

extension VaultCore {
    /// Giving a machine's writes up needs a word; looking at what that would be does not.
    func refuseUnconfirmed(
        _ confirmed: Bool, _ options: VaultV1.MutationOptions?, _ what: String, of items: [ItemRecord] = []
    ) throws(Failure) {
        guard !confirmed, options?.validateOnly != true else { return }
        let lost = items.isEmpty
            ? "what the machines wrote since they booted is set aside"
            : items.map { $0.writesGivenUp(at: vault.now) }.joined(separator: "; ")
        throw Failure(.operationNotAllowed, "\(what): \(lost). Confirm the loss (confirm_loss, --confirm-loss)")
    }
}

extension ItemRecord {
    /// By a cancel, or a change of point.
    func writesGivenUp(at now: UnixMicroseconds) -> String {
        let since = unprotectedSinceUs > 0 ? ", \(seconds(UInt64(max(0, now.value - unprotectedSinceUs)))) ago" : ""
        return "what \(displayName) wrote since its failover was done\(since), is set aside and in no recovery point"
    }
}
