public import ArgumentParser
import AuditChain
import Glibc
import Messages
import Model
import RPC

public struct AuditCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What was asked and decided, by whom, and what came of it.",
        discussion: """
            Each record of the vault's audit log has a hash over itself and the record before it. Keep a head where an \
            intruder of the vault cannot change it; a log that was rewritten or shortened since does not lead to it.

              homeward audit head > head.txt
              homeward audit verify --head "$(cat head.txt)"
              homeward audit show --item app-01 --since 2026-11-22

            What is hashed is written down in audit.proto, so that anybody can check the output of \
            `homeward audit show --output json`.
            """,
        subcommands: [Show.self, Verify.self, Head.self])

    public init() {}

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Records of the log, oldest first.")
        @OptionGroup var vault: VaultOptions
        @Option(help: "Only of this item or replication group (groups/NAME), with its jobs.") var item: String = ""
        @Option(help: "Only of this job.") var job: String = ""
        @Option(
            help: ArgumentHelp(
                "Only at this time or later: 2026-11-22, 2026-11-22T08:30:00Z, or microseconds since 1970.",
                valueName: "time"), transform: instant)
        var since: Int64 = 0
        @Option(help: ArgumentHelp("Only before this time.", valueName: "time"), transform: instant)
        var until: Int64 = 0

        func run() async throws {
            try await Session.run(vault) { session in
                var request = VaultV1.ListAuditRecordsRequest()
                request.item = item
                request.job = job
                request.sinceUnixUs = since
                request.untilUnixUs = until
                var isFirst = true
                if vault.output == .json { say("[") }
                try await session.auditRecords(request) { record in
                    switch vault.output {
                    case .json: say((isFirst ? " " : ",") + Printed.record(printed(record)).json)
                    case .table: say(line(record))
                    }
                    isFirst = false
                }
                if vault.output == .json { say("]") } else if isFirst { say("(none)") }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the whole log and judge it; name the first record that does not fit.",
            discussion: "Hashes are computed here, not by the vault. Exit code 1 when a record does not fit.")
        @OptionGroup var vault: VaultOptions
        @Option(
            help: ArgumentHelp(
                "A head that was kept (`homeward audit head`): the log must lead to it.", valueName: "seq:hash"),
            transform: keptHead)
        var head: AuditChain.Head?

        func run() async throws {
            try await Session.run(vault) { session in
                var chain = AuditChain(keeping: head)
                do {
                    try await session.auditRecords(.init()) { try chain.take($0) }
                    try chain.end()
                } catch let found as AuditChain.Break {
                    throw Failure(.dataCorrupt, "believe the audit log: \(found)")
                }
                show(
                    [("records", .number(Int64(clamping: chain.head.sequence))), ("head", .text("\(chain.head)"))],
                    vault.output)
            }
        }
    }

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The log's end as SEQ:HASH, to be kept elsewhere.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let answer = try await session.audit.getAuditHead(.init(), CallOptions(timeout: lookTimeout))
                let head = AuditChain.Head(sequence: answer.sequence, hash: answer.hash)
                guard vault.output == .json else { return say("\(head)") }
                show([("head", .text("\(head)")), ("atUnixUs", .number(answer.atUnixUs))], .json)
            }
        }
    }
}

extension Session {
    /// Page by page: a log may be longer than memory.
    fileprivate func auditRecords(
        _ request: VaultV1.ListAuditRecordsRequest, _ body: (VaultV1.AuditRecord) throws -> Void
    ) async throws {
        var request = request
        request.pageSize = 500
        repeat {
            let page = try await audit.listAuditRecords(request, CallOptions(timeout: lookTimeout))
            for record in page.records { try body(record) }
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
    }
}

private func printed(_ record: VaultV1.AuditRecord) -> [(String, Printed)] {
    [
        ("sequence", .number(Int64(clamping: record.sequence))), ("atUnixUs", .number(record.atUnixUs)),
        ("vaultEpoch", .number(Int64(clamping: record.vaultEpoch))), ("store", .text(record.store)),
        ("kind", .text(record.kind)), ("item", .text(record.item)), ("group", .text(record.group)),
        ("job", .text(record.job)), ("step", .text(record.step)), ("operation", .text(record.operation)),
        ("person", .text(record.person)), ("peer", .text(record.peer)), ("requestId", .text(record.requestID)),
        ("text", .text(record.text)),
        ("facts", .list(record.facts.map { .record([("name", .text($0.name)), ("value", .text($0.value))]) })),
        ("previousHash", .text(hexadecimal(record.previousHash))), ("hash", .text(hexadecimal(record.hash))),
    ]
}

/// `12  2026-11-22T08:30:00Z  step-done  failover fence  items/item-1 jobs/job-2  by ana: text {fact=value}`
private func line(_ record: VaultV1.AuditRecord) -> String {
    var parts: [String] = ["\(record.sequence)", unixText(record.atUnixUs), record.kind]
    parts.append([record.operation, record.step].filter { !$0.isEmpty }.joined(separator: " "))
    parts.append([record.item, record.group, record.job].filter { !$0.isEmpty }.joined(separator: " "))
    let peer = record.peer.isEmpty ? "" : "[\(record.peer)]"
    parts.append([record.person, peer].filter { !$0.isEmpty }.joined(separator: " "))
    parts.append(record.text)
    let facts: [String] = record.facts.map { "\($0.name)=\($0.value)" }
    if !facts.isEmpty { parts.append("{" + facts.joined(separator: ", ") + "}") }
    let text: String = parts.filter { !$0.isEmpty }.joined(separator: "  ")
    // What a person wrote may have lines of its own.
    return String(text.map { (character: Character) -> Character in character.isNewline ? " " : character })
}

private func keptHead(_ text: String) throws -> AuditChain.Head {
    guard let head = AuditChain.Head(text) else {
        throw ValidationError("--head \(text): write SEQ:HASH, as `homeward audit head` does")
    }
    return head
}

/// Microseconds since 1970 of an ISO 8601 time in UTC, or as they are.
private func instant(_ text: String) throws -> Int64 {
    if let microseconds = Int64(text) { return microseconds }
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    let clock = parts.count == 2 ? parts[1].hasSuffix("Z") ? parts[1].dropLast() : parts[1] : "00:00:00"
    let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
    let time = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) }
    guard parts.count <= 2, date.count == 3, (2...3).contains(time.count), !(date + time).contains(nil) else {
        throw ValidationError("\(text) is no time: write 2026-11-22T08:30:00Z")
    }
    var fields = tm()
    fields.tm_year = (date[0] ?? 0) - 1900
    fields.tm_mon = (date[1] ?? 0) - 1
    fields.tm_mday = date[2] ?? 0
    fields.tm_hour = time[0] ?? 0
    fields.tm_min = time[1] ?? 0
    fields.tm_sec = time.count > 2 ? time[2] ?? 0 : 0
    let asked = fields
    let seconds = timegm(&fields)
    // timegm makes the 1st of March of a 30th of February.
    guard fields.tm_mon == asked.tm_mon, fields.tm_mday == asked.tm_mday, fields.tm_hour == asked.tm_hour,
        fields.tm_min == asked.tm_min, fields.tm_sec == asked.tm_sec
    else { throw ValidationError("\(text) is no time: there is no such moment") }
    return Int64(seconds) * 1_000_000
}
