internal import CLinux
public import Environment

/// The environment of a real process on Linux. Makes room for it: raises the limit of open files and sockets as far as
/// it may (`DescriptorLimit`).
///
/// - Parameters:
///   - network: byte streams, brought by the target that owns sockets.
///   - failpoints: where a test may kill this process; `LiveFailpoints(configuration:)` reads them.
///   - executor: where spawned tasks run; nil means the default pool.
public func liveEnvironment(
    network: any Network, failpoints: any Failpoints = NoFailpoints(), executor: (any TaskExecutor)? = nil
) -> Environment {
    keepFreedMemory()
    DescriptorLimit.raise()
    return Environment(
        clock: LiveClock(), random: LiveRandomSource(), tasks: LiveTaskSpawner(executor: executor),
        files: LiveFileSystem(), lanes: LiveLaneProvider(), network: network, failpoints: failpoints,
        usage: LiveUsageMeter(), programs: LiveProgramRunner())
}

/// The kernel's cryptographic generator.
public struct LiveRandomSource: RandomSource {
    public init() {}

    public func nextUInt64() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

public struct LiveTaskSpawner: TaskSpawner {
    private let executor: (any TaskExecutor)?

    public init(executor: (any TaskExecutor)? = nil) { self.executor = executor }

    @discardableResult
    public func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task.detached(name: name, executorPreference: executor, operation: body))
    }

    public func givingWay<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        try await withTaskExecutorPreference(executor, operation: body)
    }
}

/// Messages and blocks of a MiB come and go all the time. By default the allocator gives such pieces back to the kernel
/// as they are freed, and taking them again costs more in page faults than all copying of their content.
private func keepFreedMemory() {
    // Larger pieces are mappings of their own.
    let largestKept: Int32 = 8 << 20
    // Free memory at the end of an arena above this goes back.
    let mostKept: Int32 = 16 << 20
    clinux_keep_freed_memory(largestKept, mostKept)
}
