import Glibc

/// How many files and sockets a process may have open (getrlimit(2), RLIMIT_NOFILE).
///
/// The soft limit is what counts. It is 1,024 by custom, for programs that use `select`; what this process may have is
/// the hard limit.
public struct DescriptorLimit: Hashable, Sendable {
    public let soft: Int
    public let hard: Int

    /// This process's, now.
    public static var current: DescriptorLimit {
        var limits = rlimit()
        // Cannot fail for a resource that exists.
        guard getrlimit(resource, &limits) == 0 else { return DescriptorLimit(soft: 0, hard: 0) }
        return DescriptorLimit(soft: Int(clamping: limits.rlim_cur), hard: Int(clamping: limits.rlim_max))
    }

    /// Raises the soft limit to the hard one. Where that is refused, it stays as it is.
    static func raise() {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0, limits.rlim_cur < limits.rlim_max else { return }
        limits.rlim_cur = limits.rlim_max
        setrlimit(resource, &limits)
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
