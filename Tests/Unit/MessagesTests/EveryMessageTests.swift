import MessageCoding
import Messages
import Testing

@testable import MessageSamples

/// What must hold for each message of the API, whatever it is.
@Suite struct EveryMessageTests {
    @Test func `full samples come back equal`() throws {
        func check<Message: Sampled>(_ type: Message.Type) throws {
            for variant in 0..<type.variants {
                var source = SampleSource.full(variant: variant)
                let message = type.sample(&source)
                #expect(try type.init(wire: message.wireBytes()) == message, "\(type.protobufName)")
            }
        }
        for type in allMessages { try check(type) }
    }

    @Test func `full samples have every field on the wire`() throws {
        for type in allMessages {
            var seen: Set<Int> = []
            for variant in 0..<type.variants {
                var source = SampleSource.full(variant: variant)
                seen.formUnion(try topLevelFields(type.sample(&source).wireBytes()))
            }
            #expect(seen == Set(type.fieldNumbers), "\(type.protobufName)")
        }
    }

    @Test func `protoc reads full samples and writes the same bytes`() throws {
        for type in allMessages {
            var source = SampleSource.full(variant: 0)
            let bytes = type.sample(&source).wireBytes()
            let text = try Protoc.decode(bytes, as: type.protobufName, in: type.protoFile)
            let theirs = try Protoc.encode(text, as: type.protobufName, in: type.protoFile)
            #expect(bytes == theirs, "\(type.protobufName)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `random values come back equal`(seed: UInt64) throws {
        func check<Message: Sampled>(_ type: Message.Type, _ source: inout SampleSource) throws {
            let message = type.sample(&source)
            let bytes = message.wireBytes()
            #expect(try type.init(wire: bytes) == message, "\(type.protobufName), seed \(seed)")
            #expect(bytes == message.wireBytes(), "equal bytes each time: \(type.protobufName), seed \(seed)")
        }
        var source = SampleSource.random(seed: seed)
        for type in allMessages {
            for _ in 0..<5 { try check(type, &source) }
        }
    }

    @Test func `no bytes are the empty message`() throws {
        func check<Message: Sampled>(_ type: Message.Type) throws {
            #expect(try type.init(wire: []) == type.init())
            #expect(type.init().wireBytes().isEmpty)
        }
        for type in allMessages { try check(type) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `mutated bytes decode or are refused`(seed: UInt64) throws {
        var source = SampleSource.random(seed: seed)
        var decodedCount = 0
        var refusedCount = 0
        for type in allMessages {
            for _ in 0..<40 {
                var bytes = type.sample(&source).wireBytes()
                for _ in 0...source.below(3) { mutate(&bytes, &source) }
                do {
                    let message = try type.init(wire: bytes)
                    _ = message.wireBytes()
                    decodedCount += 1
                } catch { refusedCount += 1 }
            }
        }
        #expect(decodedCount > 0 && refusedCount > 0)
    }

    private func mutate(_ bytes: inout [UInt8], _ source: inout SampleSource) {
        let noise = UInt8(truncatingIfNeeded: source.next())
        guard !bytes.isEmpty else { return bytes.append(noise) }
        let position = source.below(bytes.count)
        switch source.below(5) {
        case 0: bytes[position] ^= 1 << (noise & 7)
        case 1: bytes[position] = noise
        case 2: bytes.removeSubrange(position...)
        case 3: bytes.insert(noise, at: position)
        default: bytes.append(contentsOf: bytes[position...])
        }
    }
}

/// Field numbers of one level, read independently of the code under test.
private func topLevelFields(_ bytes: [UInt8]) throws -> Set<Int> {
    struct Truncated: Error {}
    var seen: Set<Int> = []
    var rest = bytes[...]
    func varint() throws -> Int {
        var value = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Truncated() }
            if shift < 64 { value |= Int(byte & 0x7f) << shift }
            if byte < 0x80 { return value }
        }
        throw Truncated()
    }
    while !rest.isEmpty {
        let tag = try varint()
        seen.insert(tag >> 3)
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: rest = rest.dropFirst(8)
        case 5: rest = rest.dropFirst(4)
        default:
            let length = try varint()
            rest = rest.dropFirst(length)
        }
    }
    return seen
}
