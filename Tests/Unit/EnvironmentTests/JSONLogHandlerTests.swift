import Environment
import EnvironmentLive
import Logging
import Synchronization
import Testing

private struct FixedClock: Clock {
    let microseconds: Int64

    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant { WallInstant(microseconds: microseconds) }
    func sleep(until instant: MonotonicInstant) async throws {}
}

private final class Lines: Sendable {
    private let text = Mutex("")

    func add(_ line: [UInt8]) { text.withLock { $0 += String(decoding: line, as: UTF8.self) } }
    var all: String { text.withLock { $0 } }
}

struct JSONLogHandlerTests {
    private func logged(at microseconds: Int64 = 0, _ body: (Logger) -> Void) -> String {
        let lines = Lines()
        let clock = FixedClock(microseconds: microseconds)
        body(Logger(label: "vault") { JSONLogHandler(label: $0, clock: clock, sink: lines.add) })
        return lines.all
    }

    @Test func `a line has its fields in a fixed order and its metadata sorted`() {
        let line = logged(at: 1_769_904_000_000_001) {
            $0.info("item sealed", metadata: ["b": "2", "a": ["x", "y"], "c": ["k": .stringConvertible(7)]])
        }
        let expected = #"""
            {"time":"2026-02-01T00:00:00.000001Z","level":"info","label":"vault","message":"item sealed",\#
            "metadata":{"a":["x","y"],"b":"2","c":{"k":"7"}}}

            """#
        #expect(line == expected)
    }

    @Test func `control characters and quotes never break a line`() {
        let line = logged { $0.info("a\"b\\c\nd\u{1}é") }
        #expect(line.contains(#""message":"a\"b\\c\nd\u0001é""#))
        #expect(line.split(separator: "\n").count == 1)
    }

    @Test func `the logger's own metadata is bound once and the event's wins`() {
        let line = logged {
            var logger = $0
            logger[metadataKey: "item"] = "i-1"
            logger[metadataKey: "step"] = "one"
            logger.warning("late", metadata: ["step": "two"])
        }
        #expect(line.contains(#""metadata":{"item":"i-1","step":"two"}"#))
    }

    @Test func `lines below the level are not written`() {
        #expect(logged { $0.debug("hidden") }.isEmpty)
    }

    @Test(arguments: [
        (Int64(-1), "1969-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    ])
    func `times follow the civil calendar`(_ microseconds: Int64, _ text: String) {
        #expect(logged(at: microseconds) { $0.info("x") }.contains(text))
    }
}
