import Model
public import RPC

/// `service.connections`: how long the connections may last that a program serves. What is left out is as without it.
public struct ConnectionSettings: Codable, Hashable, Sendable {
    /// From this age, ±10 %, a connection takes no more calls: its client makes another, at a balancer perhaps
    /// elsewhere. Left out: any age.
    public var maxAgeSeconds: Int?
    /// How long after that its calls may go on before they end with UNAVAILABLE. Left out: until they end.
    public var maxAgeGraceSeconds: Int?
    /// A connection without calls for so long is closed. Left out: 600.
    public var maxIdleSeconds: Int?

    public init(maxAgeSeconds: Int? = nil, maxAgeGraceSeconds: Int? = nil, maxIdleSeconds: Int? = nil) {
        self.maxAgeSeconds = maxAgeSeconds
        self.maxAgeGraceSeconds = maxAgeGraceSeconds
        self.maxIdleSeconds = maxIdleSeconds
    }

    /// A year: beyond, a connection lasts until its program is replaced anyway.
    private static let longest = 31_536_000

    func validate() throws(Failure) {
        let given = [
            ("maxAgeSeconds", maxAgeSeconds), ("maxAgeGraceSeconds", maxAgeGraceSeconds),
            ("maxIdleSeconds", maxIdleSeconds),
        ]
        for (name, value) in given {
            guard let value, !(1...Self.longest).contains(value) else { continue }
            throw Failure(
                .invalidArgument,
                "setting \"service.connections.\(name)\" is \(value); it must be from 1 to \(Self.longest)")
        }
        guard maxAgeGraceSeconds == nil || maxAgeSeconds != nil else {
            throw Failure(
                .invalidArgument,
                "setting \"service.connections.maxAgeGraceSeconds\" follows an age, and there is no \"maxAgeSeconds\"")
        }
    }

    /// Sets what is given.
    public func apply(to configuration: inout RPCConfiguration) {
        if let maxAgeSeconds { configuration.maxAge = .seconds(maxAgeSeconds) }
        if let maxAgeGraceSeconds { configuration.maxAgeGrace = .seconds(maxAgeGraceSeconds) }
        if let maxIdleSeconds { configuration.maxIdle = .seconds(maxIdleSeconds) }
    }
}
