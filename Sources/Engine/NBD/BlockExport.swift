public import Environment

/// A disk that a server offers under a name.
///
/// Calls run concurrently and in any order, at most `NBDLimits.requestsInFlight` per connection. Every call's
/// range is a multiple of 512 bytes within the size. A thrown `NBDError` reaches the client as it is,
/// `FileError` by its code, anything else as EIO.
public protocol BlockExport: Sendable {
    /// Bytes, a multiple of 512, the same for as long as a client is connected.
    var size: Int64 { get }
    var readOnly: Bool { get }
    func read(offset: Int64, count: Int) async throws -> [UInt8]
    /// With `fua` the bytes are durable on return.
    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws
    /// The range reads as zero afterwards; it may lose its space only if `mayTrim`.
    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws
    /// The range's content no longer matters to the client.
    func trim(offset: Int64, count: Int64, fua: Bool) async throws
    /// Every write that returned before this call, on any connection, is durable on return.
    func flush() async throws
    /// The data and the holes of a range that is not empty, from its beginning, side by side: all of it, or as much as
    /// `limit` extents tell. A hole reads as zero; what is called data may be zero all the same.
    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent]
}

extension BlockExport {
    /// Flushes cover all connections, as `flush()` demands, so CAN_MULTI_CONN is always true.
    func flags(structuredReplies: Bool) -> ExportFlags {
        var flags: ExportFlags = [
            .hasFlags, .sendFlush, .sendFUA, .sendTrim, .sendWriteZeroes, .canMultiConnect,
        ]
        if readOnly { flags.insert(.readOnly) }
        if structuredReplies { flags.insert(.sendDontFragment) }
        return flags
    }
}
