import Environment
public import Messages
public import Model
public import RPC

/// Refuses a caller that says it is a component whose certificate it does not bear, or that another one is at its
/// address. Where there is no TLS there is nothing to compare.
public func checkIdentity(
    of caller: CallContext, as endpoint: CommonV1.Endpoint?, _ attempting: String
) throws(Failure) {
    guard let identity = caller.identity, let endpoint else { return }
    guard identity.isNamed(endpoint.id) else {
        throw Failure(
            .permissionDenied, "\(attempting) \(endpoint.id): the caller's certificate is that of \(identity)")
    }
    guard case .component(let name, _, _) = try parseAddress(endpoint.address), name != endpoint.id else { return }
    throw Failure(.invalidArgument, "\(attempting) \(endpoint.id): its address \(endpoint.address) is that of \(name)")
}
