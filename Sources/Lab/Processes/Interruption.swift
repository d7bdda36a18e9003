import Model
import Synchronization

/// A person's wish to end a run early: it is judged no further, and its processes are ended.
public final class Interruption: Sendable {
    private let cause = Mutex<String?>(nil)

    public init() {}

    public func request(_ cause: String) { self.cause.withLock { $0 = $0 ?? cause } }

    func check() throws(Failure) {
        if let cause = cause.withLock({ $0 }) { throw Failure(.cancelled, "run the loop: ended early by \(cause)") }
    }
}
