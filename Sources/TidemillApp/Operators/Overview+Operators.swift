import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore
import TidemillTriggers
import TidemillVersion

extension GetCustomerOverview: OperatorOperation {
    /// Rows of each part.
    private static let rowsMax = 20
    private static let runsMax: Int64 = 5

    /// What the customer used since its period began of features that are charged, and that no entitlement is of.
    private static func usage(
        _ customer: CustomerID, beside entitlements: [Payload], _ subscriptions: [Payload],
        ask: (OperationID, Payload) throws -> Payload
    ) throws -> [CustomerUsageEntry] {
        var told = Set(entitlements.compactMap { $0["feature"]?["id"]?.text ?? $0["featureId"]?.text })
        var usage: [CustomerUsageEntry] = []
        for subscription in subscriptions {
            func instant(_ name: String) -> Timestamp? { subscription[name]?.text.flatMap { Timestamp(rfc3339: $0) } }
            guard let from = instant("currentBillingPeriodStart"), let plan = subscription["planId"] else { continue }
            var charges = try ask(.listPlanCharges, ["id": plan, "limit": 100])["data"]?.items ?? []
            for addon in subscription["addons"]?.items?.compactMap({ $0["id"] }) ?? [] {
                charges += try ask(.listAddonCharges, ["id": addon, "limit": 100])["data"]?.items ?? []
            }
            for charge in charges where usage.count < rowsMax {
                guard let feature = charge["featureId"]?.text, told.insert(feature).inserted else { continue }
                let rows = try ask(
                    .getUsage,
                    ["customerId": .string(customer.text), "featureId": .string(feature), "from": Payload(from)])
                let used = try (rows["data"]?.items ?? []).reduce(Amount.zero) {
                    $0 + (try UsageEntry.shape.decode($1, as: "a usage").value)
                }
                let rate = charge["creditRate"].flatMap { $0.isNull ? nil : $0 }
                usage.append(
                    CustomerUsageEntry(
                        featureID: feature,
                        displayName: try ask(.getFeature, ["id": .string(feature)])["displayName"]?.text ?? feature,
                        used: used, from: from, to: instant("currentBillingPeriodEnd"),
                        creditRate: rate?["amount"].flatMap { $0.isNull ? nil : Amount($0.text ?? $0.json) },
                        currencyID: rate?["currencyId"]?.text))
            }
        }
        return usage
    }

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
        let entitlements = try engine(.getEntitlements, named)["entitlements"]?.items ?? []
        return try Output(
            customer: known,
            subscriptions: subscriptions,
            entitlements: entitlements,
            usage: usage(customer, beside: entitlements, subscriptions, ask: engine),
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
            runs: host.app.store.read { try RunTable($0).list(customer: customer, limit: runsMax) }
                .map { RunEntry($0) },
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
        let (pauses, scripts, spools) = try host.app.store.read { connection in
            (
                try Pauses.list(on: connection), try ScriptVersions.currentID(on: connection),
                try Spools.list(on: connection)
            )
        }
        let folder = ScriptFolder(path: config.scripts.path).read()
        let own = try Spool.id(at: host.app.spoolSettings.path)
        return try Output(
            version: TidemillVersion.number, commit: TidemillVersion.commit, environment: config.environment,
            backend: config.client.backend.rawValue, now: context.now,
            store: StoreEntry.found(host.app),
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

    /// Nil on another machine, or where this user may not look.
    private static func workers(on spool: KnownSpool) -> Int64? {
        guard spool.host == Spool.hostName, FileManager.default.fileExists(atPath: spool.path) else { return nil }
        do { return Int64(try Spool.liveWorkers(SpoolSettings(path: spool.path))) } catch { return nil }
    }
}
