import Ledger
import Testing

@testable import Processes

/// What a log of files says may be on the disk.
struct FilesReplayTests {
    private func line(_ event: LogLine.Event, _ path: String = "", _ content: String? = nil) -> LogLine {
        var line = LogLine(event, machine: "web-01", site: "home", generation: 1, microseconds: 1)
        line.kind = content == nil ? .remove : .store
        line.path = path
        line.sha256 = content ?? ""
        return line
    }

    @Test func `an acknowledged change is what must be there`() {
        let replay = FilesJudge.Replay([
            line(.found, "/srv/data/a", "1"), line(.issue, "/srv/data/a", "2"), line(.ack, "/srv/data/a", "2"),
            line(.issue, "/srv/data/b", "3"), line(.ack, "/srv/data/b", "3"), line(.issue, "/srv/data/b"),
            line(.ack, "/srv/data/b"),
        ])
        #expect(replay.allowed == ["/srv/data/a": ["2"], "/srv/data/b": [nil]])
        #expect(replay.reasons.isEmpty)
    }

    @Test func `a change without an answer may be there or not`() {
        let replay = FilesJudge.Replay([
            line(.found, "/srv/data/a", "1"), line(.issue, "/srv/data/a", "2"), line(.issue, "/srv/data/new", "3"),
        ])
        #expect(replay.allowed == ["/srv/data/a": ["1", "2"], "/srv/data/new": [nil, "3"]])
    }

    @Test func `what a guest finds ends the doubt`() {
        let replay = FilesJudge.Replay([
            line(.found, "/srv/data/a", "1"), line(.issue, "/srv/data/a", "2"), line(.issue, "/srv/data/new", "3"),
            line(.start), line(.resume), line(.found, "/srv/data/a", "2"),
        ])
        #expect(replay.allowed == ["/srv/data/a": ["2"], "/srv/data/new": [nil]])
        #expect(replay.reasons.isEmpty)
    }

    @Test func `a guest that finds an old content, nothing, or what nobody wrote tells of a loss`() {
        let began = [
            line(.found, "/srv/data/a", "1"), line(.found, "/srv/data/b", "1"), line(.found, "/etc/hostname", "1"),
            line(.issue, "/srv/data/a", "2"), line(.ack, "/srv/data/a", "2"), line(.start), line(.resume),
        ]
        let replay = FilesJudge.Replay(began + [line(.found, "/srv/data/a", "1"), line(.found, "/srv/data/x", "9")])
        #expect(replay.reasons.count == 3)
        for path in ["/srv/data/a", "/srv/data/b", "/srv/data/x"] {
            #expect(replay.reasons.contains { $0.hasPrefix("\(path):") })
        }
    }

    @Test func `a line of a file survives the log`() throws {
        var stored = line(.ack, "/srv/data/0/with \"quotes\".bin", "ab")
        stored.length = 5
        stored.sequence = 7
        #expect(try LogLine.parse(Array(stored.encode().utf8)) == [stored])
    }
}
