// Generated from homeward/testing/v1/everything.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension TestingV1 {
    /// An enum with a gap and a large number.
    public enum Color: Hashable, Sendable {
        /// Not said.
        case unspecified
        /// The first.
        case red
        /// After a gap.
        case deepBlue
        /// A large number.
        case far
        /// Below zero, ten bytes long on the wire.
        case negative
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .red
                case 7: self = .deepBlue
                case 1000000: self = .far
                case -1: self = .negative
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .red: 1
                case .deepBlue: 7
                case .far: 1000000
                case .negative: -1
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .red, .deepBlue, .far, .negative]
        }
    }

    /// Each scalar type once.
    public struct Scalars: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Scalars" }

        /// A signed 32-bit number.
        public var int32Value: Int32 = 0
        /// A signed 64-bit number.
        public var int64Value: Int64 = 0
        /// An unsigned 32-bit number.
        public var uint32Value: UInt32 = 0
        /// An unsigned 64-bit number.
        public var uint64Value: UInt64 = 0
        /// A zigzag 32-bit number.
        public var sint32Value: Int32 = 0
        /// A zigzag 64-bit number.
        public var sint64Value: Int64 = 0
        /// Four bytes, unsigned.
        public var fixed32Value: UInt32 = 0
        /// Eight bytes, unsigned.
        public var fixed64Value: UInt64 = 0
        /// Four bytes, signed.
        public var sfixed32Value: Int32 = 0
        /// Eight bytes, signed.
        public var sfixed64Value: Int64 = 0
        /// True or false.
        public var flag: Bool = false
        /// Text.
        public var text: String = ""
        /// Opaque bytes.
        public var data: [UInt8] = []
        /// An enum.
        public var color: TestingV1.Color = TestingV1.Color(rawValue: 0)
        /// A fraction.
        public var ratio: Double = 0
        /// A small fraction.
        public var smallRatio: Float = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Each kind of field that may repeat.
    public struct Repeats: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Repeats" }

        /// Packed varints.
        public var int32Values: [Int32] = []
        /// Packed varints of ten bytes and fewer.
        public var int64Values: [Int64] = []
        /// Packed, unsigned.
        public var uint32Values: [UInt32] = []
        /// Packed, unsigned, long.
        public var uint64Values: [UInt64] = []
        /// Packed, zigzag.
        public var sint32Values: [Int32] = []
        /// Packed, zigzag, long.
        public var sint64Values: [Int64] = []
        /// Packed, four bytes each.
        public var fixed32Values: [UInt32] = []
        /// Packed, eight bytes each.
        public var sfixed64Values: [Int64] = []
        /// Packed booleans.
        public var flags: [Bool] = []
        /// Packed enums.
        public var colors: [TestingV1.Color] = []
        /// Texts, possibly empty.
        public var texts: [String] = []
        /// Byte strings, possibly empty.
        public var blobs: [[UInt8]] = []
        /// Messages, possibly empty.
        public var items: [TestingV1.Scalars] = []
        /// Packed fractions.
        public var ratios: [Double] = []
        /// Not packed: one tag per element.
        public var looseValues: [Int32] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Maps of every key kind that we use.
    public struct Maps: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Maps" }

        /// By text.
        public var labels: [String: String] = [:]
        /// By number, to messages.
        public var items: [UInt64: TestingV1.Scalars] = [:]
        /// By truth.
        public var blobs: [Bool: [UInt8]] = [:]
        /// By signed number, to enums.
        public var colors: [Int32: TestingV1.Color] = [:]

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Optional values and alternatives.
    public struct Choices: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Choices" }

        /// Nested, and used by name from outside.
        public struct Inner: WireMessage {
            public static var protobufName: String { "homeward.testing.v1.Choices.Inner" }

            /// Two levels down.
            public enum Depth: Hashable, Sendable {
                /// Not said.
                case unspecified
                /// Far down.
                case deep
                /// A number that this version has no name for; kept as it is.
                case unrecognized(Int32)

                public init(rawValue: Int32) {
                    switch rawValue {
                        case 0: self = .unspecified
                        case 1: self = .deep
                        default: self = .unrecognized(rawValue)
                    }
                }

                public var rawValue: Int32 {
                    switch self {
                        case .unspecified: 0
                        case .deep: 1
                        case .unrecognized(let number): number
                    }
                }

                /// The named values, in the order of the .proto.
                public static var allCases: [Self] {
                    [.unspecified, .deep]
                }
            }

            /// What it is called.
            public var name: String = ""
            /// How deep.
            public var depth: TestingV1.Choices.Inner.Depth = TestingV1.Choices.Inner.Depth(rawValue: 0)

            public init() {}
            public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
                self = try decodedMessage(bytes)
            }
            public func wireBytes() -> [UInt8] { encodedMessage(self) }
            public func encoded() -> EncodedMessage { encodedPieces(self) }
        }

        /// What is done.
        public enum Action: Hashable, Sendable {
            /// Says something.
            case say(String)
            /// Stores something.
            case store([UInt8])
            /// Counts.
            case count(Int64)
            /// Passes something on.
            case forward(TestingV1.Choices.Inner)
            /// Paints.
            case paint(TestingV1.Color)
            /// Switches.
            case turn(Bool)
        }

        /// A message field may be absent.
        public var inner: TestingV1.Choices.Inner?
        /// Absent and zero differ.
        public var limit: UInt64?
        /// Absent and empty differ.
        public var title: String?
        /// Absent and unspecified differ.
        public var preferredColor: TestingV1.Color?
        /// What is done.
        public var action: Action?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A message that holds itself, singly, many times, by key and as an alternative.
    public struct Tree: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Tree" }

        /// How it goes on.
        public indirect enum Next: Hashable, Sendable {
            /// With itself.
            case tree(TestingV1.Tree)
            /// With a leaf.
            case leaf(String)
        }

        /// What the node holds.
        public var value: String = ""
        /// A single one below.
        public var first: TestingV1.Tree? {
            get { boxedFirst?.value }
            set { boxedFirst = newValue.map(Boxed.value) }
        }
        private var boxedFirst: Boxed<TestingV1.Tree>?
        /// Many below.
        public var rest: [TestingV1.Tree] = []
        /// Below, by name.
        public var named: [String: TestingV1.Tree] = [:]
        /// How it goes on.
        public var next: Next?
        /// Through another message.
        public var branch: TestingV1.Branch? {
            get { boxedBranch?.value }
            set { boxedBranch = newValue.map(Boxed.value) }
        }
        private var boxedBranch: Boxed<TestingV1.Branch>?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes, limitingDepth: true)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The other half of a cycle over two messages.
    public struct Branch: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Branch" }

        /// Back to where it came from.
        public var tree: TestingV1.Tree? {
            get { boxedTree?.value }
            set { boxedTree = newValue.map(Boxed.value) }
        }
        private var boxedTree: Boxed<TestingV1.Tree>?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes, limitingDepth: true)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Names that are words of Swift or C.
    public struct Words: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Words" }

        /// A word of Swift.
        public var `protocol`: String = ""
        /// A word of both.
        public var `default`: Int32 = 0
        /// A word of C++.
        public var `class`: Bool = false
        /// A word of Swift.
        public var `in`: UInt32 = 0
        /// Acronyms.
        public var itemID: String = ""
        /// More of them.
        public var httpURLIDs: [String] = []
        /// Digits.
        public var atUnixUs: UInt64 = 0
        /// An internal word.
        public var `internal`: String = ""
        /// A word of protobuf-c.
        public var base: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// All of the above together.
    public struct Everything: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Everything" }

        /// Scalars.
        public var scalars: TestingV1.Scalars?
        /// Repeats.
        public var repeats: TestingV1.Repeats?
        /// Maps.
        public var maps: TestingV1.Maps?
        /// Choices.
        public var choices: TestingV1.Choices?
        /// Of another file.
        public var any: GoogleProtobuf.AnyMessage?
        /// Of yet another.
        public var duration: GoogleProtobuf.Duration?
        /// Nested in another message.
        public var inner: TestingV1.Choices.Inner?
        /// Recursive.
        public var tree: TestingV1.Tree?
        /// A number that needs two bytes of tag.
        public var farAway: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes, limitingDepth: true)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Nothing at all.
    public struct Nothing: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Nothing" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A message of the echo service.
    public struct Note: WireMessage {
        public static var protobufName: String { "homeward.testing.v1.Note" }

        /// Position in its stream.
        public var number: UInt64 = 0
        /// What is echoed.
        public var payload: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension TestingV1.Scalars: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Scalars

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__scalars__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.int32_value = self.int32Value
        c.pointee.int64_value = self.int64Value
        c.pointee.uint32_value = self.uint32Value
        c.pointee.uint64_value = self.uint64Value
        c.pointee.sint32_value = self.sint32Value
        c.pointee.sint64_value = self.sint64Value
        c.pointee.fixed32_value = self.fixed32Value
        c.pointee.fixed64_value = self.fixed64Value
        c.pointee.sfixed32_value = self.sfixed32Value
        c.pointee.sfixed64_value = self.sfixed64Value
        c.pointee.flag = self.flag ? 1 : 0
        c.pointee.text = arena.string(self.text)
        c.pointee.data = arena.bytes(self.data)
        c.pointee.color = .init(rawValue: .init(truncatingIfNeeded: self.color.rawValue))
        c.pointee.ratio = self.ratio
        c.pointee.small_ratio = self.smallRatio
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.int32Value = c.pointee.int32_value
        self.int64Value = c.pointee.int64_value
        self.uint32Value = c.pointee.uint32_value
        self.uint64Value = c.pointee.uint64_value
        self.sint32Value = c.pointee.sint32_value
        self.sint64Value = c.pointee.sint64_value
        self.fixed32Value = c.pointee.fixed32_value
        self.fixed64Value = c.pointee.fixed64_value
        self.sfixed32Value = c.pointee.sfixed32_value
        self.sfixed64Value = c.pointee.sfixed64_value
        self.flag = c.pointee.flag != 0
        self.text = try decodedString(c.pointee.text, "homeward.testing.v1.Scalars.text")
        self.data = decodedBytes(c.pointee.data)
        self.color = TestingV1.Color(rawValue: Int32(truncatingIfNeeded: c.pointee.color.rawValue))
        self.ratio = c.pointee.ratio
        self.smallRatio = c.pointee.small_ratio
    }
}

