public import Environment
import Glibc

/// `getrusage`, `/proc/self/statm` and `/proc/meminfo`.
public struct LiveUsageMeter: UsageMeter {
    public init() {}

    public func usage() -> ProcessUsage? {
        var own = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &own) == 0, let statm = Self.read("/proc/self/statm"),
            let memory = Self.read("/proc/meminfo")
        else { return nil }
        // Pages: size, resident, …
        let fields = statm.split(separator: " ")
        guard fields.count > 1, let resident = Int64(fields[1]), let total = Self.kilobytes("MemTotal:", in: memory),
            let available = Self.kilobytes("MemAvailable:", in: memory)
        else { return nil }
        return ProcessUsage(
            processorTime: Self.duration(own.ru_utime) + Self.duration(own.ru_stime),
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            residentBytes: resident * Int64(sysconf(Int32(_SC_PAGESIZE))), machineBytes: total,
            availableBytes: available)
    }

    private static func duration(_ time: timeval) -> Duration {
        .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
    }

    /// `Name:   123 kB`, in bytes.
    private static func kilobytes(_ name: String, in text: String) -> Int64? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        let fields = line.split(separator: " ")
        guard fields.count > 1, let count = Int64(fields[1]) else { return nil }
        return count * 1_024
    }

    /// A file of the kernel's, which has no size. /proc/meminfo has about 1.5 KiB; the lines needed come first.
    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, used in
            used = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
