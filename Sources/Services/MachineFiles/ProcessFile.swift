/// `agent.pid`, `guest.pid`: which process is the machine's. A process number alone may have been given to a
/// stranger since; number, start time and kernel boot together name one process for ever.
public struct ProcessFile: MachineFile {
    public static var kind: String { "process file" }

    public var processID: Int32
    /// Field 22 of /proc/<pid>/stat: clock ticks from the kernel's boot to the process's start.
    public var startTicks: UInt64
    /// /proc/sys/kernel/random/boot_id when the process started.
    public var kernelBootID: String

    public init(processID: Int32, startTicks: UInt64, kernelBootID: String) {
        self.processID = processID
        self.startTicks = startTicks
        self.kernelBootID = kernelBootID
    }
}