extension TestingV1.Repeats: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Repeats

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__repeats__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_int32_values = self.int32Values.count
        c.pointee.int32_values = arena.numbers(self.int32Values)
        c.pointee.n_int64_values = self.int64Values.count
        c.pointee.int64_values = arena.numbers(self.int64Values)
        c.pointee.n_uint32_values = self.uint32Values.count
        c.pointee.uint32_values = arena.numbers(self.uint32Values)
        c.pointee.n_uint64_values = self.uint64Values.count
        c.pointee.uint64_values = arena.numbers(self.uint64Values)
        c.pointee.n_sint32_values = self.sint32Values.count
        c.pointee.sint32_values = arena.numbers(self.sint32Values)
        c.pointee.n_sint64_values = self.sint64Values.count
        c.pointee.sint64_values = arena.numbers(self.sint64Values)
        c.pointee.n_fixed32_values = self.fixed32Values.count
        c.pointee.fixed32_values = arena.numbers(self.fixed32Values)
        c.pointee.n_sfixed64_values = self.sfixed64Values.count
        c.pointee.sfixed64_values = arena.numbers(self.sfixed64Values)
        c.pointee.n_flags = self.flags.count
        c.pointee.flags = arena.array(self.flags) { $0 ? 1 : 0 }
        c.pointee.n_colors = self.colors.count
        c.pointee.colors = arena.array(self.colors) { .init(rawValue: .init(truncatingIfNeeded: $0.rawValue)) }
        c.pointee.n_texts = self.texts.count
        c.pointee.texts = arena.strings(self.texts)
        c.pointee.n_blobs = self.blobs.count
        c.pointee.blobs = arena.blobs(self.blobs)
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.messages(self.items)
        c.pointee.n_ratios = self.ratios.count
        c.pointee.ratios = arena.numbers(self.ratios)
        c.pointee.n_loose_values = self.looseValues.count
        c.pointee.loose_values = arena.numbers(self.looseValues)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.int32Values = decodedNumbers(c.pointee.int32_values, c.pointee.n_int32_values)
        self.int64Values = decodedNumbers(c.pointee.int64_values, c.pointee.n_int64_values)
        self.uint32Values = decodedNumbers(c.pointee.uint32_values, c.pointee.n_uint32_values)
        self.uint64Values = decodedNumbers(c.pointee.uint64_values, c.pointee.n_uint64_values)
        self.sint32Values = decodedNumbers(c.pointee.sint32_values, c.pointee.n_sint32_values)
        self.sint64Values = decodedNumbers(c.pointee.sint64_values, c.pointee.n_sint64_values)
        self.fixed32Values = decodedNumbers(c.pointee.fixed32_values, c.pointee.n_fixed32_values)
        self.sfixed64Values = decodedNumbers(c.pointee.sfixed64_values, c.pointee.n_sfixed64_values)
        self.flags = decodedNumbers(c.pointee.flags, c.pointee.n_flags).map { $0 != 0 }
        self.colors = decodedNumbers(c.pointee.colors, c.pointee.n_colors).map { TestingV1.Color(rawValue: Int32(truncatingIfNeeded: $0.rawValue)) }
        self.texts = try decodedStrings(c.pointee.texts, c.pointee.n_texts, "homeward.testing.v1.Repeats.texts")
        self.blobs = decodedBlobs(c.pointee.blobs, c.pointee.n_blobs)
        self.items = try decodedMessages(c.pointee.items, c.pointee.n_items)
        self.ratios = decodedNumbers(c.pointee.ratios, c.pointee.n_ratios)
        self.looseValues = decodedNumbers(c.pointee.loose_values, c.pointee.n_loose_values)
    }
}

