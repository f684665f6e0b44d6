import Logging
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

extension ReprocessEvents: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> ReprocessEntry {
        do {
            return try input.apply ? apply(input, by: host, in: context) : tryOut(input, host.app, in: context)
        } catch let error as ReprocessError {
            throw OperationError(.cannotReprocess, "reprocessEvents: \(error)")
        }
    }

    private static func apply(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> ReprocessEntry {
        let reason = input.reason ?? ""
        // What was interrupted goes on by the rules that it began with.
        let open = try host.engine.openReprocess().flatMap {
            $0.selection == input.selection && $0.reason == reason && input.scriptVersion == nil ? $0 : nil
        }
        let version = open?.version.text ?? input.scriptVersion
        let rules = try Self.rules(version, host.app) { try host.scripts.inForce().rules }
        let order = ReprocessOrder(selection: input.selection, version: rules.version, reason: reason)
        return try ReprocessEntry(host.app.reprocess(order, by: rules, host.engine, in: context), isKept: true)
    }

    /// The same in a copy of the store.
    private static func tryOut(_ input: Input, _ app: AppAssembly, in context: CallContext) throws -> ReprocessEntry {
        let trial = try DryRun(app.config, nil)
        let copy = trial.app
        let quiet = Logger(label: "tidemill") { _ in SwiftLogNoOpLogHandler() }
        let rules = try Self.rules(input.scriptVersion, copy) { try ScriptsInForce(copy, logger: quiet).rules }
        // What is billed then is the order's alone.
        let upkeep = InvoiceUpkeep(store: copy.store, settings: copy.config.engineSettings) { nil }
        try upkeep.settleLate(now: context.now)
        let order = ReprocessOrder(selection: input.selection, version: rules.version, reason: "dry run")
        // The copy goes with its last user.
        return try withExtendedLifetime(trial) {
            try ReprocessEntry(copy.reprocess(order, by: rules, copy.engine(), in: context), isKept: false)
        }
    }

    private static func rules(
        _ version: String?, _ app: AppAssembly, inForce: () throws -> any EventRules
    ) throws -> any EventRules {
        guard let version else { return try inForce() }
        return try StoredRules(version, app, for: .reprocessEvents)
    }
}

extension ReprocessEvents.Input {
    fileprivate var selection: Reprocess.Selection {
        Reprocess.Selection(
            delivery: delivery.map { DeliveryID($0) }, customer: customerID, event: eventName, from: from, to: to)
    }
}

extension ListReprocesses: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<ReprocessEntry> {
        let found = try host.engine.reprocesses(
            before: input.after.map { ($0.createdAt, $0.id) }, limit: Int(input.limit) + 1)
        return Listing(try found.map { try ReprocessEntry($0, isKept: true) }, limit: input.limit) {
            Cursor(createdAt: $0.askedAt ?? context.now, id: $0.id ?? "")
        }
    }
}

extension GetReprocess: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> ReprocessEntry {
        guard let found = try host.engine.reprocess(input.id) else {
            throw OperationError(
                .notFound,
                "getReprocess: there is no reprocess \"\(input.id.escapingControls)\"; `tidemill reprocess list` lists them"
            )
        }
        return try ReprocessEntry(found, isKept: true)
    }
}

extension ReprocessEntry {
    /// `isKept`: not a dry run.
    fileprivate init(_ reprocess: Reprocess, isKept: Bool) throws {
        let report = reprocess.report ?? .null
        func items<Item: Shaped>(_ name: String, _ item: Item.Type) throws -> [Item] {
            try (report[name]?.items ?? []).map { try Item.shape.decode($0, as: "a stored reprocess") }
        }
        func count(_ name: String) -> Int64 {
            if case .integer(let count)? = report[name] { count } else { 0 }
        }
        let selection = reprocess.selection
        self.init(
            state: !isKept ? .dryRun : reprocess.finishedAt == nil ? .open : .done,
            scriptVersion: reprocess.version.text,
            selection: ReprocessedSelection(
                delivery: selection.delivery?.text, customerID: selection.customer?.text, eventName: selection.event,
                from: selection.from, to: selection.to),
            counts: ReprocessedCounts(reprocess.counts),
            usage: try items("usage", ReprocessedUsage.self), usageCount: count("usageCount"),
            credits: try items("credits", ReprocessedCredits.self), creditsCount: count("creditsCount"),
            invoices: try items("invoices", ReprocessedLine.self), invoicesCount: count("invoicesCount"),
            id: isKept ? reprocess.id : nil, reason: isKept ? reprocess.reason : nil,
            askedAt: isKept ? reprocess.askedAt : nil, askedBy: isKept ? reprocess.askedBy : nil,
            finishedAt: isKept ? reprocess.finishedAt : nil)
    }
}

extension ReprocessedCounts {
    fileprivate init(_ counts: Reprocess.Counts) {
        self.init(
            events: counts.events, unchanged: counts.unchanged, changed: counts.changed,
            newlyApplied: counts.newlyApplied, noLongerApplied: counts.noLongerApplied,
            newlyRejected: counts.newlyRejected, duplicate: counts.duplicate, voided: counts.voided,
            notKept: counts.notKept)
    }
}
