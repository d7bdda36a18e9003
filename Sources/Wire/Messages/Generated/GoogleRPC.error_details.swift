// Generated from google/rpc/error_details.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension GoogleRPC {
    /// Why a call failed, as a stable code.
    public struct ErrorInfo: WireMessage {
        public static var protobufName: String { "google.rpc.ErrorInfo" }

        /// Upper snake case, stable, unique within the domain.
        public var reason: String = ""
        /// Who defines the reason.
        public var domain: String = ""
        /// Further facts that the reason names.
        public var metadata: [String: String] = [:]

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// When a retry makes sense.
    public struct RetryInfo: WireMessage {
        public static var protobufName: String { "google.rpc.RetryInfo" }

        /// How long to wait before the next attempt.
        public var retryDelay: GoogleProtobuf.Duration?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Which preconditions did not hold, all of them at once.
    public struct PreconditionFailure: WireMessage {
        public static var protobufName: String { "google.rpc.PreconditionFailure" }

        /// One precondition that did not hold.
        public struct Violation: WireMessage {
            public static var protobufName: String { "google.rpc.PreconditionFailure.Violation" }

            /// Kind of the precondition; a stable code.
            public var type: String = ""
            /// What it was checked on.
            public var subject: String = ""
            /// What was observed, and what to do about it.
            public var description: String = ""

            public init() {}
            public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
                self = try decodedMessage(bytes)
            }
            public func wireBytes() -> [UInt8] { encodedMessage(self) }
            public func encoded() -> EncodedMessage { encodedPieces(self) }
        }

        /// In order of importance.
        public var violations: [GoogleRPC.PreconditionFailure.Violation] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Which fields of a request are not acceptable.
    public struct BadRequest: WireMessage {
        public static var protobufName: String { "google.rpc.BadRequest" }

        /// One such field.
        public struct FieldViolation: WireMessage {
            public static var protobufName: String { "google.rpc.BadRequest.FieldViolation" }

            /// Path of the field, dots between names.
            public var field: String = ""
            /// What is wrong with it.
            public var description: String = ""

            public init() {}
            public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
                self = try decodedMessage(bytes)
            }
            public func wireBytes() -> [UInt8] { encodedMessage(self) }
            public func encoded() -> EncodedMessage { encodedPieces(self) }
        }

        /// All that were found.
        public var fieldViolations: [GoogleRPC.BadRequest.FieldViolation] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension GoogleRPC.ErrorInfo: StructBacked {
    typealias CStruct = Google__Rpc__ErrorInfo

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__error_info__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.reason = arena.string(self.reason)
        c.pointee.domain = arena.string(self.domain)
        c.pointee.n_metadata = self.metadata.count
        c.pointee.metadata = arena.pointers(self.metadata.count)
        for (index, (key, value)) in self.metadata.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Google__Rpc__ErrorInfo__MetadataEntry.self)
            google__rpc__error_info__metadata_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = arena.string(value)
            c.pointee.metadata[index] = entry
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.reason = try decodedString(c.pointee.reason, "google.rpc.ErrorInfo.reason")
        self.domain = try decodedString(c.pointee.domain, "google.rpc.ErrorInfo.domain")
        for index in 0..<c.pointee.n_metadata {
            guard let entry = c.pointee.metadata[index] else { continue }
            self.metadata[try decodedString(entry.pointee.key, "google.rpc.ErrorInfo.metadata")] = try decodedString(entry.pointee.value, "google.rpc.ErrorInfo.metadata")
        }
    }
}

extension GoogleRPC.RetryInfo: StructBacked {
    typealias CStruct = Google__Rpc__RetryInfo

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__retry_info__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.retryDelay {
            c.pointee.retry_delay = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.retry_delay {
            self.retryDelay = try GoogleProtobuf.Duration(value)
        }
    }
}

extension GoogleRPC.PreconditionFailure: StructBacked {
    typealias CStruct = Google__Rpc__PreconditionFailure

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__precondition_failure__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_violations = self.violations.count
        c.pointee.violations = arena.messages(self.violations)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.violations = try decodedMessages(c.pointee.violations, c.pointee.n_violations)
    }
}

extension GoogleRPC.PreconditionFailure.Violation: StructBacked {
    typealias CStruct = Google__Rpc__PreconditionFailure__Violation

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__precondition_failure__violation__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.type = arena.string(self.type)
        c.pointee.subject = arena.string(self.subject)
        c.pointee.description = arena.string(self.description)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.type = try decodedString(c.pointee.type, "google.rpc.PreconditionFailure.Violation.type")
        self.subject = try decodedString(c.pointee.subject, "google.rpc.PreconditionFailure.Violation.subject")
        self.description = try decodedString(c.pointee.description, "google.rpc.PreconditionFailure.Violation.description")
    }
}

extension GoogleRPC.BadRequest: StructBacked {
    typealias CStruct = Google__Rpc__BadRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__bad_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_field_violations = self.fieldViolations.count
        c.pointee.field_violations = arena.messages(self.fieldViolations)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.fieldViolations = try decodedMessages(c.pointee.field_violations, c.pointee.n_field_violations)
    }
}

extension GoogleRPC.BadRequest.FieldViolation: StructBacked {
    typealias CStruct = Google__Rpc__BadRequest__FieldViolation

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        google__rpc__bad_request__field_violation__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.field = arena.string(self.field)
        c.pointee.description = arena.string(self.description)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.field = try decodedString(c.pointee.field, "google.rpc.BadRequest.FieldViolation.field")
        self.description = try decodedString(c.pointee.description, "google.rpc.BadRequest.FieldViolation.description")
    }
}
