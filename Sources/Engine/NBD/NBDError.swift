import Environment

/// An error of one request as the protocol names it. The connection stays usable.
public enum NBDError: UInt32, Error, Hashable, Sendable, CustomStringConvertible {
    /// NBD_EPERM: the export is read-only.
    case notPermitted = 1
    /// NBD_EIO: the disk below failed.
    case io = 5
    /// NBD_ENOMEM
    case noMemory = 12
    /// NBD_EINVAL: unaligned, out of range for a read or trim, or flags that were not agreed.
    case invalid = 22
    /// NBD_ENOSPC: no space, or a write beyond the end.
    case noSpace = 28
    /// NBD_EOVERFLOW: longer than the server answers.
    case overflow = 75
    /// NBD_ENOTSUP
    case notSupported = 95
    /// NBD_ESHUTDOWN: the server is stopping; the request had no effect.
    case shuttingDown = 108

    /// The error for a number received; numbers the protocol does not know count as EINVAL
    /// (protocol document, "Error values").
    init(received number: UInt32) { self = NBDError(rawValue: number) ?? .invalid }

    /// What a failure of an export tells the client: its own NBD error, or EIO.
    init(describing error: any Error) {
        switch error {
        case let error as NBDError: self = error
        case let error as FileError: self = NBDError(file: error)
        default: self = .io
        }
    }

    private init(file error: FileError) {
        switch error.code {
        case .noSpace: self = .noSpace
        case .permission: self = .notPermitted
        case .notFound, .exists, .busy, .shortRead, .input, .closed, .other: self = .io
        }
    }

    public var description: String {
        switch self {
        case .notPermitted: "not permitted (read-only export)"
        case .io: "input/output error"
        case .noMemory: "out of memory"
        case .invalid: "invalid request"
        case .noSpace: "no space left on the export"
        case .overflow: "request too long"
        case .notSupported: "not supported"
        case .shuttingDown: "server is shutting down"
        }
    }
}

/// A failure of a connection: no request on it can be answered any more.
public enum NBDConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The server refused the export during negotiation; `reply` is the option reply type.
    case refused(export: String, reply: UInt32, message: String)
    /// The peer broke the protocol.
    case violation(String)
    /// The stream ended or failed; what was in flight may or may not have had its effect.
    case disconnected(String)
    /// `close()` was called on our side.
    case closed
    /// After a reconnection the export had another size or another permission to write.
    case exportChanged(String)

    public var description: String {
        switch self {
        case .refused(let export, let reply, let message):
            "NBD export \"\(export)\" refused (reply 0x\(String(reply, radix: 16)))"
                + (message.isEmpty ? "" : ": \(message)")
        case .violation(let what): "NBD protocol violation: \(what)"
        case .disconnected(let why): "NBD connection lost: \(why)"
        case .closed: "NBD connection closed"
        case .exportChanged(let what): "NBD export changed: \(what)"
        }
    }
}
