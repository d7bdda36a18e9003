public import Environment
import FoundationEssentials
public import Model

/// One JSON file of a machine's run directory.
public protocol MachineFile: Codable, Hashable, Sendable {
    /// For messages: "grant".
    static var kind: String { get }
}

extension MachineFile {
    /// nil when there is no such file. One that cannot be read is reported and left in place.
    public static func read(_ path: String, _ files: any FileSystem) throws(Failure) -> Self? {
        do {
            let file = try files.open(path, .read)
            defer { file.close() }
            let size = try file.size()
            guard size <= machineFileLimit else {
                throw Failure(.dataCorrupt, "read the \(kind) \(path): \(size) bytes are more than it can have")
            }
            return try JSONDecoder().decode(Self.self, from: Data(try file.read(Int(size), at: 0)))
        } catch let error as FileError where error.code == .notFound {
            return nil
        } catch let error as FileError {
            throw Failure(.inputOutput, "read the \(kind): \(error)")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.dataCorrupt, "read the \(kind) \(path): it is not as this program writes it: \(error)")
        }
    }

    /// Replaces the file, durably on return. For what must survive a power loss.
    public func replace(_ path: String, _ files: any FileSystem) throws(Failure) {
        let bytes = try encoded(path)
        do { try files.replace(path, with: bytes) } catch {
            throw Failure(error.code == .noSpace ? .noSpace : .inputOutput, "write the \(Self.kind): \(error)")
        }
    }

    /// Replaces the file for readers of this boot of the host, without a sync. For status that is written often.
    public func publish(_ path: String, _ files: any FileSystem) throws(Failure) {
        let bytes = try encoded(path)
        do {
            let file = try files.open(path + ".new", .create)
            defer { file.close() }
            try file.truncate(to: 0)
            try file.write(bytes, at: 0)
            try files.rename(path + ".new", to: path)
        } catch {
            throw Failure(error.code == .noSpace ? .noSpace : .inputOutput, "write the \(Self.kind): \(error)")
        }
    }

    private func encoded(_ path: String) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(self)) + [0x0A] } catch {
            throw Failure(.internalError, "write the \(Self.kind) \(path): \(error)")
        }
    }
}

/// A machine has at most some dozens of disks; a file above this is not one of ours.
private let machineFileLimit: Int64 = 1 << 20

/// A generation in a file: `{"number": 3, "token": "<32 hexadecimal digits>"}`.
public struct GenerationRecord: Codable, Hashable, Sendable {
    public var number: UInt64
    public var token: String

    public init(_ generation: Generation) {
        number = generation.number
        token = generation.token.description
    }

    public func value() throws(Failure) -> Generation {
        guard number > 0, let bytes = bytes(hexadecimal: token), let token = GenerationToken(bytes) else {
            throw Failure(.dataCorrupt, "read generation \(number) of a machine's file: its token is not 32 digits")
        }
        return Generation(number: number, token: token)
    }
}

/// Where a component is dialled.
public struct EndpointRecord: Codable, Hashable, Sendable {
    public var id: String
    /// `host:port`.
    public var address: String

    public init(id: String, address: String) {
        self.id = id
        self.address = address
    }
}

private func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    let values = digits.compactMap { $0 }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
