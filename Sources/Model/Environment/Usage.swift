/// What this process takes of its machine, for health figures.
public protocol UsageMeter: Sendable {
    /// Asks the kernel; to be called on a `Lane`. nil where it is not known.
    func usage() -> ProcessUsage?
}

/// Of one process, and of the machine that it runs on.
public struct ProcessUsage: Hashable, Sendable {
    /// Processor time of the process since it began, user and system.
    public var processorTime: Duration
    /// Processors of the machine.
    public var processors: Int
    /// Memory of the process that is in use, bytes.
    public var residentBytes: Int64
    /// Memory of the machine, bytes.
    public var machineBytes: Int64
    /// What of it can be had without swapping, bytes.
    public var availableBytes: Int64

    public init(
        processorTime: Duration, processors: Int, residentBytes: Int64, machineBytes: Int64, availableBytes: Int64
    ) {
        self.processorTime = processorTime
        self.processors = processors
        self.residentBytes = residentBytes
        self.machineBytes = machineBytes
        self.availableBytes = availableBytes
    }
}

/// For a world without processors and memory, such as the simulation.
public struct NoUsageMeter: UsageMeter {
    public init() {}
    public func usage() -> ProcessUsage? { nil }
}
