import Environment
import Model

/// Caps on one direction of a process server's transfers by time of the week, as its configuration file gives them:
///
/// ```json
/// { "bytesPerSecond": 50000000,
///   "windows": [ { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00",
///                  "bytesPerSecond": 5000000 } ] }
/// ```
/// The first window that holds counts; outside all of them `bytesPerSecond` does. Left out, there is no cap. Windows
/// come and go by the wall clock while the process server runs; other windows hold from its next start.
public struct BandwidthSettings: Codable, Hashable, Sendable {
    /// Payload bytes a second of all items together.
    public var bytesPerSecond: Int64?
    /// At most `mostWindows`.
    public var windows: [Window]?

    public struct Window: Codable, Hashable, Sendable {
        /// Days on which it begins: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; every day when left out.
        public var days: [String]?
        /// `HH:MM`, UTC.
        public var from: String
        /// `HH:MM`, UTC, up to `24:00`. Not after `from`, it is a time of the next day.
        public var to: String
        /// Left out: no cap while the window holds.
        public var bytesPerSecond: Int64?

        public init(days: [String]? = nil, from: String, to: String, bytesPerSecond: Int64? = nil) {
            self.days = days
            self.from = from
            self.to = to
            self.bytesPerSecond = bytesPerSecond
        }
    }

    public init(bytesPerSecond: Int64? = nil, windows: [Window]? = nil) {
        self.bytesPerSecond = bytesPerSecond
        self.windows = windows
    }

    /// A cap must let a chunk through within seconds: who waits for one holds a stream.
    static let smallestCap: Int64 = 64 << 10
    /// More than nine for each day; each is looked at for every chunk.
    static let mostWindows = 64
}

/// The caps by time, checked.
struct BandwidthSchedule: Hashable, Sendable {
    struct Cap: Hashable, Sendable {
        /// nil: none.
        let bytesPerSecond: Int64?
        /// What it comes from, for people; empty outside all windows.
        let window: String
    }

    private struct Window: Hashable, Sendable {
        /// Minutes of the week at which it begins, ascending; the week begins on Monday.
        let begins: [Int]
        let minutes: Int
        let cap: Cap

        func holds(at minute: Int) -> Bool {
            begins.contains { (minute - $0 + BandwidthSchedule.week) % BandwidthSchedule.week < minutes }
        }
    }

    private let base: Cap
    private let windows: [Window]

    static let none = BandwidthSchedule()

    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    private static let day = 24 * 60
    private static let week = 7 * day
    private static let minute: Int64 = 60_000_000

    private init() {
        base = Cap(bytesPerSecond: nil, window: "")
        windows = []
    }

    init(_ settings: BandwidthSettings?, named name: String) throws(Failure) {
        base = Cap(bytesPerSecond: try Self.rate(settings?.bytesPerSecond, name), window: "")
        let listed = settings?.windows ?? []
        guard listed.count <= BandwidthSettings.mostWindows else {
            throw Failure(.invalidArgument, "setting \"\(name)\": more than \(BandwidthSettings.mostWindows) windows")
        }
        var windows: [Window] = []
        for entry in listed { windows.append(try Self.window(entry, name)) }
        self.windows = windows
    }

    private static func window(_ entry: BandwidthSettings.Window, _ name: String) throws(Failure) -> Window {
        let (from, to) = (try time(entry.from, name), try time(entry.to, name))
        guard from < day else {
            throw Failure(.invalidArgument, "setting \"\(name)\": a window begins at \(entry.from)")
        }
        let listed = entry.days ?? days
        var begins: [Int] = []
        for day in listed {
            guard let index = days.firstIndex(of: day) else {
                throw Failure(.invalidArgument, "setting \"\(name)\": \"\(day)\" is no day")
            }
            begins.append(index * Self.day + from)
        }
        guard !begins.isEmpty else { throw Failure(.invalidArgument, "setting \"\(name)\": a window without days") }
        let text = (entry.days == nil ? "" : listed.joined(separator: ",") + " ") + "\(entry.from)-\(entry.to)"
        return Window(
            begins: begins.sorted(), minutes: to > from ? to - from : to - from + day,
            cap: Cap(bytesPerSecond: try rate(entry.bytesPerSecond, name), window: text))
    }

    private static func rate(_ rate: Int64?, _ name: String) throws(Failure) -> Int64? {
        guard let rate else { return nil }
        guard rate >= BandwidthSettings.smallestCap else {
            throw Failure(
                .invalidArgument, "setting \"\(name)\": a cap is at least \(BandwidthSettings.smallestCap) bytes/s")
        }
        return rate
    }

    /// Minutes since midnight.
    private static func time(_ text: String, _ name: String) throws(Failure) -> Int {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), (0..<60).contains(minutes),
            (0...day).contains(hours * 60 + minutes)
        else { throw Failure(.invalidArgument, "setting \"\(name)\": \"\(text)\" is no time such as 08:00") }
        return hours * 60 + minutes
    }

    /// Whether there is a cap at any time.
    var mayCap: Bool { base.bytesPerSecond != nil || windows.contains { $0.cap.bytesPerSecond != nil } }

    func cap(at wall: WallInstant) -> Cap {
        let minute = Self.minuteOfWeek(wall)
        return windows.first { $0.holds(at: minute) }?.cap ?? base
    }

    /// The next time at which a window begins or ends; nil without windows.
    func boundary(after wall: WallInstant) -> WallInstant? {
        let minute = Self.minuteOfWeek(wall)
        let steps = windows.flatMap { window in
            window.begins.flatMap { [$0, $0 + window.minutes] }.map { edge in
                let distance = (edge - minute) % Self.week
                return distance > 0 ? distance : distance + Self.week
            }
        }
        guard let step = steps.min() else { return nil }
        let began = Self.floor(wall.microseconds, Self.minute)
        return WallInstant(microseconds: (began + Int64(step)) * Self.minute)
    }

    /// Time until another cap holds; nil if this one always does.
    func remaining(at wall: WallInstant) -> Duration? {
        let present = cap(at: wall)
        var edge = wall
        // Every edge of a week: two for each beginning.
        for _ in 0...(windows.reduce(0) { $0 + $1.begins.count * 2 }) {
            guard let next = boundary(after: edge) else { return nil }
            if cap(at: next) != present { return .microseconds(next.microseconds - wall.microseconds) }
            edge = next
        }
        return nil
    }

    private static func minuteOfWeek(_ wall: WallInstant) -> Int {
        // The first of January 1970 was a Thursday.
        let sinceMonday = floor(wall.microseconds, minute) + Int64(3 * day)
        return Int(sinceMonday - floor(sinceMonday, Int64(week)) * Int64(week))
    }

    private static func floor(_ value: Int64, _ unit: Int64) -> Int64 {
        let quotient = value / unit
        return value % unit < 0 ? quotient - 1 : quotient
    }
}
