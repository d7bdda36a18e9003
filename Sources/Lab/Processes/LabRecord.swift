public import MachineFiles

/// `lab.json`: what the command line and people need to know of a standing lab. Replaced at each change.
public struct LabRecord: MachineFile {
    public static var kind: String { "lab's record" }

    public enum State: String, Codable, Hashable, Sendable { case starting, ready }

    public struct Process: Codable, Hashable, Sendable {
        public var id: String
        public var program: String
        public var site: String
        public var address: String
        public var log: String
        /// nil while it waits to be started again.
        public var process: ProcessFile?
        /// Times that it was started.
        public var starts: Int
    }

    /// `host:port`.
    public var vault: String
    public var state: State
    public var seed: UInt64
    public var supervisor: ProcessFile
    public var processes: [Process]
    /// Sites without power, of which nothing runs; nil or empty when there is none.
    public var downSites: [String]?
    /// Directory of the operator's certificate, where the lab has TLS.
    public var identity: String?
}
