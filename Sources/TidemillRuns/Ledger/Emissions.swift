public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// What a job emitted: a row of `emissions`, and one file of the spool's `out/`.
public struct Emission: Sendable, Hashable {
    /// The run and the step that made it: the same however often the run is repeated.
    public var id: String
    public var sequence: Int64
    public var job: String
    public var run: RunID
    public var type: String
    public var key: String?
    public var payload: Payload
    public var createdAt: Timestamp

    /// What the file holds.
    public var document: Payload {
        var members: TextMap<Payload> = [
            "type": .string(type), "messageId": .string(id), "timestamp": Payload(createdAt), "job": .string(job),
            "runId": .string(run.text), "payload": payload,
        ]
        if let key { members["key"] = .string(key) }
        return .object(members)
    }
}

/// The table `emissions`.
public struct Emissions {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    /// Enters a message; false when the job has emitted one with this key.
    func insert(_ emission: Emission) throws -> Bool {
        guard try connection.insert(emission, into: Self.columns, "ON CONFLICT DO NOTHING") > 0 else { return false }
        connection.count(.messages)
        return true
    }

    private static let columns = Columns<Emission>(
        "emissions", .key("id", \.id), .once("sequence", \.sequence), .once("job", \.job), .once("run_id", \.run),
        .once("type", \.type), .once("key", \.key), .once("payload", \.payload), .once("created_at", \.createdAt),
        make: Emission.init)

    /// Messages whose file is not there yet, in order.
    public func unwritten(limit: Int64) throws -> [Emission] {
        try connection.rows(Self.columns, "WHERE written_at IS NULL ORDER BY sequence LIMIT $1", [.integer(limit)])
    }

    /// The newest messages, of one type where it is given.
    public func list(type: String? = nil, limit: Int64 = 1000) throws -> [Emission] {
        let filter = type == nil ? "" : "WHERE type = $2"
        return try connection.rows(
            Self.columns, "\(filter) ORDER BY sequence DESC LIMIT $1",
            [.integer(limit)] + (type.map { [.text($0)] } ?? []))
    }

    public func markWritten(_ id: String, at now: Timestamp) throws {
        try connection.execute(
            "UPDATE emissions SET written_at = $2 WHERE id = $1", [.text(id), .integer(now.microseconds)])
    }

    /// Forgets messages without a key that were written before `instant`; keys are kept with theirs, for ever.
    func prune(before instant: Timestamp, limit: Int64) throws -> Int {
        try connection.execute(
            """
            DELETE FROM emissions WHERE id IN
              (SELECT id FROM emissions WHERE written_at IS NOT NULL AND written_at < $1 AND key IS NULL
                ORDER BY written_at LIMIT $2)
            """, [.integer(instant.microseconds), .integer(limit)])
    }
}
