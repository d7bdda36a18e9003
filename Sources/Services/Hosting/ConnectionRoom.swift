public import Logging
public import RPC

extension RPCConfiguration {
    /// For everything but the connections that are served: stores, disks, peers that were dialled, connections that are
    /// closing. Of few descriptors, a quarter.
    private static let otherDescriptors = 512

    /// Lowers `maxConnections` to what fits into so many descriptors, and tells the log if it has to: a server that is
    /// full closes idle connections for new ones; one that has no descriptor left can neither do that nor open a file.
    public mutating func fit(descriptors: Int, _ log: Logger) {
        let others = min(Self.otherDescriptors, descriptors / 4)
        // Beside each four connections there may be one that is in its handshake (`RPCServer.start`).
        let fitting = max((descriptors - others) / 5 * 4, 1)
        guard fitting < maxConnections else { return }
        log.warning(
            "few descriptors",
            metadata: [
                "descriptors": "\(descriptors)", "wanted": "\(maxConnections * 5 / 4 + Self.otherDescriptors)",
                "connections": "\(fitting)", "connections_allowed": "\(maxConnections)",
                "do": "raise the hard limit of open files (ulimit -Hn, LimitNOFILE=)",
            ])
        maxConnections = fitting
    }
}
