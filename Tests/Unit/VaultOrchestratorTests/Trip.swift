import Model
import Testing

@testable import VaultOrchestrator

struct Trip: Sendable, CustomTestStringConvertible {
    let name: String
    var operation: Model.Operation = .failover(.home)
    let codes: Set<GateCode>
    let spoil: @Sendable (inout Observation) -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ codes: Set<GateCode>, _ operation: Model.Operation = .failover(.home),
        _ spoil: @escaping @Sendable (inout Observation) -> Void
    ) {
        self.name = name
        self.codes = codes
        self.operation = operation
        self.spoil = spoil
    }
}
