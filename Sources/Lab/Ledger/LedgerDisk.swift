public import NBD

/// A disk that a ledger guest writes.
public protocol LedgerDisk: Sendable {
    /// Bytes.
    var size: Int64 { get }
    func read(offset: Int64, count: Int) async throws -> [UInt8]
    func write(_ bytes: [UInt8], at offset: Int64) async throws
    func writeZeroes(offset: Int64, count: Int64) async throws
    func trim(offset: Int64, count: Int64) async throws
    func flush() async throws
}

/// A disk over NBD that stalls while its server restarts.
public struct NBDDisk: LedgerDisk {
    private let client: ReconnectingNBDClient

    public init(_ client: ReconnectingNBDClient) { self.client = client }

    public var size: Int64 { client.geometry.size }
    public func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await client.read(offset: offset, count: count)
    }
    public func write(_ bytes: [UInt8], at offset: Int64) async throws { try await client.write(bytes, at: offset) }
    public func writeZeroes(offset: Int64, count: Int64) async throws {
        try await client.writeZeroes(offset: offset, count: count)
    }
    public func trim(offset: Int64, count: Int64) async throws { try await client.trim(offset: offset, count: count) }
    public func flush() async throws { try await client.flush() }
}
