public import MessageCoding

extension WireMessage {
    /// A copy with some fields changed.
    public func changed(_ body: (inout Self) -> Void) -> Self {
        var copy = self
        body(&copy)
        return copy
    }
}
