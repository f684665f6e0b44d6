import Foundation
import TidemillCore
import TidemillDisplay
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTriggers

extension GetStatus: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> StatusReport {
        try Status(host.app, now: context.now).report
    }
}

/// What `status` shows, and what of it is unhealthy.
struct Status {
    let deliveries: [Delivery.State: Int64]
    let inbox: Spool.Waiting
    let rejected: Int64
    let pauses: [PauseEntry]
    let scripts: StoredScriptVersion?
    let isFolderInForce: Bool
    /// Files that wait for their `tidemill ingest` to be repeated.
    let waitingCommands: [String]
    /// Features whose meters are being filled in from the stored events.
    let filling: [String]
    /// Catalog changes that wait for `tidemill apply`.
    let pendingChanges: [CatalogChange]
    let recharges: RechargeStatus
    let runs: RunStatus
    /// Usage of late that cost no credits because its cost formula has no value.
    let unrated: [UnratedUsage]
    let negative: (count: Int64, newest: NegativeUsage)?
    /// Credits that were bought by invoice, and are not paid when they should be.
    private let overdue: OverdueInvoices?
    /// How many totals differed when they were verified last, and when.
    private let verified: (differences: Int64, at: Timestamp)?
    /// How many had usage of a priced feature that no subscription bills, when totals were verified last.
    private let unsubscribed: Int64
    /// Those that stay behind a version for all.
    private let outdated: OutdatedSubscriptions?
    /// Drafts that cannot become final.
    private let stuckInvoices: StuckInvoices?
    /// Usage that came late: what waits for a person, and what cannot be billed.
    private let tooLate: (count: Int64, since: Timestamp)?
    private let stuckLate: (count: Int64, customer: CustomerID, problem: String)?
    /// What was begun a while ago, and is not done.
    private let openReprocess: Reprocess?
    /// Invoices that became final although files were not done.
    private let impatient: (count: Int64, invoiceID: String)?
    let now: Timestamp
    let environment: String

    /// A file that waits longer than this is not being taken.
    private static let waitingMax: Int64 = 300
    /// A delivery that failed is pointed out for so long.
    private static let failedSeconds: Int64 = 86_400
    private let workers: Int64
    private let work: WorkEntry
    private let store: StoreEntry
    private var isUnattended: Bool { workers == 0 }
    private let others: [OtherSpool]
    private let late: (count: Int64, write: LateWrite)?
    private let unreachable: (count: Int64, name: String, message: String)?
    private let claimed: Int64
    private let failed: (count: Int64, name: String, code: String)?
    private let addsNothing: (count: Int64, newest: Delivery)?
    private let hasNoKeys: (count: Int64, newest: Delivery)?
    private let startedNothing: (webhooks: Int64, types: [String])?

    init(_ app: AppAssembly, now: Timestamp) throws {
        let folder = ScriptFolder(path: app.config.scripts.path)
        let contents = folder.read()
        (deliveries, rejected, pauses, scripts, waitingCommands, filling) = try app.store.read { connection in
            (
                try DeliveryLedger.counts(on: connection),
                try RejectedRecords.openCount(on: connection),
                try Pauses.list(on: connection).map { PauseEntry($0) }, try ScriptVersions.current(on: connection),
                try WaitingCommands.find(on: connection),
                try connection.rows(
                    "SELECT DISTINCT feature_id FROM meter_versions WHERE state = 'filling' ORDER BY feature_id"
                ) { $0.text(0) }
            )
        }
        isFolderInForce = scripts?.id == ScriptVersionID(of: contents.sources)
        pendingChanges = try Self.pendingChanges(app, folder, contents)
        do {
            inbox = try Spool.waiting(app.spoolSettings)
            workers = Int64(try Spool.liveWorkers(app.spoolSettings))
        } catch {
            throw CommandFailure(.failed, code: "spool", "\(error)")
        }
        let spool: String?
        do { spool = try Spool.id(at: app.spoolSettings.path) } catch {
            throw CommandFailure(.failed, code: "spool", "\(error)")
        }
        let unassigned = spool == nil ? 0 : try OtherSpool.unassignedHere(app).count { $0.state == .claimed }
        claimed = try app.store.read { try DeliveryLedger.inProgress(inSpool: spool, on: $0) } + Int64(unassigned)
        late = try app.store.read {
            try LateWrites.newest(since: now.advanced(bySeconds: -Self.failedSeconds), on: $0)
        }
        unreachable = try app.store.read { try DeliveryLedger.unreachable(on: $0) }
        others = try OtherSpool.find(except: spool, in: app)
        failed = try app.store.read {
            try DeliveryLedger.failed(since: now.advanced(bySeconds: -Self.failedSeconds), on: $0)
        }
        (addsNothing, hasNoKeys, startedNothing) = try app.store.read { connection in
            let day = now.advanced(bySeconds: -Self.failedSeconds)
            return (
                try DeliveryLedger.concerning(.addsNothing, since: day, on: connection),
                try DeliveryLedger.concerning(.hasNoKeys, since: day, on: connection),
                try DeliveryLedger.startedNothing(since: day, on: connection)
            )
        }
        recharges = try app.store.read { try RechargeStatus.find(now: now, on: $0) }
        runs = try app.store.read { try RunStatus(now: now, on: $0) }
        unrated = try app.store.read { try UnratedUsage.recent(now: now, on: $0) }
        negative = try app.store.read { try NegativeUsage.recent(now: now, on: $0) }
        overdue = try app.store.read { try OverdueInvoices.find(now: now, on: $0) }
        outdated = try app.store.read { try OutdatedSubscriptions.find(now: now, on: $0) }
        unsubscribed = try app.store.read { try Sequences.find(.usageUnsubscribed, on: $0) ?? 0 }
        verified = try app.store.read { connection in
            guard let at = try Sequences.find(.verifiedAt, on: connection) else { return nil }
            return (
                try Sequences.find(.verifyDifferences, on: connection) ?? 0, Timestamp(microseconds: at)
            )
        }
        openReprocess = try app.store.read { try Reprocess.open(since: now.advanced(bySeconds: -600), on: $0) }
        (stuckInvoices, impatient, tooLate, stuckLate) = try app.store.read { connection in
            let late = TooLateUsage(connection)
            return (
                try StuckInvoices.find(on: connection),
                try StuckInvoices.impatient(since: now.advanced(bySeconds: -Self.failedSeconds), on: connection),
                try late.waiting(), try late.stuck()
            )
        }
        work = try app.store.read { try WorkEntry.recent(now: now, on: $0) }
        store = try StoreEntry.found(app)
        self.now = now
        environment = app.config.environment
    }

