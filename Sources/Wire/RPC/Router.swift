/// Finds the method that a request's path names.
public struct Router: Sendable {
    private let methods: [String: BoundMethod]

    /// Two bindings of one method are a mistake of the program.
    public init(_ services: [BoundService]) {
        var methods: [String: BoundMethod] = [:]
        for method in services.flatMap(\.methods) {
            precondition(methods[method.name.path] == nil, "\(method.name) is bound twice")
            methods[method.name.path] = method
        }
        self.methods = methods
    }

    func method(_ path: String) -> BoundMethod? { methods[path] }
}
