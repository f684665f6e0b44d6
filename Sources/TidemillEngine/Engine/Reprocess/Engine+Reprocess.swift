public import TidemillCore
public import TidemillIngest
public import TidemillOperations
import TidemillStore

/// What a person asks for.
public struct ReprocessOrder: Sendable {
    public var selection: Reprocess.Selection
    public var version: ScriptVersionID
    public var reason: String

    public init(selection: Reprocess.Selection, version: ScriptVersionID, reason: String) {
        self.selection = selection
        self.version = version
        self.reason = reason
    }
}

/// Stored events through the rules of a version, as corrections (reprocess.md).
extension Engine {
    /// Enters the order, or finds the one that was interrupted and was given the same. It is performed by `perform`, by
    /// the rules of the version that it names.
    public func order(_ order: ReprocessOrder, in context: CallContext) throws -> Reprocess {
        if let open = try openReprocess() {
            guard open.selection == order.selection, open.version == order.version, open.reason == order.reason
            else { throw ReprocessError.open(open) }
            return open
        }
        return try store.write { connection in
            let table = ReprocessTable(connection: connection)
            if let open = try table.open() { throw ReprocessError.open(open) }
            if let id = try VoidedDeliveries.unfinished(on: connection).first { throw ReprocessError.voiding(id) }
            try check(order.selection, on: connection)
            let reprocess = Reprocess(
                id: settings.ids.next(), askedAt: context.now, askedBy: context.actor, reason: order.reason,
                selection: order.selection, version: order.version, step: .events,
                lastBlock: try Sequences.current("raw_block", on: connection), position: 0)
            try table.insert(reprocess)
            if let id = order.selection.delivery { try RejectedRecords.reopen(eventsOf: id, on: connection) }
            try settings.scope(
                CallContext(.person, now: context.now, actor: context.actor, reason: order.reason), on: connection
            ).audit(OperationID.reprocessEvents.rawValue, order.selection.customer, reprocess.audited)
            return reprocess
        }
    }

    /// The order with this id; nil when there is none.
    public func reprocess(_ id: String) throws -> Reprocess? {
        try store.read { try ReprocessTable(connection: $0).find(id) }
    }

    /// The order that is at work, or was interrupted.
    public func openReprocess() throws -> Reprocess? {
        try store.read { try ReprocessTable(connection: $0).open() }
    }

    /// The newest first, behind one.
    public func reprocesses(before last: (askedAt: Timestamp, id: String)?, limit: Int) throws -> [Reprocess] {
        try store.read { try ReprocessTable(connection: $0).list(before: last, limit: limit) }
    }

    private func check(_ selection: Reprocess.Selection, on connection: any SQLConnection) throws {
        guard let id = selection.delivery else { return }
        guard let delivery = try DeliveryLedger.find(id, on: connection) else {
            // Events of a call have its name, and no delivery.
            return
        }
        guard delivery.state.isFinished else { throw ReprocessError.unfinished(id) }
        if let voided = delivery.voided, voided.restoredBy == nil, !selection.isWholeDelivery {
            throw ReprocessError.voided(id)
        }
    }

