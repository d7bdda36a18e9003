import Logging

/// Keeps what is worth a look when a test fails.
struct TroubleLog: LogHandler {
    private let trouble: Trouble
    private let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(_ trouble: Trouble, _ label: String) {
        self.trouble = trouble
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        trouble.add("\(label) \(event.level): \(event.message) \(details.joined(separator: " "))")
    }
}
