/// One row of the operation table: everything that a surface needs to offer the operation.
public struct OperationRow: Sendable {
    public let id: OperationID
    /// One sentence for lists and help.
    public let summary: String
    public let effect: Effect
    public let route: Route
    public let input: [FieldDescription]
    public let output: [FieldDescription]
    /// Whether the answer is a list of objects with the fields of `output`.
    public let answersList: Bool
    /// The codes that are particular to this operation; bad input and an unusable store can happen to each.
    public let errors: [OperationError.Code]
    public let example: Example

    /// Takes the fields from the operation's shapes.
    public init<Operation: ClientOperation>(
        _ id: OperationID, of operation: Operation.Type, summary: String, effect: Effect, route: Route,
        errors: [OperationError.Code], example: Example
    ) {
        self.id = id
        self.summary = summary
        self.effect = effect
        self.route = route
        input = Operation.Input.shape.fields
        output = Operation.Output.shape.fields
        answersList = Operation.Output.shape.isList
        self.errors = errors
        self.example = example
    }

    public enum Effect: Sendable, Hashable {
        case read
        /// `customerField` is the input field that names whose data is written: it routes the write and owns its
        /// idempotency key. Nil where the write is not one customer's.
        case write(customerField: String?)

        public var isWrite: Bool {
            switch self {
            case .read: false
            case .write: true
            }
        }
    }

    /// The operation in the REST API. `{name}` in the path is the input field of that name; the others travel in the
    /// query of a GET and in the body of the rest.
    public struct Route: Sendable, Hashable {
        public enum Method: String, Sendable { case get = "GET", post = "POST", patch = "PATCH", delete = "DELETE" }
        public let method: Method
        public let path: String

        public static func get(_ path: String) -> Route { Route(method: .get, path: path) }
        public static func post(_ path: String) -> Route { Route(method: .post, path: path) }
        public static func patch(_ path: String) -> Route { Route(method: .patch, path: path) }
        public static func delete(_ path: String) -> Route { Route(method: .delete, path: path) }
    }

    /// A call that works: shown in the help, and performed by tests on every backend.
    public struct Example: Sendable {
        public let input: Payload
        /// What must have been done before, in order.
        public let after: [(id: OperationID, input: Payload)]

        public init(_ input: Payload, after: [(id: OperationID, input: Payload)] = []) {
            self.input = input
            self.after = after
        }
    }
}
