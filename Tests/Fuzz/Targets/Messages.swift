import MessageCoding
import Messages

@testable import MessageSamples

/// Every generated message: four octets of its name's hash (any message otherwise), what follows, and that.
///
/// - 0: octets of the wire format.
/// - 1: choices, from which a message is made.
/// - 2: a message that is made from eight octets, and how its octets are changed.
let messagesTarget = FuzzTarget(
    name: "messages",
    seeds: {
        func full<Message: Sampled>(_ type: Message.Type) -> [[UInt8]] {
            (0..<type.variants).flatMap { variant in
                [SampleSource.full(variant: variant), .newer(variant: variant)].map { source in
                    var source = source
                    return bigEndian(nameHash(type)) + [0] + type.sample(&source).wireBytes()
                }
            }
        }
        func changed<Message: Sampled>(_ type: Message.Type) -> [UInt8] {
            bigEndian(nameHash(type)) + [2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 3]
        }
        func chosen<Message: Sampled>(_ type: Message.Type) -> [UInt8] {
            bigEndian(nameHash(type)) + [1] + (0..<80).flatMap { [UInt8($0), UInt8($0 * 3)] }
        }
        return allMessages.flatMap { full($0) } + allMessages.map { changed($0) } + allMessages.map { chosen($0) }
    },
    run: { input in
        var script = Script(input)
        let hash = script.number()
        let type = allMessages.first { nameHash($0) == hash } ?? allMessages[Int(hash) % allMessages.count]
        try run(type, &script)
    })

private func run<Message: Sampled>(_ type: Message.Type, _ script: inout Script) throws {
    switch script.choice(3) {
    case 0: try decode(type, script.rest())
    case 1:
        var source = SampleSource.octets(script.rest())
        let message = type.sample(&source)
        let bytes = message.wireBytes()
        let decoded = try type.init(wire: bytes)
        try require(decoded == message, "\(type.protobufName) came back as another")
        try decode(type, bytes)
    default:
        let seed = UInt64(script.number()) << 32 | UInt64(script.number())
        var bytes = sample(type, seed).wireBytes()
        while !script.isEmpty { change(&bytes, &script) }
        try decode(type, bytes)
    }
}

private func sample<Message: Sampled>(_ type: Message.Type, _ seed: UInt64) -> Message {
    var source = SampleSource.random(seed: seed)
    return type.sample(&source)
}

/// What decodes is encoded so that it decodes to the same, and encoded once more has the same octets. What it said is
/// said still.
private func decode<Message: Sampled>(_ type: Message.Type, _ bytes: [UInt8]) throws {
    guard let message = try? type.init(wire: bytes) else { return }
    let encoded = message.wireBytes()
    let again: Message
    do { again = try type.init(wire: encoded) } catch {
        throw Broken(description: "\(type.protobufName) does not read what it wrote: \(error)")
    }
    try require(again.wireBytes() == encoded, "\(type.protobufName): other octets each time")
    let (said, left) = (topFields(bytes), topFields(encoded))
    for (number, kind) in steadyFields[nameHash(type)] ?? [:] where said[number] == TopField(kind: kind, says: true) {
        // An empty one is what is left of a message with nothing in it that is known.
        try require(left[number]?.kind == kind, "\(type.protobufName): field \(number) is lost")
    }
}

/// Fields outside of oneofs, of each message: their numbers, and how they are on the wire. No other field takes their
/// place.
private let steadyFields: [UInt32: [UInt64: UInt64]] = {
    func steady<Message: Sampled>(_ type: Message.Type) -> [UInt64: UInt64] {
        let samples = (0..<type.variants).map { variant in
            var source = SampleSource.full(variant: variant)
            return topFields(type.sample(&source).wireBytes()).mapValues(\.kind)
        }
        return (samples.first ?? [:]).filter { field in samples.allSatisfy { $0[field.key] == field.value } }
    }
    return Dictionary(allMessages.map { (nameHash($0), steady($0)) }, uniquingKeysWith: { first, _ in first })
}()

private struct TopField: Equatable {
    /// Wire type.
    let kind: UInt64
    /// Its last value is not zero or empty, by whatever type of this wire type it is read.
    let says: Bool
}

/// The fields of a message's first level, by number.
private func topFields(_ bytes: [UInt8]) -> [UInt64: TopField] {
    var rest = bytes[...]
    var found: [UInt64: TopField] = [:]
    func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
    /// Without the sign: minus zero is zero.
    func fixed(_ count: Int) -> Bool? {
        guard rest.count >= count else { return nil }
        let value = rest.prefix(count)
        rest = rest.dropFirst(count)
        return value.dropLast().contains { $0 != 0 } || (value.last ?? 0) & 0x7f != 0
    }
    while let tag = varint() {
        let says: Bool
        switch tag & 7 {
        case 0:
            guard let value = varint() else { return found }
            says = value & 0xffff_ffff != 0
        case 1, 5:
            guard let value = fixed(tag & 7 == 1 ? 8 : 4) else { return found }
            says = value
        case 2:
            guard let length = varint(), length <= UInt64(rest.count) else { return found }
            rest = rest.dropFirst(Int(length))
            says = length > 0
        default: return found
        }
        found[tag >> 3] = TopField(kind: tag & 7, says: says)
    }
    return found
}

/// One change where wire formats break: a length, a tag, the end.
private func change(_ bytes: inout [UInt8], _ script: inout Script) {
    let kind = script.choice(6)
    let place = bytes.isEmpty ? 0 : (Int(script.byte()) << 8 | Int(script.byte())) % bytes.count
    let noise = script.byte()
    guard !bytes.isEmpty else { return bytes.append(noise) }
    switch kind {
    case 0: bytes[place] ^= 1 << (noise & 7)
    case 1: bytes[place] = noise
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(contentsOf: [UInt8](repeating: 0xff, count: Int(noise) % 11), at: place)
    case 4: bytes.append(contentsOf: bytes[place...].prefix(4_096))
    default: bytes.insert(noise, at: place)
    }
}

/// FNV-1a: stays the same when messages are added.
private func nameHash(_ type: any Sampled.Type) -> UInt32 {
    type.protobufName.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
}
