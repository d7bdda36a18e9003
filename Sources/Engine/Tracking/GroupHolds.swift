internal import Environment

/// A cut that other machines make at the same time: whatever arrives here after it waits until all have cut.
extension MachineTracker {
    struct Hold {
        let token: UInt64
        /// End of the lease.
        let end: MonotonicInstant
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Cuts and parks every mutation that arrives later, until `release` or the end of the lease.
    public func hold(token: UInt64, lease: Duration) throws(TrackingError) -> Interval {
        guard hold == nil else { throw .notReadOut }
        guard isAccepting else { throw .closed }
        let interval = try cut()
        let clock = environment.clock
        let end = interval.cutAt + lease
        hold = Hold(token: token, end: end)
        environment.tasks.spawn("hold-lease") {
            try? await clock.sleep(until: end)
            await self.release(token: token)
        }
        return interval
    }

    /// Lets parked mutations go on. True iff they were parked without a break since the hold of this token and its
    /// lease is not over: a process that was stopped for longer than the lease may come here before its timer does.
    @discardableResult
    public func release(token: UInt64) -> Bool {
        guard let hold, hold.token == token else { return false }
        let isInTime = environment.clock.now() < hold.end
        unpark()
        return isInTime
    }

    func unpark() {
        let waiters = hold?.waiters ?? []
        hold = nil
        for waiter in waiters { waiter.resume() }
    }
}