    /// What the folder's catalog still changes. Scripts that are broken say so elsewhere: they are not in force.
    private static func pendingChanges(
        _ app: AppAssembly, _ folder: ScriptFolder, _ contents: ScriptFolder.Contents
    ) throws -> [CatalogChange] {
        let loader = ScriptLoader(app.config, folder, clock: app.clock, log: { _ in })
        do {
            guard let catalog = try loader.load(contents).catalog else { return [] }
            return try CatalogApplier(store: app.store, settings: app.config.engineSettings)
                .plan(catalog, now: app.clock.now).pending
        } catch is ScriptLoadError {
            return []
        } catch is CatalogProblems {
            return []
        }
    }

    /// What was counted no further than people want to know.
    private static func short(_ count: Int64) -> String {
        (count >= shortCountMax ? "at least " : "") + Figures.grouped(count)
    }

    private static func others(_ count: Int64) -> String {
        guard count > 1 else { return "" }
        return " and \(count >= shortCountMax ? "at least " : "")\(Figures.grouped(count - 1)) more"
    }

    private var oldestSeconds: Int64? {
        inbox.oldest.map { max(0, (now.microseconds - $0.microseconds) / 1_000_000) }
    }

    /// What a person should look at.
    var attention: [AttentionEntry] {
        var attention: [AttentionEntry] = []
        func add(_ code: AttentionCode, _ message: String) { attention.append(AttentionEntry(code, message)) }
        if let seconds = oldestSeconds, seconds > Self.waitingMax {
            add(.inboxWaiting, "a file waits in the inbox for \(seconds) s: is a worker running?")
        }
        attention += inbox.unreadable.map { AttentionEntry(.inboxUnreadable, "an inbox cannot be read: \($0)") }
        if isUnattended, claimed > 0 {
            add(
                .deliveriesUnattended,
                "\(claimed == 1 ? "a delivery is" : "\(claimed) deliveries are") in progress, and no worker runs: start one, it goes on with \(claimed == 1 ? "it" : "them")"
            )
        }
        attention += others.compactMap { $0.attention(now: now) }
        if let failed {
            let others = failed.count > 1 ? " and \(failed.count - 1) more" : ""
            add(
                .deliveryFailed,
                "\(failed.name)\(others) failed within a day (\(failed.code)): `tidemill deliveries` says why; deliver again what is missing"
            )
        }
        if let addsNothing { add(.eventsUncounted, Self.warning(addsNothing, Self.addsNothing(addsNothing.newest))) }
        if let hasNoKeys {
            let delivery = hasNoKeys.newest
            let share = "\(Figures.grouped(delivery.withoutKey)) of \(Figures.grouped(delivery.events)) events"
            add(
                .eventsWithoutKey,
                Self.warning(
                    hasNoKeys, "\(share) have no idempotencyKey: what is delivered twice counts twice"))
        }
        if let late {
            let others = late.count > 1 ? " (and \(late.count - 1) more files so)" : ""
            add(.fileWrittenLate, "\(late.write.name)\(others): \(late.write.message)")
        }
        if let unreachable {
            let others = unreachable.count > 1 ? " and \(unreachable.count - 1) more" : ""
            add(
                .deliveryUnreachable,
                "\(unreachable.name)\(others) held: \(unreachable.message); mend the disk, then `tidemill resume ingest`, or wait: a worker tries again"
            )
        }
        if let held = deliveries[.held].map({ $0 - (unreachable?.count ?? 0) }), held > 0 {
            add(
                .deliveriesHeld,
                "\(held == 1 ? "a delivery is" : "\(held) deliveries are") held: a rule fails on \(held == 1 ? "it" : "them"); mend the rule, or `tidemill resume ingest`"
            )
        }
        if let refusal = inbox.refusal {
            let others = inbox.refused > 1 ? " and \(inbox.refused - 1) more" : ""
            add(
                .fileRefused,
                "not taken from the inbox: \(refusal.name.escapingControls)\(others): \(refusal.reason)")
        }
        if let file = waitingCommands.first {
            let others = waitingCommands.count > 1 ? " and \(waitingCommands.count - 1) more" : ""
            add(.ingestUnfinished, "\(file)\(others) not finished: repeat the `tidemill ingest`")
        }
        if let change = pendingChanges.first {
            let others = pendingChanges.count > 1 ? " and \(pendingChanges.count - 1) more" : ""
            add(.catalogPending, "\(change.summary)\(others): waits for `tidemill apply`")
        }
        if rejected > 0 {
            add(.recordsRejected, "\(rejected) rejected records wait for a decision: `tidemill rejected`")
        }
        for pause in pauses {
            add(AttentionCode(paused: pause.name), "\(pause.name) is paused by \(pause.pausedBy): \(pause.reason)")
        }
        attention += recharges.attention
        attention += runs.attention
        if let overdue {
            let others = overdue.count > 1 ? " and \(Figures.grouped(overdue.count - 1)) more" : ""
            add(
                .creditsUnpaid,
                "the credits \(overdue.grantID) of \(overdue.customerID)\(others) are not paid, due at \(overdue.dueAt): `tidemill call settleCreditGrant` says what became of the invoice, or `voidCreditGrant` ends it"
            )
        }
        if let stuckInvoices {
            let others = Self.others(stuckInvoices.count)
            add(
                .invoiceStuck,
                "the draft \(stuckInvoices.invoiceID) of \(stuckInvoices.payer)\(others) cannot become final: \(stuckInvoices.problem)"
            )
        }
        if unsubscribed > 0 {
            add(
                .usageUnbilled,
                "no subscription bills what customers used of features that have a price, in \(Figures.grouped(unsubscribed)) cases as of the last `tidemill verify`, which names the first"
            )
        }
        if let outdated {
            let isMore = outdated.count == OutdatedSubscriptions.countMax
            let others =
                outdated.count > 1 ? " and \(isMore ? "at least " : "")\(Figures.grouped(outdated.count - 1)) more" : ""
            add(
                .subscriptionsOutdated,
                "the subscription \(outdated.subscriptionID) of \(outdated.customerID.text)\(others) stays in version \(outdated.version) of \(outdated.packageID), though version \(outdated.published) was published for all: it is not sold as they have it; publish one that is, or change them"
            )
        }
        if let impatient {
            let others = Self.others(impatient.count)
            add(
                .invoiceIncomplete,
                "the invoice \(impatient.invoiceID)\(others) became final after three days, while files that had arrived before were not done: what they bring is billed as late usage"
            )
        }
        if let tooLate {
            add(
                .usageTooLate,
                "\(Self.short(tooLate.count)) late usages, the first of \(tooLate.since), wait to be billed or waived: `tidemill invoices late`"
            )
        }
        if let stuckLate {
            let others = Self.others(stuckLate.count)
            add(
                .lateUsageStuck,
                "late usage of \(stuckLate.customer)\(others) cannot be billed: \(stuckLate.problem)")
        }
        if let openReprocess {
            add(
                .reprocessOpen,
                "reprocess \(openReprocess.id) of \(openReprocess.askedBy.escapingControls) (\(openReprocess.reason.escapingControls)) is not done since \(openReprocess.askedAt): where it was interrupted, start it again with the same options"
            )
        }
        for usage in unrated {
            add(
                .usageUnrated,
                "\(Figures.grouped(usage.events)) events of \"\(usage.featureID.text)\" cost no credits since yesterday, their cost formula has no value (\(usage.problem)): `tidemill audit --action creditCost`, `tidemill events`"
            )
        }
        if let negative {
            let (counter, usage) = (negative.newest.counter, negative.newest.usage)
            let resource = counter.resourceID.map { " for \"\($0)\"" } ?? ""
            let others = negative.count > 1 ? ", and \(Figures.grouped(negative.count - 1)) more are" : ""
            add(
                .usageNegative,
                "the usage of \"\(counter.featureID.text)\" by \(counter.customerID.text)\(resource) is \(usage), below zero\(others): checks and prices take it for 0; more was taken back than reported"
            )
        }
        if let verified, verified.differences > 0 {
            add(
                .totalsDiffer,
                "\(Figures.grouped(verified.differences)) totals differed when they were verified at \(verified.at.secondsDescription): `tidemill verify` names them"
            )
        }
        if scripts != nil, !isFolderInForce {
            add(
                .scriptsNotInForce,
                "the scripts folder is not what is in force; `tidemill check` says whether it is broken")
        }
        return attention.map { AttentionEntry($0.code, $0.message.escapingControls) }
    }

