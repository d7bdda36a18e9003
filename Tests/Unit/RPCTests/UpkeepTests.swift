import Environment
import Simulation
import Testing

@testable import RPC

/// The machine alone: seconds in, steps out.
struct UpkeepTests {
    private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(nanoseconds: Int64(seconds * 1e9)) }

    private func upkeep(_ change: (inout RPCConfiguration) -> Void = { _ in }) -> Watched {
        var configuration = RPCConfiguration()
        change(&configuration)
        return Watched(Upkeep(configuration, now: at(0), random: Middle()))
    }

    /// The machine by reference, for `#expect`.
    private final class Watched {
        var machine: Upkeep

        init(_ machine: Upkeep) { self.machine = machine }

        func next(_ now: MonotonicInstant, calls: Bool, ready: Bool = true) -> Upkeep.Step {
            machine.next(now, hasCalls: calls, isEstablished: ready)
        }

        func pinged(_ now: MonotonicInstant, calls: Bool) -> Bool { machine.pinged(now, hasCalls: calls) }
        func within(_ isWithin: Bool) -> Bool { machine.isWithinHeaders(isWithin) }
    }

    /// No jitter.
    private struct Middle: RandomSource {
        func nextUInt64() -> UInt64 { 1 << 63 }
    }

    @Test func `a silent peer is pinged while calls are open, then given up`() {
        let upkeep = upkeep()
        #expect(upkeep.next(at(0), calls: true) == .wait(at(15)))
        upkeep.machine.heard(at(10))
        #expect(upkeep.next(at(15), calls: true) == .wait(at(25)))
        #expect(upkeep.next(at(25), calls: true) == .ping)
        #expect(upkeep.next(at(25), calls: true) == .wait(at(35)))
        let reason = "no answer to a keepalive ping within 10.0 seconds"
        #expect(upkeep.next(at(35), calls: true) == .end(reason))
    }

    @Test func `without calls no ping is sent unless asked for`() {
        let quiet = upkeep()
        #expect(quiet.next(at(100), calls: false) == .wait(at(115)))
        let watching = upkeep { $0.keepalive = Keepalive(withoutCalls: true) }
        #expect(watching.next(at(100), calls: false) == .ping)
    }

    @Test func `a preface or header section that is never completed ends the connection`() {
        let upkeep = upkeep()
        #expect(upkeep.next(at(9), calls: false, ready: false) == .wait(at(10)))
        let silence = "no HTTP/2 preface within 10.0 seconds"
        #expect(upkeep.next(at(10), calls: false, ready: false) == .end(silence))
        upkeep.machine.heard(at(20))
        #expect(upkeep.within(true))
        upkeep.machine.heard(at(29))
        #expect(!upkeep.within(true))
        let reason = "a header section did not end within 10.0 seconds"
        #expect(upkeep.next(at(30), calls: false) == .end(reason))
        upkeep.machine.heard(at(30))
        #expect(!upkeep.within(false))
        #expect(upkeep.next(at(30), calls: false) == .wait(at(45)))
    }

    @Test func `an idle connection drains, and its drain ends without the peer's answer`() {
        let upkeep = upkeep { $0.keepalive = nil }
        #expect(upkeep.next(at(500), calls: true) == .wait(nil))
        #expect(upkeep.next(at(1_099), calls: false) == .wait(at(1_100)))
        #expect(upkeep.next(at(1_100), calls: false) == .drain)
        upkeep.machine.drainBegan(at(1_100))
        #expect(upkeep.next(at(1_100), calls: false) == .wait(at(1_105)))
        #expect(upkeep.next(at(1_105), calls: false) == .finishDrain)
        upkeep.machine.drainFinished()
        // The transport closes once GOAWAY has left. It cannot leave where the peer reads nothing.
        #expect(upkeep.next(at(1_106), calls: false) == .wait(at(1_111)))
        #expect(upkeep.next(at(1_107), calls: true) == .wait(nil))
        #expect(upkeep.next(at(1_120), calls: false) == .wait(at(1_125)))
        #expect(upkeep.next(at(1_125), calls: false) == .end("its last GOAWAY did not leave within 5.0 seconds"))
    }

    @Test func `an old connection drains, and its calls end after the grace`() {
        let upkeep = upkeep {
            ($0.keepalive, $0.maxIdle, $0.maxAge, $0.maxAgeGrace) = (nil, nil, .seconds(100), .seconds(20))
        }
        #expect(upkeep.next(at(99), calls: true) == .wait(at(100)))
        #expect(upkeep.next(at(100), calls: true) == .drain)
        upkeep.machine.drainBegan(at(100))
        upkeep.machine.drainFinished()
        #expect(upkeep.next(at(101), calls: true) == .wait(at(120)))
        #expect(upkeep.next(at(120), calls: true) == .end("its maximum age is over"))
    }

    @Test func `pings that come too early are counted, and forgiven when something was sent`() {
        let upkeep = upkeep()
        #expect(upkeep.pinged(at(0), calls: true))
        #expect(upkeep.pinged(at(10), calls: true))
        #expect(upkeep.pinged(at(11), calls: true))
        #expect(upkeep.pinged(at(12), calls: true))
        upkeep.machine.sent()
        for second in 13..<16 { #expect(upkeep.pinged(at(Double(second)), calls: true)) }
        #expect(!upkeep.pinged(at(16), calls: true))
    }

    @Test func `without calls a ping every quarter of a minute is too often`() {
        let upkeep = upkeep()
        let accepted = (0..<10).map { upkeep.pinged(at(Double($0) * 15), calls: false) }
        #expect(accepted == [true, true, true] + Array(repeating: false, count: 7))
    }

    @Test func `an age has a jitter of a tenth`() {
        for (random, age) in [(UInt64.min, 90.0), (UInt64.max, 110.0)] {
            struct Fixed: RandomSource {
                let value: UInt64
                func nextUInt64() -> UInt64 { value }
            }
            var configuration = RPCConfiguration()
            (configuration.keepalive, configuration.maxIdle, configuration.maxAge) = (nil, nil, .seconds(100))
            let upkeep = Watched(Upkeep(configuration, now: at(0), random: Fixed(value: random)))
            guard case .wait(let at?) = upkeep.next(at(0), calls: true) else {
                Issue.record("an age is watched")
                continue
            }
            #expect(abs(Double(at.nanoseconds) / 1e9 - age) < 0.001)
        }
    }
}
