public import Compression
internal import HTTP2

/// What a handler may say about its response besides its messages.
struct ResponseControl: Sendable {
    let connection: ServerConnection
    let call: CallState
}

extension CallContext {
    /// Custom metadata of the response's header section. Throws INTERNAL once that has left, which it does with the
    /// first message, and for keys or values that cannot be sent.
    public func setResponseMetadata(_ metadata: Metadata) throws(RPCError) {
        try response.map { response throws(RPCError) in
            try response.connection.setMetadata(response.call, headers: metadata)
        }
    }

    /// Custom metadata of the trailers, whatever the status; an `RPCError` that the handler throws adds its own.
    public func setTrailingMetadata(_ metadata: Metadata) throws(RPCError) {
        try response.map { response throws(RPCError) in
            try response.connection.setMetadata(response.call, trailers: metadata)
        }
    }

    /// Sends the response's header section now, so that the caller hears that its call runs.
    public func sendResponseHeaders() throws(RPCError) {
        try response.map { response throws(RPCError) in try response.connection.sendHeadersNow(response.call) }
    }

    /// Compresses the responses by the first of these encodings that the caller accepts, or not at all. False once the
    /// header section, which names the encoding, has left.
    @discardableResult
    public func compressResponses(_ preferred: [MessageEncoding] = [.zstd, .gzip, .deflate]) -> Bool {
        response.map { $0.connection.setEncoding($0.call, preferred) } ?? false
    }
}

/// Which encodings two ends have in common (grpc/doc/compression.md).
enum Negotiation {
    /// "Message-Accept-Encoding → "grpc-accept-encoding" Content-Coding *("," Content-Coding)".
    static let acceptField = HeaderField(
        "grpc-accept-encoding", MessageEncoding.allCases.map(\.rawValue).joined(separator: ","))

    /// "For every message a server is requested to compress using an algorithm it knows the client doesn't support …,
    /// it SHALL send the message uncompressed."
    static func choose(_ preferred: [MessageEncoding], accepted list: String) -> MessageEncoding {
        let accepted = list.split(separator: ",").map { $0.drop { $0 == " " } }
        return preferred.first { encoding in
            accepted.contains { item in item.prefix { $0 != " " && $0 != ";" } == encoding.rawValue }
        } ?? .identity
    }
}

extension CallExtras {
    /// Both were checked when they were set.
    var headerFields: [HeaderField] { Self.fields(headers) }
    var trailerFields: [HeaderField] { Self.fields(trailers) }

    private static func fields(_ metadata: Metadata) -> [HeaderField] {
        var fields: [HeaderField] = []
        do throws(RPCError) { try MetadataCoding.encode(metadata, into: &fields) } catch { return [] }
        return fields
    }
}