    private static func warning(_ concern: (count: Int64, newest: Delivery), _ problem: String) -> String {
        let isMore = concern.count == DeliveryLedger.concerningMax
        let others =
            concern.count > 1
            ? " and \(isMore ? "at least " : "")\(Figures.grouped(concern.count - 1)) more" : ""
        let id = concern.newest.id.text
        return "\(concern.newest.name)\(others) within a day: \(problem): `tidemill deliveries show \(id)`"
    }

    private static func addsNothing(_ delivery: Delivery) -> String {
        let counts = [(delivery.noMeter, "no_meter"), (delivery.notANumber, "not_a_number")].filter { $0.0 > 0 }
            .map { "\(Figures.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
        return "most of its \(Figures.grouped(delivery.events)) events add nothing (\(counts))"
    }

    var report: StatusReport {
        let attention = attention
        return StatusReport(
            healthy: attention.isEmpty, warnings: attention.map(\.message), attention: attention,
            environment: environment, rejected: rejected,
            inbox: InboxStatus(
                files: Int64(inbox.files), oldestSeconds: oldestSeconds, refused: Int64(inbox.refused)),
            waitingCommands: waitingCommands, filling: filling,
            pendingChanges: pendingChanges.map { CatalogChangeEntry($0) },
            otherSpools: others.map { $0.entry(now: now) },
            deliveries: TextMap(deliveries.map { ($0.key.rawValue, $0.value) }) { first, _ in first },
            paused: pauses, recharges: RechargeReport(recharges), runs: runs.report,
            unrated: unrated.map {
                UnratedEntry(featureID: $0.featureID.text, events: $0.events, problem: $0.problem)
            },
            timezones: TimezoneSource(ZoneDatabase.shared.source),
            startedNothing: startedNothing.map { StartedNothingEntry(webhooks: $0.webhooks, types: $0.types) },
            scripts: scripts.map { ScriptsInForceEntry(version: $0.id.text, isFolderInForce: isFolderInForce) },
            workers: workers, work: work, store: store)
    }
}

extension WorkEntry {
    private static let minutes: Int64 = 5

