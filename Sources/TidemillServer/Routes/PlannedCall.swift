import TidemillCore
import TidemillOperations

/// A request that was read: what is to be performed, and how its answer goes out.
struct PlannedCall: Sendable {
    let row: OperationRow
    let input: Payload
    let envelope: Envelope
    /// Fields that are not known here and were passed over.
    let ignored: [String]
    /// The input as it came, of a call whose records nobody has read yet: `input` is empty.
    let json: [UInt8]?

    init(_ request: WireRequest, _ route: RouteTable.Route, _ names: [String: String]) throws(WireError) {
        switch route.target {
        case .named:
            self = try Self.named(request, names["operation"] ?? "")
        case .firstUsage:
            try self.init(request, [OperationTable.row(.reportUsageBulk)], names, envelope: .firstUsage)
        case .operations(let rows):
            try self.init(request, rows, names, envelope: nil)
        }
    }

    /// A row without input, asked by the server itself.
    init(asking id: OperationID) {
        self.init(row: OperationTable.row(id), input: [:], envelope: .bare, ignored: [])
    }

    /// An operator's row, asked by a page.
    init(asking row: OperationRow, _ input: Payload) {
        self.init(row: row, input: input, envelope: .bare, ignored: [])
    }

    /// A row that a document of GraphQL asks, with what it says and the row does not know.
    init(document row: OperationRow, _ input: Payload, ignored: [String]) {
        self.init(row: row, input: input, envelope: .bare, ignored: ignored)
    }

    /// A call by the body as it is, where it may hold many records and nothing else tells anything of them. They cost more
    /// to read as values than to count.
    init?(recordsOf request: WireRequest, _ route: RouteTable.Route) {
        guard case .operations(let rows) = route.target, rows.count == 1, rows[0].recordsField != nil,
            request.target.query.isEmpty, request.headers["idempotency-key"] == nil
        else { return nil }
        self.init(row: rows[0], input: [:], envelope: Envelope(rows[0]), ignored: [], json: request.body)
    }

    /// `POST /operations/NAME`: refuses what the command refuses, and answers what it prints.
    private static func named(_ request: WireRequest, _ name: String) throws(WireError) -> PlannedCall {
        let id: OperationID
        do throws(OperationError) { id = try OperationID(named: name) } catch { throw WireError(error) }
        guard request.target.query.isEmpty else {
            throw WireError(.badRequest, "\(id.rawValue): the input goes into the body, not into the query")
        }
        return PlannedCall(
            row: OperationTable.row(id), input: .object(try body(of: request)), envelope: .bare, ignored: [])
    }

    private init(
        row: OperationRow, input: Payload, envelope: Envelope, ignored: [String], json: [UInt8]? = nil
    ) {
        self.json = json
        self.row = row
        self.input = input
        self.envelope = envelope
        self.ignored = ignored
    }

    private init(
        _ request: WireRequest, _ rows: [OperationRow], _ names: [String: String], envelope: Envelope?
    ) throws(WireError) {
        var members = try Self.body(of: request)
        let row = Self.row(of: rows, members)
        for (name, value) in try QueryReading.members(request.target.query, row.input) {
            guard members[name] == nil else {
                throw WireError(.badRequest, "'\(name)' is given in the query and in the body; give it once")
            }
            members[name] = value
        }
        for (name, value) in names {
            guard members[name] == nil || members[name]?.isNull == true || members[name] == .string(value) else {
                throw WireError(.badRequest, "'\(name)' in the body is not that of the path, \"\(value.prefix(60))\"")
            }
            members[name] = .string(value)
        }
        let (input, ignored) = UnknownFields.removed(from: .object(members), of: row)
        self.init(row: row, input: input, envelope: envelope ?? Envelope(row), ignored: ignored)
    }

    /// Which of the rows that share a route is meant.
    private static func row(of rows: [OperationRow], _ members: TextMap<Payload>) -> OperationRow {
        // Several reports stand in a field of their own; null is left out.
        rows.first { row in row.recordsField.map { members[$0]?.isNull == false } ?? false } ?? rows[0]
    }

    private static func body(of request: WireRequest) throws(WireError) -> TextMap<Payload> {
        // Clients send an empty body with a JSON content type where an operation has no input.
        guard !request.body.isEmpty else { return [:] }
        let payload: Payload
        do { payload = try Payload(json: request.body, uniqueNames: true) } catch {
            throw WireError(.badRequest, "the body is no JSON: \(error)")
        }
        guard case .object(let members) = payload else {
            throw WireError(.badRequest, "the body must be a JSON object, got \(payload.kind)")
        }
        return members
    }
}
