public import TidemillCore

/// One row of the operation table: everything that a surface needs to offer the operation. An object, since requests hand
/// it on many times and it has many parts.
public final class OperationRow: Sendable {
    public let id: OperationID
    /// One sentence for lists and help.
    public let summary: String
    public let audience: Audience
    public let effect: Effect
    public let subject: Subject
    public let route: Route
    public let input: [FieldDescription]
    public let output: [FieldDescription]
    /// Whether the answer is a list of objects with the fields of `output`.
    public let answersList: Bool
    /// The field of the answer that holds a page of a longer list; nil where there are no pages.
    public let pageField: String?
    /// The field that lists records as deliveries have them, where there is one: whoever asks, what is misspelt in them is
    /// refused, since it would be counted wrongly.
    public let recordsField: String?
    /// What it reports, where it does. Reports are what producers may send, and are taken whatever the clock says: what
    /// they mean for bills is worked out later.
    public let report: Report?
    /// Whether an input may be as long as a thousand records are.
    public let isLong: Bool
    /// The fields that make a change of a read.
    public let changingFields: [String]
    /// Whether it may work for long, and tells the call's context how far it is.
    public let isStream: Bool
    /// Whether the answer holds a secret that is told once: it is kept nowhere, and a call of the same key makes another.
    public let tellsSecret: Bool
    /// The codes that are particular to this operation; bad input and an unusable store can happen to each.
    public let errors: [OperationError.Code]
    public let example: Example
    /// What is wrong with an input by itself, whatever the store holds.
    public let problems: @Sendable (Payload) -> [InputProblem.Finding]
    private let canonical: @Sendable (Payload) throws(OperationError) -> Payload
    /// The names under which the input may give the subject.
    private let subjectNames: [String]

    public var isPaged: Bool { pageField != nil }

    /// A row of the API. Takes the fields from the operation's shapes.
    public convenience init<Operation: ClientOperation>(
        _ id: OperationID, of operation: Operation.Type, summary: String, effect: Effect, subject: Subject,
        route: Route, reports: Report? = nil, records: String? = nil, isLong: Bool = false,
        changingFields: [String] = [], errors: [OperationError.Code], example: Example
    ) {
        self.init(
            id, operation, .client, summary: summary, effect: effect, subject: subject, route: route, reports: reports,
            records: records, isLong: isLong, changingFields: changingFields, isStream: false, tellsSecret: false,
            errors: errors, example: example)
    }

    /// A row for whoever looks after the program.
    public convenience init<Operation: ClientOperation>(
        operator id: OperationID, of operation: Operation.Type, summary: String, effect: Effect,
        subject: Subject = .nobody, isStream: Bool = false, tellsSecret: Bool = false,
        errors: [OperationError.Code] = [], example: Example
    ) {
        self.init(
            id, operation, .operator, summary: summary, effect: effect, subject: subject,
            route: .post("/operations/\(id.rawValue)"), reports: nil, records: nil, isLong: false, changingFields: [],
            isStream: isStream, tellsSecret: tellsSecret, errors: errors, example: example)
    }

    private init<Operation: ClientOperation>(
        _ id: OperationID, _ operation: Operation.Type, _ audience: Audience, summary: String, effect: Effect,
        subject: Subject, route: Route, reports: Report?, records: String?, isLong: Bool, changingFields: [String],
        isStream: Bool, tellsSecret: Bool, errors: [OperationError.Code], example: Example
    ) {
        self.id = id
        self.summary = summary
        self.audience = audience
        self.effect = effect
        self.subject = subject
        self.route = route
        let shape = Operation.Input.shape
        input = shape.fields
        problems = { payload in
            do throws(InputProblem) { _ = try shape.decode(payload, at: FieldPath()) } catch { return error.findings }
            return []
        }
        canonical = { payload throws(OperationError) in
            shape.encode(try shape.decode(payload, as: id.rawValue), nulls: .omitted)
        }
        output = Operation.Output.shape.fields
        answersList = Operation.Output.shape.isList
        let isPage = output.contains { $0.name == "pagination" }
        pageField = isPage ? output.first { $0.type.hasPrefix("list of") }?.name : nil
        recordsField = records
        report = reports
        self.isLong = isLong
        self.changingFields = changingFields
        self.isStream = isStream
        self.tellsSecret = tellsSecret
        self.errors = errors
        self.example = example
        let field = subject.field
        subjectNames = input.first { $0.name == field }.map { [$0.name] + $0.aliases } ?? []
    }

