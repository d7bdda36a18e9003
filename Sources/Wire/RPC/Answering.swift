/// An error that knows the status it is answered with: the error of a domain, by its one mapper.
public protocol RPCErrorConvertible: Error {
    var rpcError: RPCError { get }
}

/// An error of the inside, with what a caller may know of it. Only the log hears the cause.
public struct Concealed: Error {
    public let cause: any Error
    public let shown: RPCError

    public init(_ cause: any Error, shown: RPCError) {
        self.cause = cause
        self.shown = shown
    }
}

extension RPCError {
    /// All that a caller hears of an error that nobody foresaw.
    public static let concealed = RPCError(.internal, "internal error")

    /// What a caller sees of what a handler threw: never the inside of this process.
    public init(answering error: any Error) {
        switch error {
        // A handler that fails must not end its call as a success.
        case let error as RPCError: self = error.code == .ok ? .concealed : error
        case let error as any RPCErrorConvertible: self = error.rpcError
        case let error as Concealed: self = error.shown
        case is CancellationError: self = RPCError(.cancelled, "the call was cancelled")
        default: self = .concealed
        }
    }
}
