import Contract
import Environment
import Messages
import Model

/// The line that shows a running operation: its step, and bytes done and left where it moves bytes.
struct LoopProgress {
    private let title: String
    private let began: MonotonicInstant
    private var meter = TransferMeter()

    init(_ title: String, at now: MonotonicInstant) {
        self.title = title
        began = now
    }

    mutating func line(_ job: VaultV1.Job, at now: MonotonicInstant) -> String {
        if job.totalBytes > 0 {
            meter.note(
                done: ByteCount(Int64(clamping: job.progressBytes)), total: ByteCount(Int64(clamping: job.totalBytes)),
                at: now)
        }
        let running = job.steps.first { $0.state == .running }?.plan?.title ?? ""
        let doing = running.isEmpty && job.state == .running ? job.message : running
        return text([doing, meter.text], now)
    }

    func line(_ item: VaultV1.Item, at now: MonotonicInstant) -> String {
        let left = ByteCount(Int64(clamping: item.remainingBlocks) &* 4_096)
        return text([left == .zero ? "" : "\(left) left"], now)
    }

    private func text(_ parts: [String], _ now: MonotonicInstant) -> String {
        let seconds = (now - began).inMicroseconds / 1_000_000
        return "  " + ([title] + parts + ["\(seconds) s"]).filter { !$0.isEmpty }.joined(separator: " · ")
    }
}
