public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Brings customers up to the present, one change after the other in the order of time.
public struct Lifecycle: Sendable {
    /// Changes of one customer in one transaction; a store that was left alone for years takes several.
    static let stepsMax = 5000
    /// Customers in one transaction.
    static let customersMax = 50

    private let store: any Store
    private let settings: EngineSettings
    /// Customers in one turn of the upkeep.
    var turnCustomers = 5000

    init(store: any Store, settings: EngineSettings) {
        self.store = store
        self.settings = settings
    }

    /// Writes what is due, some customers at a time, whoever else writes. Returns how many had something due.
    @discardableResult
    public func advanceEveryone(to now: Timestamp) throws -> Int {
        var count = 0
        while let advanced = try step(to: now, { try store.write($0) }) { count += advanced }
        return count
    }

    /// Some customers in one transaction; nil: nobody has anything due.
    private func step(
        to now: Timestamp, _ write: ((any SQLConnection) throws -> Void) throws -> Void
    ) throws -> Int? {
        let waiting = try store.read { connection -> [CustomerID] in
            // By a clock in doubt nothing is written; whoever asks is answered as if it were.
            guard try BillingDoubt.find(now: now, on: connection) == nil else { return [] }
            return try DueTable(connection: connection).customers(until: now, limit: Self.customersMax)
        }
        guard !waiting.isEmpty else { return nil }
        try write { connection in
            let scope = settings.scope(CallContext(.engine("lifecycle"), now: now), on: connection)
            for customer in waiting { try Self.advance(customer, in: scope) }
        }
        return waiting.count
    }

    /// When something is due next, for anybody.
    public func nextDue() throws -> Timestamp? {
        try store.read { connection in
            try connection.value("SELECT at FROM due ORDER BY at LIMIT 1")
        }
    }

    /// Applies everything of the customer that is due at the scope's instant.
    static func advance(_ customer: CustomerID, in scope: CallScope) throws {
        for _ in 0..<stepsMax {
            guard let entry = try scope.due.next(of: customer, until: scope.context.now) else { return }
            guard let kind = scope.settings.timed.first(where: { $0.kind.rawValue == entry.kind }) else {
                throw OperationError(
                    .storeFailed,
                    "the store has something due of the kind \"\(entry.kind)\", which this Tidemill does not know; use the newer one that wrote it"
                )
            }
            try kind.advance(customer, to: entry.at, in: scope.scope(at: entry.at, engine: "lifecycle"))
            if let left = try scope.due.next(of: customer, until: entry.at), left.kind == entry.kind {
                throw OperationError(
                    .storeFailed,
                    "\"\(entry.kind)\" of customer \"\(customer)\" is still due at \(entry.at) after it was applied")
            }
        }
        throw OperationError(
            .storeFailed,
            "more than \(stepsMax) changes of customer \"\(customer)\" were due at once; `tidemill run --once` brings the store up to date"
        )
    }
}

/// Why a read is done again in a transaction that may write.
enum WriteNeeded: Error {
    case customer(CustomerID)
    case everyone
}

extension CallScope {
    /// Makes up for what is due for the customer: for handlers that learn late whose data they touch.
    func advance(_ customer: CustomerID) throws {
        guard !leavesDue, try due.next(of: customer, until: context.now) != nil else { return }
        guard mayWrite else { throw WriteNeeded.customer(customer) }
        guard try mayRenew(customer) else { return }
        try Lifecycle.advance(customer, in: self)
    }

    /// As `advance`, for lists over all customers.
    func advanceEveryone() throws {
        guard !mayWrite, !(try due.customers(until: context.now, limit: 1)).isEmpty else { return }
        throw WriteNeeded.everyone
    }
}

extension Lifecycle: StoreMaintenance {
    /// Writes and announces what has come due, though nobody looks.
    public var goesByTheClock: Bool { true }

    public func runMaintenance(now: Timestamp) throws { try advanceEveryone(to: now) }

    public func runTurn(now: Timestamp) throws -> Bool {
        var turns = UpkeepTurns(store)
        var left = turnCustomers
        while left > 0, !Task.isCancelled, let advanced = try step(to: now, { try turns.write($0) }) {
            left -= advanced
            if advanced == Self.customersMax { turns.pause() }
        }
        return left <= 0
    }
}
