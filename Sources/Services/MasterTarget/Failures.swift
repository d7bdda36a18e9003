import Blocks
import Contract
import Environment
import Model
import Replicas

extension Failure {
    /// What a replica, its files or its metadata answered.
    init(replica error: any Error, _ what: String, _ item: ItemID) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ReplicaError:
            self.init(Self.code(error.code), "\(what) of item \(item): \(error.detail)", on: [.item(item)])
        case let error as FileError:
            let code: ErrorCode = error.code == .noSpace ? .noSpace : .inputOutput
            self.init(code, "\(what) of item \(item): \(error)", on: [.item(item)])
        case let error as ByteCodingError:
            self.init(.dataCorrupt, "\(what) of item \(item): \(error)", on: [.item(item)])
        case is CancellationError:
            self.init(.cancelled, "\(what) of item \(item): cancelled", on: [.item(item)])
        default:
            self.init(.internalError, "\(what) of item \(item): \(error)", on: [.item(item)])
        }
    }

    private static func code(_ code: ReplicaError.Code) -> ErrorCode {
        switch code {
        case .stale: .staleGeneration
        case .ahead: .unknownGeneration
        case .notFound, .lost: .notFound
        case .corrupt, .damaged: .dataCorrupt
        case .noSpace: .noSpace
        case .state: .operationNotAllowed
        case .invalid: .invalidArgument
        case .unrelated: .lineageUnrelated
        case .broken: .unavailable
        case .locked: .busy
        }
    }
}
