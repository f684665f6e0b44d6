import TidemillCore
import TidemillOperations
import TidemillStore

extension ReportUsage: EmbeddedOperation {
    static func perform(_ report: UsageReport, in scope: CallScope) throws -> UsageMeasurement {
        let alerts = UsageAlerts(scope: scope)
        let measurement = try record(report, for: .reportUsage, in: scope, alerts)
        try alerts.finish()
        return measurement
    }

    /// Stores one report. The checks come in the order in which a person would mend things.
    static func record(
        _ report: UsageReport, for operation: OperationID, in scope: CallScope, _ alerts: UsageAlerts
    ) throws -> UsageMeasurement {
        let counter = UsageCounter(
            customerID: report.customerID, featureID: report.featureID, resourceID: report.resourceID)
        if let key = report.idempotencyKey, let earlier = try scope.usage.report(of: counter, key: key) {
            try checkSame(report, earlier, key: key, operation)
            scope.isRepeat = true
            let rating = try CreditRates(scope).rating(
                of: report.featureID, for: report.customerID, resource: report.resourceID)
            var measurement = try ReportedUsage(counter, in: scope).standing(earlier, in: scope)
            measurement.credit = rating.map { CreditConsumed(currencyID: $0.rate.currencyID, consumed: .zero) }
            return measurement
        }
        try scope.customers.requireActive(report.customerID, for: operation)
        try scope.features.requireReportable(report.featureID, for: operation)
        let usage = try ReportedUsage(counter, in: scope)
        let at = report.createdAt ?? scope.receivedAt
        try UsageTime.check(at, operation, scope)
        let stored = StoredReport(
            id: scope.newID(), at: at, behavior: report.updateBehavior, value: report.value,
            idempotencyKey: report.idempotencyKey, dimensions: report.dimensions, createdAt: scope.now)
        let burned = try BurnedUsage(counter, report.updateBehavior, at: at, in: scope)
        guard try scope.usage.append(stored, to: counter, caller: scope.context.caller) != nil else {
            throw OperationError(
                .usageOutOfRange,
                "\(operation.rawValue): 'value' would bring the usage of \"\(report.featureID)\" beyond 18 digits; report a smaller value"
            )
        }
        try scope.noteLate(stored, of: counter)
        var measurement = try usage.measure(stored, in: scope, alerts)
        measurement.credit = try burned?.reported(
            report.dimensions, eventID: report.idempotencyKey, at: at, in: scope)
        return measurement
    }

    private static func checkSame(
        _ report: UsageReport, _ earlier: StoredReport, key: String, _ operation: OperationID
    ) throws {
        var names: [String] = []
        if report.updateBehavior != earlier.behavior { names.append("'updateBehavior'") }
        if report.value != earlier.value { names.append("'value'") }
        guard names.isEmpty else {
            throw OperationError(
                .idempotencyConflict,
                "\(operation.rawValue): the idempotency key \"\(key)\" was used with another \(names.joined(separator: ", ")); use a new key for a new report"
            )
        }
    }
}

extension ReportUsageBulk: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        var repeats = 0
        let alerts = UsageAlerts(scope: scope)
        var usages: [UsageMeasurement] = []
        for (index, report) in input.usages.enumerated() {
            scope.isRepeat = false
            do {
                usages.append(try ReportUsage.record(report, for: .reportUsageBulk, in: scope, alerts))
            } catch let error as OperationError {
                throw error.located(at: "usages[\(index)]", in: .reportUsageBulk)
            }
            if scope.isRepeat { repeats += 1 }
        }
        scope.isRepeat = repeats == usages.count
        try alerts.finish()
        return Output(usages: usages, credits: try credits(after: usages, in: scope))
    }
}

extension ReportUsageBulk {
    /// The wallets that the reports are paid from, each once; nil where nothing costs credits.
    private static func credits(after usages: [UsageMeasurement], in scope: CallScope) throws -> [WalletUsage]? {
        var wallets: [Wallet] = []
        for usage in usages where usage.credit != nil {
            let rating = try CreditRates(scope).rating(
                of: usage.featureID, for: usage.customerID, resource: usage.resourceID)
            if let wallet = rating?.wallet, !wallets.contains(wallet) { wallets.append(wallet) }
        }
        guard !wallets.isEmpty else { return nil }
        return try wallets.map { wallet in
            let shown = try Wallets(scope).shown(try Wallets(scope).balance(wallet), of: wallet)
            return WalletUsage(
                customerID: wallet.customerID, resourceID: wallet.resourceID, currencyID: shown.currencyID,
                currentUsage: shown.currentUsage, usageLimit: shown.usageLimit, timestamp: shown.timestamp,
                usagePeriodEnd: shown.usagePeriodEnd)
        }
    }
}

/// When usage may have happened (semantics.md, "Events").
enum UsageTime {
    private static let earliest = Timestamp(microseconds: 946_684_800_000_000)

    static func check(_ at: Timestamp, _ operation: OperationID, _ scope: CallScope) throws {
        let latest = scope.receivedAt.advanced(bySeconds: scope.maxFutureSeconds)
        guard at >= earliest, at <= latest else {
            throw OperationError(
                .badUserInput,
                "\(operation.rawValue): 'createdAt' must be a time from 2000-01-01T00:00:00Z to \(latest.secondsDescription), got \(at)"
            )
        }
    }
}
