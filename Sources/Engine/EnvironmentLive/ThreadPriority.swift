import CLinux

/// How a thread shares the processors with others.
public enum ThreadPriority: Int32, Sendable {
    /// With almost thirty times the usual weight: what a guest waits for, which is little.
    case first = -15
    case usual = 0
    /// With a third of the usual weight: enough to go on beside a process that never pauses.
    case background = 5

    /// Of the calling thread, from now on. Where the kernel does not allow it the thread is as every other, and nothing
    /// depends on it: to go first takes CAP_SYS_NICE, or RLIMIT_NICE of 35.
    public func apply() {
        if self != .usual { _ = clinux_set_niceness(rawValue) }
    }
}
