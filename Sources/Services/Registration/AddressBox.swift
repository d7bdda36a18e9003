import Synchronization

/// The address at which a component is served, known once it is bound.
public final class AddressBox: Sendable {
    private let value = Mutex("")

    public init() {}

    public var text: String { value.withLock { $0 } }
    public func set(_ text: String) { value.withLock { $0 = text } }
}
