internal import Glibc
internal import NIOCore

/// Whether a loop that has nothing to do looks at its sockets for a while before it sleeps.
///
/// Being woken takes tens of microseconds: longer than a peer takes for its answer, where one call follows the other.
/// So after some pauses that were short the next one is waited out awake (as KVM's halt polling does for virtual
/// processors). A look in vain ends that, and so does a processor that somebody else wants: what polls must not take it
/// from the peer that it waits for.
struct PollingPolicy {
    enum Outcome { case found, nothing, crowded }

    /// Pauses up to this are waited out awake.
    static let longest = TimeAmount.microseconds(200)
    /// After a pause shorter than this the next one is not polled: who is hardly idle finds work without it.
    static let busy = TimeAmount.microseconds(5)
    /// Short pauses in a row before polling begins.
    static let shortPauses = 4
    /// How long a loop whose processor was wanted by others does not poll.
    static let rest = TimeAmount.milliseconds(10)

    private var idleSince: NIODeadline?
    private var short = 0
    private var isBusy = false
    private var restsUntil = NIODeadline.uptimeNanoseconds(0)

    /// Begins a pause; true where it is worth polling.
    mutating func pause(at now: NIODeadline) -> Bool {
        idleSince = now
        return short >= Self.shortPauses && !isBusy && now >= restsUntil
    }

    /// Ends a pause, if there is one.
    mutating func resume(at now: @autoclosure () -> NIODeadline) {
        guard let since = idleSince else { return }
        idleSince = nil
        let length = now() - since
        short = length <= Self.longest ? min(short + 1, Self.shortPauses) : 0
        isBusy = length < Self.busy
    }

    mutating func polled(_ outcome: Outcome, at now: NIODeadline) {
        switch outcome {
        case .found: break
        case .nothing: short = 0
        case .crowded: restsUntil = now + Self.rest
        }
    }
}

/// The sockets of one event loop, as far as they are looked at before the loop sleeps.
struct PolledSockets {
    /// With more of them a look takes too long, and the loop is hardly ever idle.
    private static let most = 32
    /// A round takes less than a microsecond; one that took so long had lost its processor meanwhile.
    private static let lostProcessor = TimeAmount.microseconds(50)

    private var sockets: [pollfd] = []

    mutating func add(_ descriptor: CInt) {
        sockets.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }

    mutating func remove(_ descriptor: CInt) {
        if let place = sockets.firstIndex(where: { $0.fd == descriptor }) { sockets.remove(at: place) }
    }

    var isPollable: Bool { !sockets.isEmpty && sockets.count <= Self.most }

    /// Looks until a socket has something to read, or `isWanted`, at most for `PollingPolicy.longest`.
    mutating func poll(
        from begin: NIODeadline, clock: () -> NIODeadline = NIODeadline.now, isWanted: () -> Bool
    ) -> (PollingPolicy.Outcome, NIODeadline) {
        let end = begin + PollingPolicy.longest
        var last = begin
        while true {
            if isWanted() || Glibc.poll(&sockets, nfds_t(sockets.count), 0) != 0 { return (.found, last) }
            sched_yield()
            let now = clock()
            if now - last > Self.lostProcessor { return (.crowded, now) }
            if now >= end { return (.nothing, now) }
            last = now
        }
    }
}
