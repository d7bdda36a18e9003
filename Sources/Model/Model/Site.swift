/// The two ends of a protection.
public enum Site: String, CaseIterable, Hashable, Sendable {
    /// On premises, where the machine came from.
    case home
    /// The recovery site.
    case cloud

    public var other: Site { self == .home ? .cloud : .home }
}

/// Which way replication and a failover go.
public enum Direction: String, CaseIterable, Hashable, Sendable {
    /// Home to cloud.
    case out
    /// Cloud to home; a failover in this direction is a failback (source statement S18).
    case home

    public var source: Site { self == .out ? .home : .cloud }
    public var target: Site { source.other }
    public var opposite: Direction { self == .out ? .home : .out }
}