    /// Performs what is left of an order, in transactions of its own. To be called on a thread with a stack for the rules.
    /// `inbox` names the inbox of a delivery. `progress` hears how many blocks are done, of how many.
    public func perform(
        _ id: String, by rules: any EventRules, options: IngestOptions, now: Timestamp,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Reprocess {
        // A meter that is half filled in would take the events in from the blocks that it has not read yet.
        try fillMeters()
        while let reprocess = try store.read({ try ReprocessTable(connection: $0).find(id) }) {
            do {
                let all = Int(reprocess.lastBlock) + UsageStore.shards
                switch reprocess.step {
                case .events:
                    progress(Int(reprocess.position), all)
                    try performEvents(reprocess, rules, options, now: now)
                case .usage:
                    progress(Int(reprocess.lastBlock) + Int(reprocess.position), all)
                    try performUsage(reprocess)
                case .rejected: try performRejected(reprocess, rules, options, now: now)
                case .wallets: try performWallets(reprocess, now: now)
                case .done: return reprocess
                }
                try? store.settle()
            } catch EventSinkError.metersChanged {
                try fillMeters()
            }
            UpkeepTurns.breathe()
        }
        throw StoreError(.corrupt, "reprocess \(id) is not in the store any more; restore a backup")
    }

    // MARK: - Usage

    private func performUsage(_ reprocess: Reprocess) throws {
        let shard = reprocess.position
        guard shard < Int64(UsageStore.shards) else {
            return try move(reprocess) { next, _, _ in
                next.step = .rejected
                next.position = 0
            }
        }
        let compressor = Compressor()
        let recount = try store.read {
            try TouchedRecount(shard: shard, identityKey: identityKey, compressor, on: $0)
        }
        guard let recount else { return try move(reprocess) { next, _, _ in next.position = shard + 1 } }
        for group in 0..<recount.count {
            try move(reprocess) { _, state, connection in
                state.standings.forget()
                try recount.replace(group, state.compressor, on: connection)
            }
            UpkeepTurns.breathe()
        }
    }

    // MARK: - The end

    /// Wallets that one transaction shows to recharge, and subjects that one forgets.
    private static let walletsMax = 200
    private static let subjectsMax = 2000

    private func performWallets(_ reprocess: Reprocess, now: Timestamp) throws {
        try move(reprocess) { next, _, connection in
            let table = ReprocessTable(connection: connection)
            let scope = self.settings.scope(CallContext(.engine("reprocess"), now: now), on: connection)
            let wallets = try table.wallets(limit: Self.walletsMax) { row, _ in
                Wallet(customerID: CustomerID(row.text(0)), currencyID: row.text(1), resourceID: row.text(2))
            }
            for wallet in wallets {
                try table.forget(wallet: wallet.key)
                try WalletChanges.note(wallet, in: scope)
                if wallet.resourceID == nil { try WalletChanges.noteRisen(wallet, in: scope) }
            }
            let isMore = try table.clearSubjects(limit: Self.subjectsMax) == Self.subjectsMax
            guard wallets.isEmpty, !isMore else { return }
            next.step = .done
            next.finishedAt = now
        }
    }

    /// A transaction of the order: what `body` does, and where the order is then.
    func move(
        _ reprocess: Reprocess,
        _ body: (inout Reprocess, Engine.State, any SQLConnection) throws -> Void
    ) throws {
        try transaction { transaction in
            transaction.noteMemoryChange()
            try move(reprocess, in: transaction) { try body(&$0, transaction.state, transaction.connection) }
        }
    }

    func move(
        _ reprocess: Reprocess, in transaction: EngineTransaction, _ body: (inout Reprocess) throws -> Void
    ) throws {
        let connection = transaction.connection
        guard try !connection.hasRows("SELECT 1 FROM meter_versions WHERE state = 'filling' LIMIT 1") else {
            throw EventSinkError.metersChanged
        }
        var next = reprocess
        try body(&next)
        guard try ReprocessTable(connection: connection).move(next, from: reprocess) else {
            throw StoreError(
                .busy,
                "somebody else goes on with reprocess \(reprocess.id); `tidemill reprocess list` tells when it is done")
        }
    }
}

extension Reprocess.Selection {
    /// Whether the delivery alone is named.
    fileprivate var isWholeDelivery: Bool { self == Reprocess.Selection(delivery: delivery) }

    /// As it is kept and shown.
    var members: TextMap<Payload> {
        var members: TextMap<Payload> = [:]
        members["delivery"] = delivery.map { .string($0.text) }
        members["customerId"] = customer.map { .string($0.text) }
        members["eventName"] = event.map { .string($0) }
        members["from"] = from.map { Payload($0) }
        members["to"] = to.map { Payload($0) }
        return members
    }
}

extension Reprocess {
    fileprivate var audited: Payload {
        var members = selection.members
        members["id"] = .string(id)
        members["scriptVersion"] = .string(version.text)
        return .object(members)
    }
}
