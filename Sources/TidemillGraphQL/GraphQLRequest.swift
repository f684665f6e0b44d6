public import TidemillCore
public import TidemillOperations

/// A request for a document to be executed, as it comes in the body of `POST /graphql`.
public struct GraphQLRequest: Sendable {
    public let document: String
    public let operationName: String?
    public let variables: TextMap<Payload>

    public init(document: String, operationName: String? = nil, variables: TextMap<Payload> = [:]) {
        self.document = document
        self.operationName = operationName
        self.variables = variables
    }

    public init(_ body: Payload) throws(Problem) {
        guard case .object = body else {
            throw Problem(
                .variables, "the body must be an object with 'query', got \(body.kind); send one document a request")
        }
        guard case .string(let document)? = body["query"] else {
            throw Problem(
                .variables,
                body["extensions"]?["persistedQuery"] == nil
                    ? "the body must have 'query', the text of a document"
                    : "persisted documents are not kept here; send the text of the document as 'query'")
        }
        self.document = document
        switch body["operationName"] {
        case nil, .null?: operationName = nil
        case .string(let name)?: operationName = name.isEmpty ? nil : name
        default: throw Problem(.variables, "'operationName' must be a text")
        }
        switch body["variables"] {
        case nil, .null?: variables = [:]
        case .object(let members)?: variables = members
        default: throw Problem(.variables, "'variables' must be an object, by the names of the variables without \"$\"")
        }
    }

    /// What is to be executed, once nothing is wrong with the document.
    public func prepared() throws(Refusal) -> PreparedDocument {
        do { return try prepare() } catch let refusal as Refusal { throw refusal } catch let problem as Problem {
            throw Refusal(problems: [problem])
        } catch {
            throw Refusal(problems: [Problem(.document, "\(error)")])
        }
    }

    private func prepare() throws -> PreparedDocument {
        let document = try Parser.document(document)
        // Their types are not known here, so nothing else of the document can be looked at.
        for operation in document.operations where operation.kind == .subscription {
            throw Problem(
                .notOffered, "subscriptions are not offered here; ask again from time to time", at: operation.location)
        }
        for case .field(let field) in document.operations.flatMap(\.selections) {
            guard Schema.served.objects.values.contains(where: { $0.fields[field.name]?.isRefused ?? false }) else {
                continue
            }
            throw Problem(
                .notOffered, "'\(field.name)' is not offered here; it will not come by waiting", at: field.location)
        }
        let problems = DocumentCheck.problems(of: document, in: .served)
        guard problems.isEmpty else { throw Refusal(problems: problems) }
        let operation = try operation(of: document)
        try Bounds.check(operation, document)
        let values = try Variables.coerced(operation, variables, .served)
        return PreparedDocument(
            fields: try FieldPlan(document, .served, values).fields(of: operation), kind: operation.kind)
    }

    private func operation(of document: Document) throws(Problem) -> OperationDefinition {
        if let operationName {
            guard let operation = document.operations.first(where: { $0.name == operationName }) else {
                throw Problem(.document, "Unknown operation named \"\(operationName.prefix(100))\".")
            }
            return operation
        }
        guard let operation = document.operations.first else {
            throw Problem(.document, "Must provide an operation.")
        }
        guard document.operations.count == 1 else {
            throw Problem(.document, "Must provide operation name if query contains multiple operations.")
        }
        return operation
    }

    /// Why nothing was performed.
    public struct Refusal: Error, Sendable {
        public let problems: [Problem]

        public init(problems: [Problem]) { self.problems = problems }

        /// The answer: without `data`.
        public var answer: Payload { ["errors": .array(problems.map(\.payload))] }
    }
}

/// A document that is ready to be executed.
public struct PreparedDocument: Sendable {
    let fields: [PlannedField]
    let kind: OperationDefinition.Kind

    /// Whether it changes nothing.
    public var isQuery: Bool { kind == .query }

    /// The whole answer.
    /// - Parameter perform: performs a row of the operation table; of what is asked on the way to a value, without a place.
    public func answer(
        now: Timestamp,
        perform: @escaping @Sendable (OperationID, Payload, RootPlace?) async throws(AskError) -> Payload
    ) async -> Payload {
        let executor = Executor(.served, now: now, perform: perform)
        let data = await executor.run(fields, kind)
        let problems = await executor.problems
        guard !problems.isEmpty else { return ["data": data] }
        return ["data": data, "errors": .array(problems.map(\.payload))]
    }
}