extension TestingV1.Maps: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Maps

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__maps__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_labels = self.labels.count
        c.pointee.labels = arena.pointers(self.labels.count)
        for (index, (key, value)) in self.labels.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Homeward__Testing__V1__Maps__LabelsEntry.self)
            homeward__testing__v1__maps__labels_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = arena.string(value)
            c.pointee.labels[index] = entry
        }
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.pointers(self.items.count)
        for (index, (key, value)) in self.items.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = arena.one(Homeward__Testing__V1__Maps__ItemsEntry.self)
            homeward__testing__v1__maps__items_entry__init(entry)
            entry.pointee.key = key
            entry.pointee.value = arena.message(value)
            c.pointee.items[index] = entry
        }
        c.pointee.n_blobs = self.blobs.count
        c.pointee.blobs = arena.pointers(self.blobs.count)
        for (index, (key, value)) in self.blobs.sorted(by: byTruth).enumerated() {
            let entry = arena.one(Homeward__Testing__V1__Maps__BlobsEntry.self)
            homeward__testing__v1__maps__blobs_entry__init(entry)
            entry.pointee.key = key ? 1 : 0
            entry.pointee.value = arena.bytes(value)
            c.pointee.blobs[index] = entry
        }
        c.pointee.n_colors = self.colors.count
        c.pointee.colors = arena.pointers(self.colors.count)
        for (index, (key, value)) in self.colors.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = arena.one(Homeward__Testing__V1__Maps__ColorsEntry.self)
            homeward__testing__v1__maps__colors_entry__init(entry)
            entry.pointee.key = key
            entry.pointee.value = .init(rawValue: .init(truncatingIfNeeded: value.rawValue))
            c.pointee.colors[index] = entry
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        for index in 0..<c.pointee.n_labels {
            guard let entry = c.pointee.labels[index] else { continue }
            self.labels[try decodedString(entry.pointee.key, "homeward.testing.v1.Maps.labels")] = try decodedString(entry.pointee.value, "homeward.testing.v1.Maps.labels")
        }
        for index in 0..<c.pointee.n_items {
            guard let entry = c.pointee.items[index] else { continue }
            var value = TestingV1.Scalars()
            if let held = entry.pointee.value { value = try TestingV1.Scalars(held) }
            self.items[entry.pointee.key] = value
        }
        for index in 0..<c.pointee.n_blobs {
            guard let entry = c.pointee.blobs[index] else { continue }
            self.blobs[entry.pointee.key != 0] = decodedBytes(entry.pointee.value)
        }
        for index in 0..<c.pointee.n_colors {
            guard let entry = c.pointee.colors[index] else { continue }
            self.colors[entry.pointee.key] = TestingV1.Color(rawValue: Int32(truncatingIfNeeded: entry.pointee.value.rawValue))
        }
    }
}

