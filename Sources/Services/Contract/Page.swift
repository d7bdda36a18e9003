public import Model

/// One page of a list: `page_size` up to 500, 100 when unsaid; the token is the key to go on after.
public struct Page: Sendable {
    public let size: Int
    private let after: String?

    public static let defaultSize = 100
    public static let maximumSize = 500

    public init(size: UInt32, token: String) throws(Failure) {
        guard size <= Page.maximumSize else {
            throw Failure(.invalidArgument, "list: page_size \(size) is above \(Page.maximumSize)")
        }
        self.size = size == 0 ? Page.defaultSize : Int(size)
        if token.isEmpty {
            after = nil
        } else {
            guard token.hasPrefix(Page.mark) else {
                throw Failure(.invalidArgument, "list: the page_token is not ours")
            }
            after = String(token.dropFirst(Page.mark.count))
        }
    }

    /// Tokens are opaque; the mark catches one that was made up.
    private static let mark = "after:"

    /// The page of `all`, which is sorted ascending by the unique key, and the token for the next one.
    public func cut<T>(_ all: [T], by key: (T) -> String) -> (page: [T], next: String) {
        let rest = all.filter { item in after.map { key(item) > $0 } ?? true }
        let page = Array(rest.prefix(size))
        guard rest.count > page.count, let last = page.last else { return (page, "") }
        return (page, Page.mark + key(last))
    }
}
