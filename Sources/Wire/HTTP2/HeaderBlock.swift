/// The header section being received.
///
/// A connection's sections repeat: those of requests, or those of responses and their trailers in turn. So the last
/// ones are kept; a section that is one of them is that very array, without new strings, and of another the fields that
/// stand where they stood are taken over.
struct HeaderBlock {
    private(set) var size = 0
    /// Empty while the section is the beginning of a known one.
    private var fields: [HeaderField] = []
    private var known: [[HeaderField]] = []
    /// The known section with the same first field, and how far this one is the same.
    private var candidate: Int?
    private var matched = 0
    private var isNew = false
    private var nextReplaced = 0

    /// RFC 9113 §6.5.2: the overhead of one field.
    private static let overhead = 32
    /// A response's headers and trailers, and room for a variant of each.
    private static let maxKnown = 4
    /// Larger sections are not worth their memory on an idle connection.
    private static let maxKnownBytes = 2 << 10

    mutating func begin() {
        fields = []
        candidate = nil
        matched = 0
        isNew = false
        size = 0
    }

    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, limit: Int) {
        size += name.count + value.count + Self.overhead
        guard size <= limit else { return }
        if !isNew {
            if matched == 0 { candidate = known.firstIndex { $0.first.map { Self.matches($0, name, value) } ?? false } }
            if knownField(at: matched, name, value) != nil {
                matched += 1
                return
            }
            diverge()
        }
        let field = knownField(at: fields.count, name, value)
        fields.append(
            field ?? HeaderField(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// The section, once it is whole. What was larger than the limit is not complete.
    mutating func finish() -> [HeaderField] {
        if let candidate, !isNew {
            if matched == known[candidate].count { return known[candidate] }
            diverge()
        }
        if !fields.isEmpty && size <= Self.maxKnownBytes { remember() }
        return fields
    }

    private mutating func diverge() {
        isNew = true
        guard let candidate else { return }
        fields.reserveCapacity(known[candidate].count + 1)
        fields.append(contentsOf: known[candidate].prefix(matched))
    }

    private mutating func remember() {
        if let candidate {
            known[candidate] = fields
        } else if known.count < Self.maxKnown {
            known.append(fields)
        } else {
            known[nextReplaced] = fields
            nextReplaced = (nextReplaced + 1) % Self.maxKnown
        }
    }

    private func knownField(
        at place: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> HeaderField? {
        guard let candidate, place < known[candidate].count else { return nil }
        let field = known[candidate][place]
        return Self.matches(field, name, value) ? field : nil
    }

    private static func matches(
        _ field: HeaderField, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> Bool {
        matches(field.name, name) && matches(field.value, value)
    }

    private static func matches(_ string: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard string.utf8.count == bytes.count else { return false }
        // Native strings have contiguous octets; the other way is for completeness.
        return string.utf8.withContiguousStorageIfAvailable { octets in
            equal(UnsafeRawBufferPointer(octets), bytes)
        } ?? string.utf8.elementsEqual(bytes)
    }
}

/// Compares two pieces of equal length by words.
private func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    let word = MemoryLayout<UInt64>.size
    var offset = 0
    while offset + word <= a.count {
        let left = a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard left == b.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else { return false }
        offset += word
    }
    while offset < a.count {
        guard a[offset] == b[offset] else { return false }
        offset += 1
    }
    return true
}
