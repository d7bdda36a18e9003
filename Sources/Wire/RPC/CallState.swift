internal import Environment
internal import Compression
internal import HTTP2

/// One call on a connection. `@unchecked Sendable`: every variable is read and written only inside
/// `RPCConnection.locked` of the connection that owns it.
final class CallState: @unchecked Sendable {
    enum Ending {
        case clean
        case failed(RPCError)
    }

    let id: StreamID
    let deadline: MonotonicInstant?
    var reader: MessageReader

    /// How the incoming half ended; messages before it are still delivered when it ended cleanly or by trailers.
    var ending: Ending?
    /// This side said its last word: a server sent its status, a client half-closed.
    var finishedSending = false
    /// A server submitted its response headers; a client received them.
    var headersPassed = false
    /// Answered by an HTTP status alone. The rest of the request is dropped and its window not given back: what the
    /// peer may still send is bounded, and it hears of errors in it.
    var isRefused = false
    /// A server's status has left.
    var endLeft = false
    /// The peer's half ended.
    var peerEnded = false
    /// A server's handler.
    var task: SpawnedTask?
    /// How messages that the peer marks as compressed are to be read.
    var incoming = MessageEncoding.identity {
        didSet { reader.mayBeCompressed = incoming != .identity }
    }
    /// How this side compresses; fixed once its header section is sent.
    var outgoing = MessageEncoding.identity
    /// What the peer says it can read, `grpc-accept-encoding` as it came.
    var peerAccepts = ""
    /// Metadata beside the messages; most calls have none.
    var extras: CallExtras?

    private let awakened: Awakened
    /// The task in `next`, at most one.
    var waitingReader: UnsafeContinuation<Void, Never>?
    /// That task waits for the response's header section.
    var waitsForHeaders = false
    /// Tasks in `send`; woken together, they try again in turn.
    var waitingWriters: [UnsafeContinuation<Void, Never>] = []

    private var inbox: [ReceivedMessage] = []
    private var firstInInbox = 0
    /// Octets received and not given back to the peer's window.
    private var held = 0
    /// Memory of `inbox`.
    private var inboxOctets = 0
    /// Octets of the message that a server's handler took last, until it comes back for the next or ends. It may wait
    /// with it for a peer that does not read.
    var inHand = 0
    /// Memory of the request's metadata, for as long as the handler runs.
    var headerOctets = 0
    /// What the connection has counted of `holds`.
    var counted = 0

    /// Places of messages that were taken leave the inbox when there are so many, and as many as of others.
    private static let compactAfter = 32
    /// An array's header and its place in the inbox: a message of no octets is not free.
    private static let messageOverhead = 48

    /// Octets of memory that this call takes.
    var holds: Int { inboxOctets + reader.partOctets + inHand + headerOctets }

    /// - awakened: of the connection, which resumes the tasks in it.
    init(id: StreamID, deadline: MonotonicInstant?, maxMessageBytes: Int, awakened: Awakened = Awakened()) {
        self.id = id
        self.deadline = deadline
        self.awakened = awakened
        reader = MessageReader(maxMessageBytes: maxMessageBytes)
    }

    // MARK: - Messages

    /// Takes body octets; returns how many to give back to the window now. While messages wait to be read the window
    /// shrinks. When none waits, all that is held is a part of the message under way, which has its own limit.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Int {
        held += bytes.count
        try reader.push(bytes) {
            inbox.append($0)
            inboxOctets += $0.bytes.count + Self.messageOverhead
        }
        return inbox.isEmpty ? release(held) : 0
    }

    var hasMessage: Bool { !inbox.isEmpty }
    /// For tests: those of messages that were taken included.
    var inboxPlaces: Int { inbox.count }

    /// Octets of the peer's body that wait in whole messages, prefixes included.
    var waitingOctets: Int { inbox[firstInInbox...].reduce(0) { $0 + $1.bytes.count + MessageReader.prefixCount } }

    func takeMessage() -> (message: ReceivedMessage, release: Int)? {
        guard !inbox.isEmpty else { return nil }
        let message = inbox[firstInInbox]
        inbox[firstInInbox].bytes = []
        firstInInbox += 1
        inboxOctets -= message.bytes.count + Self.messageOverhead
        if firstInInbox == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            firstInInbox = 0
            return (message, release(held))
        }
        // What is moved is never more than what was taken, so a long queue costs no more than a short one.
        if firstInInbox >= Self.compactAfter && firstInInbox * 2 >= inbox.count {
            inbox.removeFirst(firstInInbox)
            firstInInbox = 0
        }
        return (message, release(min(held, message.bytes.count + MessageReader.prefixCount)))
    }

    func dropMessages() -> Int {
        inbox = []
        firstInInbox = 0
        inboxOctets = 0
        reader.drop()
        return release(held)
    }

    private func release(_ count: Int) -> Int {
        held -= count
        return count
    }

    // MARK: - Waiting tasks

    func withExtras(_ change: (CallExtras) -> Void) {
        let extras = extras ?? CallExtras()
        self.extras = extras
        change(extras)
    }

    func headersArrived() {
        headersPassed = true
        if waitsForHeaders { wakeReader() }
    }

    func wakeReader() {
        waitsForHeaders = false
        guard let waiting = waitingReader else { return }
        waitingReader = nil
        awakened.add(waiting)
    }

    func wakeWriters() {
        guard !waitingWriters.isEmpty else { return }
        for writer in waitingWriters { awakened.add(writer) }
        waitingWriters = []
    }

    func end(_ ending: Ending) {
        if self.ending == nil { self.ending = ending }
        wakeAll()
    }

    func wakeAll() {
        wakeReader()
        wakeWriters()
    }
}

/// A call's metadata besides its request's. Guarded like the call.
final class CallExtras {
    /// Custom metadata of the response's header section: a server's to send, a client's as received.
    var headers = Metadata()
    /// Of the trailers of a call that ended well; a failure carries its own in `RPCError.metadata`.
    var trailers = Metadata()
}

/// Tasks of one connection's calls that are to go on once its lock is open. Guarded by that lock.
///
/// Who cancels a task holds a lock of the task while its cancellation handlers run, and ours take the connection's. To
/// resume the task takes its lock, too; so whoever did that inside the connection's would wait for ever.
final class Awakened {
    private var tasks: [UnsafeContinuation<Void, Never>] = []

    func add(_ task: UnsafeContinuation<Void, Never>) { tasks.append(task) }

    func take() -> [UnsafeContinuation<Void, Never>] {
        guard !tasks.isEmpty else { return [] }
        let taken = tasks
        tasks = []
        return taken
    }
}

/// What may run foreign code, or waits for another lock, and therefore waits until the connection's lock is open again.
struct Effects {
    var resumed: [UnsafeContinuation<Void, Never>] = []
    var wake: (@Sendable () -> Void)?
    var cancels: [SpawnedTask] = []
    var reports: [@Sendable () -> Void] = []

    func perform() {
        for task in resumed { task.resume() }
        for task in cancels { task.cancel() }
        for report in reports { report() }
        wake?()
    }
}