extension TestingV1.Choices: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Choices

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__choices__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.inner {
            c.pointee.inner = arena.message(value)
        }
        if let value = self.limit {
            c.pointee.limit = value
            c.pointee.has_limit_case = .init(rawValue: 2)
        }
        if let value = self.title {
            c.pointee.title = arena.string(value)
            c.pointee.has_title_case = .init(rawValue: 3)
        }
        if let value = self.preferredColor {
            c.pointee.preferred_color = .init(rawValue: .init(truncatingIfNeeded: value.rawValue))
            c.pointee.has_preferred_color_case = .init(rawValue: 4)
        }
        switch self.action {
            case .say(let value):
                c.pointee.say = arena.string(value)
                c.pointee.action_case = .init(rawValue: 5)

            case .store(let value):
                c.pointee.store = arena.bytes(value)
                c.pointee.action_case = .init(rawValue: 6)

            case .count(let value):
                c.pointee.count = value
                c.pointee.action_case = .init(rawValue: 7)

            case .forward(let value):
                c.pointee.forward = arena.message(value)
                c.pointee.action_case = .init(rawValue: 8)

            case .paint(let value):
                c.pointee.paint = .init(rawValue: .init(truncatingIfNeeded: value.rawValue))
                c.pointee.action_case = .init(rawValue: 9)

            case .turn(let value):
                c.pointee.turn = value ? 1 : 0
                c.pointee.action_case = .init(rawValue: 10)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.inner {
            self.inner = try TestingV1.Choices.Inner(value)
        }
        if c.pointee.has_limit_case.rawValue == 2 {
            self.limit = c.pointee.limit
        }
        if c.pointee.has_title_case.rawValue == 3 {
            self.title = try decodedString(c.pointee.title, "homeward.testing.v1.Choices.title")
        }
        if c.pointee.has_preferred_color_case.rawValue == 4 {
            self.preferredColor = TestingV1.Color(rawValue: Int32(truncatingIfNeeded: c.pointee.preferred_color.rawValue))
        }
        if c.pointee.action_case.rawValue == 5 {
            self.action = .say(try decodedString(c.pointee.say, "homeward.testing.v1.Choices.say"))
        }
        if c.pointee.action_case.rawValue == 6 {
            self.action = .store(decodedBytes(c.pointee.store))
        }
        if c.pointee.action_case.rawValue == 7 {
            self.action = .count(c.pointee.count)
        }
        if c.pointee.action_case.rawValue == 8, let value = c.pointee.forward {
            self.action = .forward(try TestingV1.Choices.Inner(value))
        }
        if c.pointee.action_case.rawValue == 9 {
            self.action = .paint(TestingV1.Color(rawValue: Int32(truncatingIfNeeded: c.pointee.paint.rawValue)))
        }
        if c.pointee.action_case.rawValue == 10 {
            self.action = .turn(c.pointee.turn != 0)
        }
    }
}

