import API
import Contract
import Environment
import Hosting
import Messages
import Model
import RPC
import Receivers

/// `homeward.configuration.v1.Registry`.
struct RegistryHandler: RegistryService {
    let core: ConfigurationCore
    let passphrase: [UInt8]

    func registerComponent(
        _ request: ConfigurationV1.RegisterComponentRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        try await answering("register a component") {
            guard let component = request.component else {
                throw Failure(.invalidArgument, "register a component: none is set")
            }
            guard sameSecret(Array(request.passphrase.utf8), trimmed(passphrase)) else {
                throw Failure(
                    .unauthenticated,
                    "register \(component.endpoint?.id ?? "?"): the passphrase is wrong; "
                        + "read it from the configuration server's passphrase file")
            }
            try checkIdentity(of: context, as: component.endpoint, "register")
            _ = try parseAddress(component.endpoint?.address ?? "")
            _ = try await core.heartbeat(component, registers: true)
            return answer(registered: true)
        }
    }

    func heartbeat(
        _ request: ConfigurationV1.HeartbeatRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        try await answering("take a heartbeat") {
            let component = request.component ?? ConfigurationV1.Component()
            try checkIdentity(of: context, as: component.endpoint, "take a heartbeat of")
            return answer(registered: try await core.heartbeat(component, registers: false))
        }
    }

    func listComponents(
        _ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ListComponentsResponse {
        try await answering("list components") {
            let page = try Page(size: request.pageSize, token: request.pageToken)
            let (components, next) = page.cut(try await core.components(), by: { $0.endpoint?.id ?? "" })
            return .with {
                $0.components = components
                $0.nextPageToken = next
            }
        }
    }

    private func answer(registered: Bool) -> ConfigurationV1.RegistryAnswer {
        .with {
            $0.registered = registered
            $0.intervalUs = UInt64(ConfigurationCore.heartbeat.inMicroseconds)
        }
    }
}

/// Compares without telling by its time how much was right.
func sameSecret(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// Without the newline that editors put at a file's end.
func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    bytes.last == 0x0A ? Array(bytes.dropLast()) : bytes
}

/// `homeward.configuration.v1.Configuration`.
struct ConfigurationHandler: ConfigurationService {
    let core: ConfigurationCore
    let effects: Effects

    func getConfigurationStatus(
        _ request: ConfigurationV1.GetConfigurationStatusRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ConfigurationStatus { await core.status() }

    func registerMachine(
        _ request: ConfigurationV1.RegisterMachineRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ProtectedMachine {
        try await answering("register machine \(request.machine)") {
            try await core.requireSynced("register machine \(request.machine)")
            let key = try OperationKey(request.key)
            let item = try ItemID(request.item)
            let machine = try await core.homeMachine(request.machine)
            let row = ConfigurationV1.ProtectedMachine.with {
                $0.item = item.text
                $0.machine = machine.id
                $0.disks = machine.disks.compactMap(\.disk)
            }
            let call = EffectCall(
                key: key, epoch: request.key?.vaultEpoch ?? 0, generation: nil,
                request: request.changed { $0.key = nil })
            return try await effects.transact(call) { transaction in
                try ConfigurationStore.insert(row, in: transaction)
                return row
            }
        }
    }

    func unregisterMachine(
        _ request: ConfigurationV1.UnregisterMachineRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.UnregisterMachineResponse {
        try await answering("unregister item \(request.item)") {
            let key = try OperationKey(request.key)
            let item = try ItemID(request.item)
            let call = EffectCall(
                key: key, epoch: request.key?.vaultEpoch ?? 0, generation: nil,
                request: request.changed { $0.key = nil })
            return try await effects.transact(call) { transaction in
                try ConfigurationStore.remove(item, in: transaction)
                return ConfigurationV1.UnregisterMachineResponse()
            }
        }
    }

    func getProtectedMachine(
        _ request: ConfigurationV1.GetProtectedMachineRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ProtectedMachine {
        try await answering("read the row of item \(request.item)") {
            let item = try ItemID(request.item)
            guard var row = try await core.store.machine(item) else {
                throw Failure(
                    .notFound, "read item \(item): it is not in the configuration database", on: [.item(item)])
            }
            row.agentSilentUs = await core.agentSilence(row)
            return row
        }
    }

    func syncAssignments(
        _ request: ConfigurationV1.SyncAssignmentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.SyncAssignmentsResponse {
        try await answering("sync assignments") {
            let higher = try await core.sync(request.assignments)
            return .with { $0.higher = higher }
        }
    }
}

extension ConfigurationCore {
    func homeMachine(_ id: String) async throws -> PlatformV1.Machine {
        try await calling("find machine \(id) in vCenter") {
            try await platform.getMachine(.with { $0.machine = id }, CallOptions(timeout: platformTimeout))
        }
    }

    /// Microseconds since the registered agent was heard; the maximum when this boot of it never was.
    func agentSilence(_ row: ConfigurationV1.ProtectedMachine) async -> UInt64 {
        guard let agent = await links?.agent(row.agentMachine), agent.hello?.bootID == row.agentBootID else {
            return .max
        }
        return agent.silentUs
    }
}
