/// Name of a backup: its store, its number among the backups at one place, and when its copy was made.
/// `vault-00000012-20261122T001203Z`. Names of one store sort by number.
public struct BackupName: Hashable, Sendable, CustomStringConvertible {
    public let store: String
    public let number: UInt64
    /// Seconds since the Unix epoch.
    public let createdSeconds: Int64

    public init(store: String, number: UInt64, createdSeconds: Int64) {
        self.store = store
        self.number = number
        self.createdSeconds = createdSeconds
    }

    /// nil for what is no name of a backup of this store.
    public init?(_ text: some StringProtocol, of store: String) {
        guard text.hasPrefix(store + "-") else { return nil }
        let parts = text.dropFirst(store.count + 1).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == Self.digits, let number = Self.number(parts[0]), number > 0,
            let created = Self.seconds(of: parts[1])
        else { return nil }
        self.init(store: store, number: UInt64(number), createdSeconds: created)
    }

    /// Numbers of this many digits last for a backup each second for three years.
    private static let digits = 8

    public var description: String {
        "\(store)-\(Self.padded(Int64(clamping: number), Self.digits))-\(Self.stamp(createdSeconds))"
    }

    private static let daySeconds: Int64 = 86_400

    /// ISO 8601 basic format, UTC.
    private static func stamp(_ seconds: Int64) -> String {
        let (days, rest) = max(seconds, 0).quotientAndRemainder(dividingBy: daySeconds)
        let (year, month, day) = civil(days: days)
        return padded(year, 4) + padded(month, 2) + padded(day, 2) + "T" + padded(rest / 3_600, 2)
            + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
    }

    private static func seconds(of stamp: some StringProtocol) -> Int64? {
        let text = Array(stamp)
        guard text.count == 16, text[8] == "T", text[15] == "Z" else { return nil }
        func field(_ range: Range<Int>) -> Int64? { number(String(text[range])) }
        guard let year = field(0..<4), let month = field(4..<6), let day = field(6..<8), let hour = field(9..<11),
            let minute = field(11..<13), let second = field(13..<15), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        return days(year: year, month: month, day: day) * daySeconds + hour * 3_600 + minute * 60 + second
    }

    /// Digits only: no sign, no other script.
    private static func number(_ text: some StringProtocol) -> Int64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// Days since 1970-01-01 in the Gregorian calendar: years begin in March, so that a leap day is the last of one.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
    }
}
