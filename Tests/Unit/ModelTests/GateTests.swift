import Model
import Testing

@Suite struct GateTests {
    private let statement = Statement(name: "ana", reason: "the site burnt down", at: .init(1), checked: "by phone")

    @Test func `the catalogue has one line for each code in the order of the codes`() {
        #expect(GateDefinition.catalogue.map(\.code) == GateCode.allCases)
        #expect(GateDefinition.catalogue.allSatisfy { $0.meaning.hasSuffix(".") })
    }

    @Test func `an unknown blocking gate counts as failed and a warning never blocks`() {
        #expect(Gate(.vcenterConnected, .fail).blocks)
        #expect(Gate(.vcenterConnected, .unknown).blocks)
        #expect(!Gate(.vcenterConnected, .pass).blocks)
        #expect(!Gate(.vcenterConnected, .notApplicable).blocks)
        #expect(!Gate(.sourceConfirmedOff, .deferred("confirm-off")).blocks)
        #expect(!Gate(.clockSkew, .fail).blocks)
        #expect(!Gate(.configurationBackupFresh, .unknown).blocks)
    }

    @Test func `a waiver passes only its own gate and only if that may be waived`() {
        let gates = [Gate(.replicationHealthy, .fail), Gate(.vcenterConnected, .fail), Gate(.noDrillLeft, .pass)]
        let waivers = [
            Waiver(code: .replicationHealthy, statement: statement),
            Waiver(code: .vcenterConnected, statement: statement),
        ]
        #expect(blocking(gates, waived: []).map(\.code) == [.replicationHealthy, .vcenterConnected])
        #expect(blocking(gates, waived: waivers).map(\.code) == [.vcenterConnected])
    }

    @Test func `texts of codes are unique and in capitals`() {
        let texts = GateCode.allCases.map(\.rawValue) + ErrorCode.allCases.map(\.rawValue)
        #expect(texts.allSatisfy { $0.allSatisfy { $0.isUppercase || $0 == "_" } })
        #expect(Set(GateCode.allCases.map(\.rawValue)).count == GateCode.allCases.count)
    }
}
