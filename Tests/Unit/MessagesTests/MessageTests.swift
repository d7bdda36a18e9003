import MessageCoding
import Messages
import Testing

@Suite struct MessageTests {
    @Test func `bytes are those of the specification`() throws {
        // The examples of protobuf.dev/programming-guides/encoding: 150 as a varint, "testing", zigzag, packed.
        #expect(TestingV1.Scalars.with { $0.int32Value = 150 }.wireBytes() == [0x08, 0x96, 0x01])
        #expect(TestingV1.Choices.Inner.with { $0.name = "testing" }.wireBytes() == [0x0a, 0x07] + "testing".utf8)
        #expect(TestingV1.Scalars.with { $0.sint32Value = -2 }.wireBytes() == [0x28, 0x03])
        #expect(TestingV1.Scalars.with { $0.fixed32Value = 1 }.wireBytes() == [0x3d, 1, 0, 0, 0])
        #expect(
            TestingV1.Repeats.with { $0.int32Values = [3, 270, 86942] }.wireBytes()
                == [0x0a, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
        #expect(TestingV1.Repeats.with { $0.looseValues = [1, 2] }.wireBytes() == [0x78, 1, 0x78, 2])
    }

    @Test func `protoc's encoding of text decodes to the values it names`() throws {
        let text = """
            scalars { int64_value: -5 flag: true text: "h\\303\\251\\000x" color: COLOR_DEEP_BLUE ratio: 0.5 }
            maps { labels { key: "a" value: "1" } labels { key: "" value: "" } blobs { key: true value: "\\001" } }
            choices { limit: 0 title: "" forward { depth: DEPTH_DEEP } }
            tree { rest { named { key: "k" value { leaf: "end" } } } branch { tree { value: "far" } } }
            far_away: "!"
            """
        let bytes = try Protoc.encode(
            Array(text.utf8), as: TestingV1.Everything.protobufName, in: "homeward/testing/v1/everything.proto")
        let message = try TestingV1.Everything(wire: bytes)
        let expected = TestingV1.Everything.with {
            $0.scalars = .with {
                $0.int64Value = -5
                $0.flag = true
                $0.text = "hé\0x"
                $0.color = .deepBlue
                $0.ratio = 0.5
            }
            $0.maps = .with {
                $0.labels = ["a": "1", "": ""]
                $0.blobs = [true: [1]]
            }
            $0.choices = .with {
                $0.limit = 0
                $0.title = ""
                $0.action = .forward(.with { $0.depth = .deep })
            }
            $0.tree = .with {
                $0.rest = [.with { $0.named = ["k": .with { $0.next = .leaf("end") }] }]
                $0.branch = .with { $0.tree = .with { $0.value = "far" } }
            }
            $0.farAway = "!"
        }
        #expect(message == expected)
    }

    @Test(arguments: [0, 1, 8_191, 8_192, 8_193, 8_207, 8_208, 70_000, 1 << 20])
    func `byte fields of every size arrive whole wherever they stand`(_ size: Int) throws {
        func bytes(_ seed: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) } }
        let message = TestingV1.Everything.with {
            $0.scalars = .with { $0.data = bytes(1) }
            $0.repeats = .with {
                $0.blobs = [bytes(2), [], bytes(3), [1], bytes(4)]
                $0.int32Values = (0..<Int32(size / 8)).map { $0 }
                $0.items = [.with { $0.data = bytes(5) }, .with { $0.text = String(repeating: "é", count: size) }]
            }
            $0.maps = .with { $0.blobs = [true: bytes(6), false: bytes(7)] }
            $0.choices = .with { $0.action = .store(bytes(8)) }
        }
        #expect(try TestingV1.Everything(wire: message.wireBytes()) == message)
        #expect(message.encoded().bytes == message.wireBytes())
    }

    @Test func `a large byte field leaves as the array that the message holds`() throws {
        let (large, other) = ([UInt8](repeating: 1, count: 20_000), [UInt8](repeating: 2, count: 10_000))
        let message = TestingV1.Everything.with {
            $0.scalars = .with { $0.data = large }
            $0.repeats = .with { $0.blobs = [[1], other, [], large, other] }
            $0.maps = .with { $0.blobs = [true: large] }
            $0.choices = .with { $0.action = .store(other) }
        }
        let encoded = message.encoded()
        #expect(encoded.bytes == message.wireBytes())
        #expect(encoded.count == encoded.bytes.count)
        func address(_ bytes: [UInt8]) -> UnsafePointer<UInt8>? { bytes.withUnsafeBufferPointer(\.baseAddress) }
        let shared = encoded.rest.filter { address($0) == address(large) || address($0) == address(other) }
        #expect(shared.count == 6)
        #expect(TestingV1.Note.with { $0.payload = [1] }.encoded().rest.isEmpty)
        #expect(TestingV1.Note().encoded().count == 0)
    }

    @Test func `a large byte field that comes twice is the last, also within a message that comes twice`() throws {
        let (first, last) = ([UInt8](repeating: 1, count: 20_000), [UInt8](repeating: 2, count: 20_000))
        let notes = [first, last].map { bytes in TestingV1.Note.with { $0.payload = bytes }.wireBytes() }
        #expect(try TestingV1.Note(wire: notes[0] + notes[1]).payload == last)
        let scalars = [
            TestingV1.Everything.with { $0.scalars = .with { $0.data = first } },
            TestingV1.Everything.with { $0.scalars = .with { $0.flag = true } },
        ].map { $0.wireBytes() }
        let merged = try TestingV1.Everything(wire: scalars[0] + scalars[1]).scalars
        #expect(merged?.data == first && merged?.flag == true)
        #expect(throws: WireError.self) { try TestingV1.Note(wire: Array(notes[0].dropLast())) }
    }

    @Test func `absent, zero and empty are three things where presence counts`() throws {
        typealias Choices = TestingV1.Choices
        for message in [
            Choices(), .with { $0.limit = 0 }, .with { $0.title = "" }, .with { $0.preferredColor = .unspecified },
            .with { $0.inner = .init() }, .with { $0.action = .say("") }, .with { $0.action = .store([]) },
            .with { $0.action = .count(0) }, .with { $0.action = .turn(false) },
            .with { $0.action = .forward(.init()) },
        ] {
            #expect(try Choices(wire: message.wireBytes()) == message)
        }
    }

    @Test func `of several members of a oneof the last counts`() throws {
        let first = TestingV1.Choices.with { $0.action = .forward(.with { $0.name = "gone" }) }
        let last = TestingV1.Choices.with { $0.action = .say("stays") }
        #expect(try TestingV1.Choices(wire: first.wireBytes() + last.wireBytes()) == last)
    }

    @Test func `of several map entries with one key the last counts`() throws {
        let bytes = ["1", "2"].flatMap { value in TestingV1.Maps.with { $0.labels = ["k": value] }.wireBytes() }
        #expect(try TestingV1.Maps(wire: bytes).labels == ["k": "2"])
    }

    @Test func `text that is not UTF-8 is refused with the name of its field`() {
        for text in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]] {
            #expect(throws: WireError.invalidString("homeward.testing.v1.Scalars.text")) {
                try TestingV1.Scalars(wire: [0x62, UInt8(text.count)] + text)
            }
            #expect(throws: WireError.invalidString("homeward.testing.v1.Repeats.texts")) {
                try TestingV1.Repeats(wire: [0x5a, UInt8(text.count)] + text)
            }
        }
    }

    @Test func `text with NUL is neither cut off nor refused`() throws {
        let message = TestingV1.Scalars.with { $0.text = "before\0after\0" }
        #expect(message.wireBytes() == [0x62, 13] + "before\0after\0".utf8)
        #expect(try TestingV1.Scalars(wire: message.wireBytes()) == message)
    }

    @Test(arguments: [5, -7, .max, .min] as [Int32]) func `an unknown enum number survives`(number: Int32) throws {
        let message = TestingV1.Everything.with {
            $0.scalars = .with { $0.color = .unrecognized(number) }
            $0.repeats = .with { $0.colors = [.red, .unrecognized(number), .negative] }
            $0.maps = .with { $0.colors = [-1: .unrecognized(number)] }
            $0.choices = .with { $0.action = .paint(.unrecognized(number)) }
        }
        #expect(try TestingV1.Everything(wire: message.wireBytes()) == message)
        #expect(TestingV1.Color(rawValue: number).rawValue == number)
    }

    @Test func `unknown fields are dropped`() throws {
        let bytes = TestingV1.Everything.with { $0.farAway = "far" }.wireBytes()
        #expect(try TestingV1.Nothing(wire: bytes) == TestingV1.Nothing())
    }

    @Test func `malformed bytes are refused with the name of the message`() {
        for bytes in [[0x08], [0x62, 5, 1], [0xff], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x0b]] as [[UInt8]] {
            #expect(throws: WireError.malformed("homeward.testing.v1.Scalars")) {
                try TestingV1.Scalars(wire: bytes)
            }
        }
    }

    @Test func `a message nested without end is refused, not followed`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for _ in 0..<depth {
                var length = bytes.count
                var prefix: [UInt8] = [0x12]
                while length >= 0x80 {
                    prefix.append(UInt8(length & 0x7f) | 0x80)
                    length >>= 7
                }
                bytes = prefix + [UInt8(length)] + bytes
            }
            return bytes
        }
        var depth = 0
        var tree: TestingV1.Tree? = try TestingV1.Tree(wire: nested(99))
        while let below = tree?.first {
            depth += 1
            tree = below
        }
        #expect(depth == 99)
        for tooDeep in [100, 5000] {
            #expect(throws: WireError.self) { try TestingV1.Tree(wire: nested(tooDeep)) }
        }
    }

    @Test func `large fields and long arrays come back whole`() throws {
        let payload = [UInt8](repeating: 0xa5, count: 8 << 20)
        let note = TestingV1.Note.with {
            $0.number = 1
            $0.payload = payload
        }
        #expect(try TestingV1.Note(wire: note.wireBytes()) == note)
        let long = TestingV1.Repeats.with {
            $0.sfixed64Values = Array(0..<200_000)
            $0.uint64Values = Array(0..<50_000)
            $0.texts = (0..<5_000).map { "text \($0)" }
            $0.items = (0..<5_000).map { number in .with { $0.int32Value = number } }
        }
        #expect(try TestingV1.Repeats(wire: long.wireBytes()) == long)
    }
}