    /// Who asks it.
    public enum Audience: String, Sendable, Hashable {
        /// Applications, scripts and deliveries: it is in the API.
        case client
        /// Whoever looks after the program, at the command line or with a key for it.
        case `operator`
    }

    public enum Effect: Sendable, Hashable {
        case read
        case write

        public var isWrite: Bool {
            switch self {
            case .read: false
            case .write: true
            }
        }
    }

    /// What is reported: usage that the application counted, credits that it burns, or what happened, for rules and meters.
    public enum Report: Sendable, Hashable {
        case usage
        case credits
        case events
    }

    /// Whether a call with this input may change what others see.
    public func changes(_ input: Payload) -> Bool {
        effect.isWrite || changingFields.contains { input[$0]?.isNull == false }
    }

    /// Whether the input is itself a record as deliveries have them, and not a list of them.
    public func isRecord(_ input: Payload) -> Bool {
        switch report {
        case .usage: recordsField == nil
        case .events: recordsField.flatMap { input[$0] } == nil
        case .credits, nil: false
        }
    }

    /// Whether a call that is repeated as it was may be refused, or be told that something is gone, because it was performed
    /// before.
    public var refusesRepeats: Bool {
        effect.isWrite && (route.method == .delete || errors.contains(where: \.maySayDone))
    }

    /// The input as it is understood, one spelling for each meaning; what is wrong with it otherwise.
    public func understood(_ input: Payload) throws(OperationError) -> Payload { try canonical(input) }

    /// Whether something that has the id of what `input` was to make is as the input says, in each field that it gives.
    public func hasMade(_ present: Payload, by input: Payload) -> Bool {
        guard let asked = try? canonical(input) else { return false }
        return self.input.allSatisfy { field in
            guard ([field.name] + field.aliases).contains(where: { input[$0] != nil }) else { return true }
            // What the answer does not tell nobody can compare.
            return present[field.name].map { (asked[field.name] ?? .null).isPart(of: $0) } ?? false
        }
    }

    /// Whose data a call is about, by the input field that says it: what time has made due there is made up for first,
    /// and the audit and rights go by it.
    public enum Subject: Sendable, Hashable {
        /// Nobody's, or that of many.
        case nobody
        /// The customer that the field names. It routes a write, and owns its idempotency key.
        case customer(String)
        /// Whoever has the subscription that the field names.
        case subscription(String)

        var field: String? {
            switch self {
            case .nobody: nil
            case .customer(let field), .subscription(let field): field
            }
        }
    }

    /// What the input gives for the subject's field.
    private func named(in input: Payload) -> String? {
        for name in subjectNames {
            if let text = input[name]?.text { return text }
        }
        return nil
    }

    /// The customer that the input names, where the subject is one.
    public func customer(in input: Payload) -> CustomerID? {
        guard case .customer = subject else { return nil }
        return named(in: input).map { CustomerID($0) }
    }

    /// The subscription that the input names, where the subject is one.
    public func subscription(in input: Payload) -> String? {
        guard case .subscription = subject else { return nil }
        return named(in: input)
    }

    /// What the API's answers say null for, an operator's answer leaves out.
    public var nulls: Nulls { audience == .client ? .explicit : .omitted }

    /// Scripts may look at what operators see, and change nothing of it (scripts.md).
    public var isInScripts: Bool { audience == .client || !effect.isWrite }

    /// Why the operation is not to be had at `place`.
    public func refused(_ place: String) -> OperationError {
        OperationError(
            .operationNotAvailable,
            "\(id.rawValue) is not available \(place): operators ask it, with `tidemill call \(id.rawValue)`",
            faults: [InputFault(name: id.rawValue)])
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