extension TestingV1.Choices.Inner: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Choices__Inner

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__choices__inner__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.depth = .init(rawValue: .init(truncatingIfNeeded: self.depth.rawValue))
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.testing.v1.Choices.Inner.name")
        self.depth = TestingV1.Choices.Inner.Depth(rawValue: Int32(truncatingIfNeeded: c.pointee.depth.rawValue))
    }
}

extension TestingV1.Tree: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Tree

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__tree__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.value = arena.string(self.value)
        if let value = self.first {
            c.pointee.first = arena.message(value)
        }
        c.pointee.n_rest = self.rest.count
        c.pointee.rest = arena.messages(self.rest)
        c.pointee.n_named = self.named.count
        c.pointee.named = arena.pointers(self.named.count)
        for (index, (key, value)) in self.named.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Homeward__Testing__V1__Tree__NamedEntry.self)
            homeward__testing__v1__tree__named_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = arena.message(value)
            c.pointee.named[index] = entry
        }
        switch self.next {
            case .tree(let value):
                c.pointee.tree = arena.message(value)
                c.pointee.next_case = .init(rawValue: 5)

            case .leaf(let value):
                c.pointee.leaf = arena.string(value)
                c.pointee.next_case = .init(rawValue: 6)

            case nil: break
        }
        if let value = self.branch {
            c.pointee.branch = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.value = try decodedString(c.pointee.value, "homeward.testing.v1.Tree.value")
        if let value = c.pointee.first {
            self.first = try TestingV1.Tree(value)
        }
        self.rest = try decodedMessages(c.pointee.rest, c.pointee.n_rest)
        for index in 0..<c.pointee.n_named {
            guard let entry = c.pointee.named[index] else { continue }
            var value = TestingV1.Tree()
            if let held = entry.pointee.value { value = try TestingV1.Tree(held) }
            self.named[try decodedString(entry.pointee.key, "homeward.testing.v1.Tree.named")] = value
        }
        if c.pointee.next_case.rawValue == 5, let value = c.pointee.tree {
            self.next = .tree(try TestingV1.Tree(value))
        }
        if c.pointee.next_case.rawValue == 6 {
            self.next = .leaf(try decodedString(c.pointee.leaf, "homeward.testing.v1.Tree.leaf"))
        }
        if let value = c.pointee.branch {
            self.branch = try TestingV1.Branch(value)
        }
    }
}