    /// Of the minutes that are over, and of a day by its hours.
    fileprivate static func recent(now: Timestamp, on connection: any SQLConnection) throws -> WorkEntry {
        let minute = now.microseconds / 60_000_000 * 60
        let end = Timestamp(microseconds: minute * 1_000_000)
        let spans = try Throughput.list(
            every: 60, from: end.advanced(bySeconds: -60 * minutes), to: end, on: connection)
        let records = spans.reduce(0) { $0 + $1.applied + $1.filtered + $1.duplicate + $1.rejected }
        let day = try Throughput.list(
            every: 3600, from: now.advanced(bySeconds: -86_400), to: now, on: connection)
        return WorkEntry(
            perSecond: Amount(records).divided(by: Amount(60 * minutes), rounding: .down)?.rounded(toDigits: 1)
                ?? .zero,
            applied: day.reduce(0) { $0 + $1.applied }, filtered: day.reduce(0) { $0 + $1.filtered },
            duplicate: day.reduce(0) { $0 + $1.duplicate }, rejected: day.reduce(0) { $0 + $1.rejected })
    }
}

extension StoreEntry {
    /// The store's file, and its disk.
    static func found(_ app: AppAssembly) throws -> StoreEntry {
        let path = app.config.store.path
        // What is not there has no bytes, and a disk that says nothing is left out.
        func size(_ path: String) -> Int64 {
            ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.int64Value ?? 0
        }
        let disk = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return StoreEntry(
            path: path, bytes: size(path), logBytes: size(path + "-wal"),
            schema: try app.store.read { try SQLiteStore.schema(on: $0) },
            freeBytes: (disk?[.systemFreeSize] as? NSNumber)?.int64Value)
    }
}
