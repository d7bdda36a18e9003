/// A store's tables, as the list of scripts that build them. Scripts are only ever appended: the number of
/// scripts applied is the file's `user_version`, and a file with a higher one belongs to newer software.
public struct Schema: Sendable {
    /// Names the store in failpoints and messages: "vault", "master-target".
    public let store: String
    public let migrations: [String]
    /// The file never grows past this; a write that would is refused as `NO_SPACE`.
    public let maximumBytes: Int64

    public init(store: String, migrations: [String], maximumBytes: Int64 = Schema.defaultMaximumBytes) {
        self.store = store
        self.migrations = migrations
        self.maximumBytes = maximumBytes
    }

    /// Control-plane rows for thousands of machines fit many times; a runaway table stops here, not at a full disk.
    public static let defaultMaximumBytes: Int64 = 8 << 30

    /// Every store's own row: which life of the database this is, and which opening of it may write.
    static let identity = """
        CREATE TABLE store_identity (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            incarnation TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            backup_of TEXT,
            previous TEXT
        ) STRICT;
        """
}
