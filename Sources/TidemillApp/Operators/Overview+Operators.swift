import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTriggers
import TidemillVersion

extension GetCustomerOverview: OperatorOperation {
    /// Rows of each part.
    private static let rowsMax = 20

    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let customer = input.customerID
        let named: Payload = ["customerId": .string(customer.text)]
        func engine(_ id: OperationID, _ input: Payload) throws -> Payload {
            try host.performInner(id, input, for: .getCustomerOverview, in: context)
        }
        let known = try engine(.getCustomer, named)
        let over = [SubscriptionStatus.expired, .canceled].map(\.rawValue)
        let subscriptions = try (engine(.listSubscriptions, named.adding("limit", 100))["data"]?.items ?? [])
            .filter { !over.contains($0["status"]?.text ?? "") }
        let charged = subscriptions.filter { $0["pricingType"]?.text == PricingType.paid.rawValue }
        let currencies = try engine(.listCustomCurrencies, ["limit": 100])["data"]?.items ?? []
        let credits = try currencies.compactMap(\.["id"]).map {
            try engine(.getCreditBalance, named.adding("currencyId", $0))
        }
        return try Output(
            customer: known,
            subscriptions: subscriptions,
            entitlements: engine(.getEntitlements, named)["entitlements"]?.items ?? [],
            // A wallet that never held anything was never touched.
            credits: credits.filter { $0["usageLimit"] != 0 || $0["balance"] != 0 || $0["overdraft"] != 0 },
            autoRecharges: currencies.compactMap(\.["id"]).map {
                try engine(.getAutoRecharge, named.adding("currencyId", $0))
            }.filter { $0["id"] != .null },
            recharges: host.app.store.read {
                try RechargeDecisionLog.list(.init(customer: customer), limit: rowsMax, on: $0)
            }.map { RechargeEntry($0) },
            nextInvoices: charged.prefix(rowsMax).compactMap(\.["id"]).map {
                // What cannot be priced hides nothing else of the customer.
                do { return try engine(.previewNextInvoice, ["id": $0]) } catch let error as OperationError {
                    return ["subscriptionId": $0, "problem": .string(error.message)]
                }
            },
            rejected: host.app.store.read {
                try RejectedRecords.list(RejectedSelection(customer: customer, limit: rowsMax), on: $0)
            }.map { RejectedEntry($0) },
            changes: host.app.store.read { try AuditLog.list(customer: customer, limit: rowsMax, on: $0) }
                .map { AuditEntry($0) })
    }
}

extension GetThroughput: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let (from, to) = try input.range(now: context.now)
        let spans = try host.app.store.read {
            try Throughput.list(every: input.stepSeconds, from: from, to: to, on: $0)
        }
        return Output(
            from: from, to: to, stepSeconds: input.stepSeconds,
            spans: spans.map {
                ThroughputEntry(
                    start: Timestamp(microseconds: $0.start * 1_000_000), applied: $0.applied, filtered: $0.filtered,
                    duplicate: $0.duplicate, rejected: $0.rejected, bytes: $0.bytes)
            })
    }
}

extension GetSystem: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let config = host.app.config
        let (pauses, scripts, spools, schema) = try host.app.store.read { connection in
            (
                try Pauses.list(on: connection), try ScriptVersions.currentID(on: connection),
                try Spools.list(on: connection), try SQLiteStore.schema(on: connection)
            )
        }
        let folder = ScriptFolder(path: config.scripts.path).read()
        let own = try Spool.id(at: host.app.spoolSettings.path)
        return Output(
            version: TidemillVersion.number, commit: TidemillVersion.commit, environment: config.environment,
            backend: config.client.backend.rawValue, now: context.now,
            store: StoreEntry(
                path: config.store.path, bytes: size(config.store.path), logBytes: size(config.store.path + "-wal"),
                schema: schema),
            spools: spools.map { spool, openedAt in
                SpoolEntry(
                    id: spool.id, host: spool.host, path: spool.path, openedAt: openedAt, isOwn: spool.id == own,
                    workers: workers(on: spool))
            },
            paused: pauses.map { PauseEntry($0) },
            scripts: scripts.map {
                ScriptsInForceEntry(version: $0.text, isFolderInForce: $0 == ScriptVersionID(of: folder.sources))
            })
    }

    private static func size(_ path: String) -> Int64 {
        // What is not there has no bytes.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Nil on another machine, or where this user may not look.
    private static func workers(on spool: KnownSpool) -> Int64? {
        guard spool.host == Spool.hostName, FileManager.default.fileExists(atPath: spool.path) else { return nil }
        do { return Int64(try Spool.liveWorkers(SpoolSettings(path: spool.path))) } catch { return nil }
    }
}
