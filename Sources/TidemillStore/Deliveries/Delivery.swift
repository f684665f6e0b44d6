public import TidemillCore

/// A row of `deliveries`: one file that arrived, how far it came and what became of its records.
public struct Delivery: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// In `work/`, perhaps half applied.
        case claimed
        /// Stopped by the brake of promise 7 until the scripts change or a person resumes.
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
    public var applied: Int64
    public var filtered: Int64
    /// How many records each filter dropped.
    public var filteredBy: [String: Int64]
    public var duplicate: Int64
    public var differs: Int64
    public var late: Int64
    /// Of the applied: events whose cost formula has no value.
    public var unrated: Int64
    public var rejected: Int64
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

    public var records: Int64 { applied + filtered + duplicate + rejected }

    static let columns = """
        id, inbox, name, size, modified_at, received_at, owner, state, position, byte_offset, applied, filtered, \
        duplicate, differs, late, rejected, content_hash, duplicate_of, is_again, ignores_brake, finished_at, \
        acknowledged, kept_as, code, message, source, unrated, spool_id
        """

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
        applied = row.integer(10)
        filtered = row.integer(11)
        filteredBy = [:]
        duplicate = row.integer(12)
        differs = row.integer(13)
        late = row.integer(14)
        rejected = row.integer(15)
        contentHash = row.optionalText(16)
        duplicateOf = row.optionalText(17).map { DeliveryID($0) }
        isAgain = row.integer(18) != 0
        ignoresBrake = row.integer(19) != 0
        finishedAt = row.optionalInteger(20).map { Timestamp(microseconds: $0) }
        isAcknowledged = row.integer(21) != 0
        keptAs = row.optionalText(22)
        code = row.optionalText(23)
        message = row.optionalText(24)
        source = row.optionalText(25)
        unrated = row.integer(26)
        spoolID = row.optionalText(27)
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
