import Contract
import Environment
import Model
import Testing

struct TransferMeterTests {
    private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test func `rate and time left come from the last seconds`() {
        var meter = TransferMeter()
        let total = ByteCount.mebibytes(100)
        meter.note(done: .zero, total: total, at: at(0))
        #expect(meter.text == "0 B of 100.0 MiB (0 %)")
        meter.note(done: .mebibytes(20), total: total, at: at(2))
        #expect(meter.text == "20.0 MiB of 100.0 MiB (20 %), 10.0 MiB/s, 8 s left")
        for second in 3...30 { meter.note(done: .mebibytes(Int64(17 + second)), total: total, at: at(Int64(second))) }
        #expect(meter.rate.map { $0.bytes >> 20 } == 1)
        #expect(meter.secondsLeft == 53)
    }

    @Test func `a transfer that begins again has no rate, and one that is done nothing left`() {
        var meter = TransferMeter()
        meter.note(done: .mebibytes(5), total: .mebibytes(9), at: at(1))
        meter.note(done: .mebibytes(9), total: .mebibytes(9), at: at(2))
        #expect(meter.secondsLeft == nil)
        meter.note(done: .mebibytes(1), total: .mebibytes(9), at: at(3))
        #expect(meter.rate == nil)
        #expect(TransferMeter().text.isEmpty)
    }
}
