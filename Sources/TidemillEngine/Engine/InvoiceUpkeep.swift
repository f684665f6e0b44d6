public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Makes drafts final whose grace is over, bills usage that came late, and what no other invoice would bill: acts of a
/// running worker, never of whoever looks.
public struct InvoiceUpkeep: StoreMaintenance {
    /// Drafts in one transaction, and in one turn.
    static let stepDrafts = 50
    static let turnDrafts = 5000

    private let store: any Store
    private let settings: EngineSettings
    /// Since when the oldest file waits that is not in the store yet; nil where none does.
    private let oldestWaiting: @Sendable () throws -> Timestamp?

    public init(
        store: any Store, settings: EngineSettings, oldestWaiting: @escaping @Sendable () throws -> Timestamp?
    ) {
        self.store = store
        self.settings = settings
        self.oldestWaiting = oldestWaiting
    }

    public var goesByTheClock: Bool { true }

    public func runMaintenance(now: Timestamp) throws { try perform(now: now) }

    public func runTurn(now: Timestamp) throws -> Bool { try perform(now: now) >= Self.turnDrafts }

    /// When something is to be done next.
    public func nextDue() throws -> Timestamp? {
        try store.read { connection in
            let drafts = try connection.first("SELECT MIN(look_at) FROM invoices WHERE state = 'DRAFT'") {
                $0.optionalInteger(0).map { Timestamp(microseconds: $0) }
            }
            return [
                drafts ?? nil, try LateUsageTable(connection: connection).nextMark(),
                try AccountTable(connection: connection).nextWaiting(),
            ].compactMap { $0 }.min()
        }
    }

    /// Returns how much was looked at.
    @discardableResult
    public func perform(now: Timestamp) throws -> Int {
        guard try store.read({ try InvoiceBook.pause(now: now, on: $0) == nil }) else { return 0 }
        return try finishDrafts(now: now) + settleLate(now: now) + makeSupplements(now: now)
    }

    /// Bills what came late to time that is billed.
    @discardableResult
    public func settleLate(now: Timestamp) throws -> Int {
        try steps(now: now, find: { try LateUsageTable(connection: $0).marks(until: now, limit: Self.stepDrafts) }) {
            mark, scope in
            do {
                try scope.connection.savepoint { try LateUsage(scope: scope).settle(mark) }
                try scope.late.end(mark)
            } catch let error as OperationError where !error.isStoreFailure {
                try scope.late.postpone(
                    mark, to: now.advanced(bySeconds: InvoiceBook.retrySeconds), because: error.message)
            }
        }
    }

    private func makeSupplements(now: Timestamp) throws -> Int {
        try steps(now: now, find: { try AccountTable(connection: $0).waiting(until: now, limit: Self.stepDrafts) }) {
            account, scope in
            do {
                try scope.connection.savepoint { try scope.invoices.supplement(account) }
            } catch let error as OperationError where !error.isStoreFailure {
                try scope.accounts.look(at: account, next: now.advanced(bySeconds: InvoiceBook.retrySeconds))
            }
        }
    }

    /// Some in a transaction, until nothing is left or the turn is over.
    private func steps<Item>(
        now: Timestamp, find: (any SQLConnection) throws -> [Item], _ body: (Item, CallScope) throws -> Void
    ) throws -> Int {
        guard try store.read({ try !find($0).isEmpty }) else { return 0 }
        var turns = UpkeepTurns(store)
        var left = Self.turnDrafts
        while left > 0, !Task.isCancelled {
            let count = try turns.write { connection in
                guard try InvoiceBook.pause(now: now, on: connection) == nil else { return 0 }
                let scope = settings.scope(CallContext(.engine("invoices"), now: now), on: connection)
                let found = try find(connection)
                for item in found { try body(item, scope) }
                return found.count
            }
            left -= count
            guard count == Self.stepDrafts else { break }
            turns.pause()
        }
        return Self.turnDrafts - left
    }

    /// Returns how many drafts were looked at.
    @discardableResult
    public func finishDrafts(now: Timestamp) throws -> Int {
        let isDue = try store.read { connection in
            try !InvoiceTable(connection: connection).drafts(until: now, limit: 1).isEmpty
                && InvoiceBook.pause(now: now, on: connection) == nil
        }
        guard isDue else { return 0 }
        // Looked at before the drafts are: what comes later came after their grace.
        let oldest = try oldestWaiting()
        var turns = UpkeepTurns(store)
        var left = Self.turnDrafts
        while left > 0, !Task.isCancelled {
            let count = try turns.write { connection in
                guard try InvoiceBook.pause(now: now, on: connection) == nil else { return 0 }
                let scope = settings.scope(CallContext(.engine("invoices"), now: now), on: connection)
                let book = InvoiceBook(scope)
                let drafts = try book.table.drafts(until: now, limit: Self.stepDrafts)
                let unfinished = try Self.oldestUnfinished(on: connection)
                for id in drafts {
                    try book.settle(id) { end in
                        [oldest, unfinished].contains { $0.map { $0 < end } ?? false }
                    }
                }
                return drafts.count
            }
            left -= count
            guard count == Self.stepDrafts else { break }
            turns.pause()
        }
        return Self.turnDrafts - left
    }

    /// When the oldest delivery arrived, of any spool, that is not done.
    private static func oldestUnfinished(on connection: any SQLConnection) throws -> Timestamp? {
        try connection.first(
            "SELECT MIN(received_at) FROM deliveries WHERE state IN ('claimed', 'held')"
        ) { $0.optionalInteger(0).map { Timestamp(microseconds: $0) } } ?? nil
    }
}

/// Drafts that cannot become final, for `status`.
public struct StuckInvoices: Sendable, Hashable {
    public let count: Int64
    /// The oldest of them, whose it is, and why.
    public let invoiceID: String
    public let payer: CustomerID
    public let problem: String

    /// Those that became final because they had waited for files long enough; nil where there is none.
    public static func impatient(
        since instant: Timestamp, on connection: any SQLConnection
    ) throws -> (count: Int64, invoiceID: String)? {
        let waited =
            "FROM invoices WHERE waits_since IS NOT NULL AND finalized_at >= $1 AND finalized_at - waits_since >= $2"
        let arguments: [SQLValue] = [
            .integer(instant.microseconds), .integer(InvoiceBook.waitMaxSeconds * 1_000_000),
        ]
        return try connection.first("SELECT id \(waited) ORDER BY finalized_at, id LIMIT 1", arguments) { $0.text(0) }
            .map { (try connection.shortCount(waited, arguments), $0) }
    }

    /// Nil where there is none.
    public static func find(on connection: any SQLConnection) throws -> StuckInvoices? {
        let stuck = "FROM invoices WHERE state = 'DRAFT' AND problem IS NOT NULL"
        let count = try connection.shortCount(stuck)
        return try connection.first("SELECT id, payer_id, problem \(stuck) ORDER BY created_at, id LIMIT 1") {
            StuckInvoices(
                count: count, invoiceID: $0.text(0), payer: CustomerID($0.text(1)), problem: $0.text(2))
        }
    }
}
