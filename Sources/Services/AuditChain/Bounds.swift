public import Messages

/// Of the texts of one record, in bytes: a record stays far below a page of messages, whatever a caller sends.
private enum Longest {
    static let name = 256
    static let text = 4_096
    static let value = 1_024
    static let facts = 128
}

extension VaultV1.AuditRecord {
    /// With texts cut to what a record may hold; what was cut ends with `…`.
    public func bounded() -> VaultV1.AuditRecord {
        var record = self
        record.item.cut(to: Longest.name)
        record.group.cut(to: Longest.name)
        record.job.cut(to: Longest.name)
        record.step.cut(to: Longest.name)
        record.operation.cut(to: Longest.name)
        record.person.cut(to: Longest.name)
        record.peer.cut(to: Longest.name)
        record.requestID.cut(to: Longest.name)
        record.text.cut(to: Longest.text)
        if facts.count > Longest.facts { record.facts.removeLast(facts.count - Longest.facts) }
        for index in record.facts.indices {
            record.facts[index].name.cut(to: Longest.name)
            record.facts[index].value.cut(to: Longest.value)
        }
        return record
    }
}

extension String {
    /// At most so many bytes of UTF-8 before the mark, without a NUL: it would end the text in other programs.
    fileprivate mutating func cut(to limit: Int) {
        if utf8.contains(0) { self = String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) }
        guard utf8.count > limit else { return }
        var kept = UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            count += scalar.utf8.count
            guard count <= limit else { break }
            kept.append(scalar)
        }
        self = String(kept) + "…"
    }
}
