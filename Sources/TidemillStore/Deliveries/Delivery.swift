public import TidemillCore

/// A row of `deliveries`: one file that arrived, how far it came and what became of its records.
@dynamicMemberLookup
public struct Delivery: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// In `work/`, perhaps half applied.
        case claimed
        /// Stopped by the brake of promise 7 of architecture.md until the scripts change or a person resumes.
        case held
        case done
        /// Could not be read as records.
        case failed

        public var isFinished: Bool {
            switch self {
            case .claimed, .held: false
            case .done, .failed: true
            }
        }
    }

    public var id: DeliveryID
    /// The inbox as configured when the file was claimed; empty for a file that came by a command.
    public var inbox: String
    public var name: String
    public var size: Int64
    public var modifiedAt: Timestamp
    public var receivedAt: Timestamp
    public var owner: String
    public var state: State
    /// How many records are committed.
    public var position: Int64
    /// Where the next record begins.
    public var byteOffset: Int64
    /// What its records came to.
    public var counts: DeliveryCounts
    /// The names behind the counts.
    public var remarks: [DeliveryRemark] = []
    public var contentHash: String?
    public var duplicateOf: DeliveryID?
    public var isAgain: Bool
    public var ignoresBrake: Bool
    public var finishedAt: Timestamp?
    /// The result file is written.
    public var isAcknowledged: Bool
    /// The kept file's path below the spool.
    public var keptAs: String?
    public var code: String?
    public var message: String?
    /// The path of a file that came by a command; nil for one that came by an inbox.
    public var source: String?
    /// The spool whose `work/` holds the file; nil for one that came by a command.
    public var spoolID: String?
    /// Who undid it, and why.
    public var voided: VoidedDelivery?
    /// The delivery with the same content, where that one is voided: none of the events counts.
    public var repeatsVoided: DeliveryID?

    /// `delivery.applied`: its counts are read as its own.
    public subscript<Value>(dynamicMember member: KeyPath<DeliveryCounts, Value>) -> Value { counts[keyPath: member] }

    private static let ownColumns = [
        "id", "inbox", "name", "size", "modified_at", "received_at", "owner", "state", "position", "byte_offset",
        "content_hash", "duplicate_of", "is_again", "ignores_brake", "finished_at", "acknowledged", "kept_as", "code",
        "message", "source", "spool_id",
    ]
    static let columns = "\(ownColumns.joined(separator: ", ")), \(DeliveryCounts.columns)"
    static let columnsCount = ownColumns.count + DeliveryCounts.counters.count

    /// From a row of `columns`.
    init(_ row: any SQLRow) throws {
        id = DeliveryID(row.text(0))
        inbox = row.text(1)
        name = row.text(2)
        size = row.integer(3)
        modifiedAt = Timestamp(microseconds: row.integer(4))
        receivedAt = Timestamp(microseconds: row.integer(5))
        owner = row.text(6)
        guard let state = State(rawValue: row.text(7)) else {
            throw StoreError(.corrupt, "delivery \(row.text(0)) has the unknown state \"\(row.text(7))\"")
        }
        self.state = state
        position = row.integer(8)
        byteOffset = row.integer(9)
        contentHash = row.optionalText(10)
        duplicateOf = row.optionalText(11).map { DeliveryID($0) }
        isAgain = row.integer(12) != 0
        ignoresBrake = row.integer(13) != 0
        finishedAt = row.optionalInteger(14).map { Timestamp(microseconds: $0) }
        isAcknowledged = row.integer(15) != 0
        keptAs = row.optionalText(16)
        code = row.optionalText(17)
        message = row.optionalText(18)
        source = row.optionalText(19)
        spoolID = row.optionalText(20)
        counts = DeliveryCounts(row, from: Self.ownColumns.count)
    }
}

/// A file that was claimed and has no row yet.
public struct NewDelivery: Sendable, Hashable {
    public var id: DeliveryID
    public var inbox: String
    public var name: String
    public var size: Int64
    public var modifiedAt: Timestamp
    public var receivedAt: Timestamp
    public var isAgain: Bool
    /// The path of a file that came by a command.
    public var source: String?

    public init(
        id: DeliveryID, inbox: String, name: String, size: Int64, modifiedAt: Timestamp, receivedAt: Timestamp,
        isAgain: Bool = false, source: String? = nil
    ) {
        self.id = id
        self.inbox = inbox
        self.name = name
        self.size = size
        self.modifiedAt = modifiedAt
        self.receivedAt = receivedAt
        self.isAgain = isAgain
        self.source = source
    }
}

/// A rejected record as a result file and `rejected` show it.
public struct RejectedLine: Sendable, Hashable {
    public var record: Int64
    public var line: Int64
    public var kind: String
    public var code: String
    public var message: String
    public var rule: String?
}