extension TestingV1.Branch: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Branch

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__branch__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.tree {
            c.pointee.tree = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.tree {
            self.tree = try TestingV1.Tree(value)
        }
    }
}

extension TestingV1.Words: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Words

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__words__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.`protocol` = arena.string(self.`protocol`)
        c.pointee.default_ = self.`default`
        c.pointee.class_ = self.`class` ? 1 : 0
        c.pointee.`in` = self.`in`
        c.pointee.item_id = arena.string(self.itemID)
        c.pointee.n_http_url_ids = self.httpURLIDs.count
        c.pointee.http_url_ids = arena.strings(self.httpURLIDs)
        c.pointee.at_unix_us = self.atUnixUs
        c.pointee.`internal` = arena.string(self.`internal`)
        c.pointee.base_ = arena.string(self.base)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.`protocol` = try decodedString(c.pointee.`protocol`, "homeward.testing.v1.Words.protocol")
        self.`default` = c.pointee.default_
        self.`class` = c.pointee.class_ != 0
        self.`in` = c.pointee.`in`
        self.itemID = try decodedString(c.pointee.item_id, "homeward.testing.v1.Words.item_id")
        self.httpURLIDs = try decodedStrings(c.pointee.http_url_ids, c.pointee.n_http_url_ids, "homeward.testing.v1.Words.http_url_ids")
        self.atUnixUs = c.pointee.at_unix_us
        self.`internal` = try decodedString(c.pointee.`internal`, "homeward.testing.v1.Words.internal")
        self.base = try decodedString(c.pointee.base_, "homeward.testing.v1.Words.base")
    }
}

extension TestingV1.Everything: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Everything

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__everything__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.scalars {
            c.pointee.scalars = arena.message(value)
        }
        if let value = self.repeats {
            c.pointee.repeats = arena.message(value)
        }
        if let value = self.maps {
            c.pointee.maps = arena.message(value)
        }
        if let value = self.choices {
            c.pointee.choices = arena.message(value)
        }
        if let value = self.any {
            c.pointee.any = arena.message(value)
        }
        if let value = self.duration {
            c.pointee.duration = arena.message(value)
        }
        if let value = self.inner {
            c.pointee.inner = arena.message(value)
        }
        if let value = self.tree {
            c.pointee.tree = arena.message(value)
        }
        c.pointee.far_away = arena.string(self.farAway)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.scalars {
            self.scalars = try TestingV1.Scalars(value)
        }
        if let value = c.pointee.repeats {
            self.repeats = try TestingV1.Repeats(value)
        }
        if let value = c.pointee.maps {
            self.maps = try TestingV1.Maps(value)
        }
        if let value = c.pointee.choices {
            self.choices = try TestingV1.Choices(value)
        }
        if let value = c.pointee.any {
            self.any = try GoogleProtobuf.AnyMessage(value)
        }
        if let value = c.pointee.duration {
            self.duration = try GoogleProtobuf.Duration(value)
        }
        if let value = c.pointee.inner {
            self.inner = try TestingV1.Choices.Inner(value)
        }
        if let value = c.pointee.tree {
            self.tree = try TestingV1.Tree(value)
        }
        self.farAway = try decodedString(c.pointee.far_away, "homeward.testing.v1.Everything.far_away")
    }
}

extension TestingV1.Nothing: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Nothing

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__nothing__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension TestingV1.Note: StructBacked {
    typealias CStruct = Homeward__Testing__V1__Note

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__testing__v1__note__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.payload = arena.bytes(self.payload)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.payload = decodedBytes(c.pointee.payload)
    }
}
