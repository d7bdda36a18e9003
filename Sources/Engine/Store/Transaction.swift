import Foundation
internal import GRDB
public import Model

/// A value in a statement or a column.
public enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    public static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    public static func optional(_ integer: Int64?) -> SQLValue { integer.map { .integer($0) } ?? .null }
    public static func optional(_ bytes: [UInt8]?) -> SQLValue { bytes.map { .blob($0) } ?? .null }
    public static func id<Tag>(_ id: ID<Tag>) -> SQLValue { .text(id.text) }
    /// The full range, by bit pattern: equality holds in SQL, order does not.
    public static func bits(_ number: UInt64) -> SQLValue { .integer(Int64(bitPattern: number)) }
}

/// Who asked for what a task does, as far as is known: for records that say so.
///
/// It is a task-local value, taken when a transaction is begun: a transaction runs on a lane, outside the task. Tasks
/// of `TaskSpawner` do not see it: what a job does on its own is asked for by nobody.
public struct Caller: Hashable, Sendable {
    /// The identity that the peer proved, and its address.
    public var peer: String
    /// Who asks, as they say; empty when they do not.
    public var person: String
    /// Names the request; empty when nothing does.
    public var request: String

    public init(peer: String, person: String = "", request: String = "") {
        self.peer = peer
        self.person = person
        self.request = request
    }

    @TaskLocal public static var current: Caller?
}

/// One business transaction. Statements are compiled once for each connection: their texts are constants.
/// Valid only inside the closure that it is given to.
public struct Transaction {
    let database: GRDB.Database
    /// For messages.
    public let store: String
    /// The call that it is made for; nil when it is made for none.
    public let caller: Caller?
    /// It is a read: no row that it finds may yet be undone.
    public let seesCommittedOnly: Bool

    init(database: GRDB.Database, store: String, caller: Caller? = nil, seesCommittedOnly: Bool = false) {
        self.database = database
        self.store = store
        self.caller = caller
        self.seesCommittedOnly = seesCommittedOnly
    }

    private func statement(_ sql: String) throws -> GRDB.Statement {
        let statement = try database.cachedStatement(sql: sql)
        guard !seesCommittedOnly || statement.isReadonly else {
            throw Failure(.internalError, "read from store \(store) by a statement that changes it: \(sql)")
        }
        return statement
    }

    /// GRDB's initializer for values of one type makes a key path at each call: that costs more than a small statement.
    private static func arguments(_ values: [SQLValue]) -> StatementArguments {
        StatementArguments(values.map { $0.databaseValue as (any DatabaseValueConvertible)? })
    }

    /// Runs one statement; answers the number of rows it changed.
    @discardableResult
    public func run(_ sql: String, _ arguments: SQLValue...) throws -> Int {
        try run(sql, arguments)
    }

    @discardableResult
    public func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let statement = try statement(sql)
        try statement.execute(arguments: Self.arguments(arguments))
        return database.changesCount
    }

    /// A durable row changes by one statement that names the state and generation it expects;
    /// when no row was in that state, `failure` is thrown and the transaction rolls back.
    public func change(
        _ sql: String, _ arguments: SQLValue..., orElse failure: @autoclosure () -> Failure
    ) throws {
        guard try run(sql, arguments) > 0 else { throw failure() }
    }

    public func rows(_ sql: String, _ arguments: SQLValue...) throws -> [Row] { try rows(sql, arguments) }

    public func rows(_ sql: String, _ arguments: [SQLValue]) throws -> [Row] {
        let statement = try statement(sql)
        let found = try GRDB.Row.fetchAll(statement, arguments: Self.arguments(arguments))
        return found.map { Row(row: $0, store: store) }
    }

    /// The first row, or nil.
    public func row(_ sql: String, _ arguments: SQLValue...) throws -> Row? {
        let statement = try statement(sql)
        return try GRDB.Row.fetchOne(statement, arguments: Self.arguments(arguments))
            .map { Row(row: $0, store: store) }
    }
}

/// One result row; a column of another type than asked for is reported as corruption, never converted.
public struct Row {
    let row: GRDB.Row
    let store: String

    public func integer(_ column: String) throws(Failure) -> Int64 {
        guard case .integer(let value) = try value(column) else { throw unreadable(column) }
        return value
    }

    public func text(_ column: String) throws(Failure) -> String {
        guard case .text(let value) = try value(column) else { throw unreadable(column) }
        return value
    }

    public func blob(_ column: String) throws(Failure) -> [UInt8] {
        guard case .blob(let value) = try value(column) else { throw unreadable(column) }
        return value
    }

    public func bits(_ column: String) throws(Failure) -> UInt64 { UInt64(bitPattern: try integer(column)) }

    public func optionalText(_ column: String) throws(Failure) -> String? {
        try value(column) == .null ? nil : text(column)
    }

    public func optionalBlob(_ column: String) throws(Failure) -> [UInt8]? {
        try value(column) == .null ? nil : blob(column)
    }

    public func id<Tag>(_ column: String, as tag: ID<Tag>.Type = ID<Tag>.self) throws(Failure) -> ID<Tag> {
        let text = try text(column)
        guard ID<Tag>.isValid(text) else { throw unreadable(column) }
        return try ID<Tag>(text)
    }

    private func value(_ column: String) throws(Failure) -> SQLValue {
        guard row.hasColumn(column) else {
            throw Failure(.internalError, "read column \(column) of store \(store): the statement does not select it")
        }
        let value: DatabaseValue = row[column]
        switch value.storage {
        case .null: return .null
        case .int64(let integer): return .integer(integer)
        case .string(let text): return .text(text)
        case .blob(let data): return .blob([UInt8](data))
        case .double: throw unreadable(column)
        }
    }

    private func unreadable(_ column: String) -> Failure {
        Failure(.storeCorrupt, "read column \(column) of store \(store): its value is not of the stored type")
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
