internal import Environment
internal import HTTP2

/// A timer of a connection: the task that sleeps, and what tells it from those before it.
struct ConnectionTimer {
    let task: SpawnedTask
    let at: MonotonicInstant
    let number: Int
}

extension RPCConnection {
    /// Lets `fired` run under the lock at that time, instead of what the timer would have done.
    func restart(
        _ timer: inout ConnectionTimer?, at: MonotonicInstant, _ name: String,
        _ fired: @escaping @Sendable (RPCConnection, Int) -> Void
    ) {
        if let timer { effects.cancels.append(timer.task) }
        timerCount += 1
        let (number, clock) = (timerCount, runtime.clock)
        let task = runtime.tasks.spawn(name) { [weak self] in
            do { try await clock.sleep(until: at) } catch { return }
            self?.locked { [weak self] in if let self { fired(self, number) } }
        }
        timer = ConnectionTimer(task: task, at: at, number: number)
    }

    /// Since when there has been no call; nil while there is one, and for a connection that has ended.
    var idleSince: MonotonicInstant? {
        locked(asking: false) { isEnded || !calls.isEmpty ? nil : upkeep.idleSince }
    }

    /// Does what is due and looks again when the next thing may be.
    func lookAfter() {
        while !isEnded {
            let now = runtime.clock.now()
            switch upkeep.next(now, hasCalls: !calls.isEmpty, isEstablished: session.isEstablished) {
            case .wait(nil): return
            case .wait(let at?):
                if let upkeepTimer, upkeepTimer.at > now, upkeepTimer.at <= at { return }
                restart(&upkeepTimer, at: at, "rpc upkeep") { $0.upkeepTimerFired($1) }
                return
            case .ping: session.ping(Self.keepalivePing)
            case .drain: beginDrain()
            case .finishDrain: finishDrain()
            case .end(let reason):
                session.terminate(.noError)
                end(reason, isFailure: true)
            }
        }
    }

    private func upkeepTimerFired(_ number: Int) {
        guard upkeepTimer?.number == number else { return }
        shrinkShare()
        lookAfter()
    }
}
