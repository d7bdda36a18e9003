import API
import Contract
import Environment
import Hosting
import Messages
import Model
import RPC

/// `homeward.vault.v1.Infrastructure`.
struct InfrastructureHandler: InfrastructureService {
    let core: VaultCore

    func listInfrastructure(
        _ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ListComponentsResponse {
        try await answering("list the infrastructure") { try core.listComponents(request) }
    }

    func linkConfigurationServer(
        _ request: VaultV1.LinkConfigurationServerRequest, _ context: CallContext
    ) async throws -> VaultV1.LinkConfigurationServerResponse {
        try await heard(context, "link the configuration server") {
            try checkIdentity(of: context, as: request.component?.endpoint, "link")
            let assignments = try await core.linked(request)
            return .with {
                $0.assignments = assignments
                $0.intervalUs = UInt64(heartbeatInterval.inMicroseconds)
            }
        }
    }

    func checkInfrastructure(
        _ request: VaultV1.CheckInfrastructureRequest, _ context: CallContext
    ) async throws -> VaultV1.Job {
        try await core.asked(Asked("check-infrastructure", "", request.options), context, "check the infrastructure") {
            try await core.checkComponents(request)
        }
    }
}

/// `homeward.configuration.v1.Registry` for the cloud side.
struct VaultRegistryHandler: RegistryService {
    let core: VaultCore
    let passphrase: [UInt8]

    func registerComponent(
        _ request: ConfigurationV1.RegisterComponentRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        try await heard(context, "register a component") {
            guard let component = request.component else {
                throw Failure(.invalidArgument, "register a component: none is set")
            }
            guard isSame(Array(request.passphrase.utf8), passphrase) else {
                throw Failure(
                    .unauthenticated, "register \(component.endpoint?.id ?? "?"): the passphrase is wrong; read it "
                        + "from the vault's passphrase file")
            }
            try checkIdentity(of: context, as: component.endpoint, "register")
            try await core.heard(component, source: "vault")
            return answer(registered: true)
        }
    }

    func heartbeat(
        _ request: ConfigurationV1.HeartbeatRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer {
        try await heard(context, "take a heartbeat") {
            guard let component = request.component, let id = component.endpoint?.id,
                core.vault.directory.entry(id)?.source == "vault"
            else { return answer(registered: false) }
            try checkIdentity(of: context, as: component.endpoint, "take a heartbeat of")
            try await core.heard(component, source: "vault")
            return answer(registered: true)
        }
    }

    func listComponents(
        _ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ListComponentsResponse {
        try await answering("list components") { try core.listComponents(request) }
    }

    private func answer(registered: Bool) -> ConfigurationV1.RegistryAnswer {
        .with {
            $0.registered = registered
            $0.intervalUs = UInt64(heartbeatInterval.inMicroseconds)
        }
    }
}

extension VaultCore {
    /// Both sites, with the age of what was last heard.
    func listComponents(
        _ request: ConfigurationV1.ListComponentsRequest
    ) throws(Failure) -> ConfigurationV1.ListComponentsResponse {
        let page = try Page(request.pageSize)
        let now = vault.environment.clock.now()
        let all = vault.directory.all().filter { ($0.component.endpoint?.id ?? "") > request.pageToken }
        let shown = all.prefix(page.size).map { entry in
            var component = entry.component
            component.silentUs = entry.silence(at: now).map { UInt64(max(0, $0.inMicroseconds)) } ?? .max
            return component
        }
        return .with {
            $0.components = shown
            $0.nextPageToken = all.count > page.size ? shown.last?.endpoint?.id ?? "" : ""
        }
    }
}

/// Several fit into the heartbeat limit, so that one lost message is no alarm.
private let heartbeatInterval: Duration = .seconds(1)

/// Compares without telling by its time how much was right.
private func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
