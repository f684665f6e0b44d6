import TidemillCore
import TidemillDisplay
import TidemillOperations

/// One customer as a person reads it: what needs somebody first, the next commands last.
struct CustomerPage {
    private let overview: GetCustomerOverview.Output
    private let terminal: Terminal
    private let customer: Customer
    private let subscriptions: [Subscription]
    private let features: [FeatureAccess]
    private let wallets: [GetCreditBalance.Output]
    private let recharges: [AutoRechargeSettings]

    /// Decisions, rejected records and changes that are shown of each.
    private static let rowsMax = 3

    init(_ overview: GetCustomerOverview.Output, _ terminal: Terminal) throws {
        self.overview = overview
        self.terminal = terminal
        customer = try Customer.shape.decode(overview.customer, as: "a customer")
        subscriptions = try overview.subscriptions.map { try Subscription.shape.decode($0, as: "a subscription") }
        features = try overview.entitlements.compactMap {
            if case .feature(let access) = try EntitlementAccess.shape.decode($0, as: "an entitlement") {
                access
            } else {
                nil
            }
        }
        wallets = try overview.credits.map { try GetCreditBalance.Output.shape.decode($0, as: "a balance") }
        recharges = try overview.autoRecharges.map {
            try AutoRechargeSettings.shape.decode($0, as: "an auto-recharge")
        }
    }

    var text: String {
        let parts: [[String]] = [head, marks, usage, facts, invoices]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: - Who, and by what

    private var head: [String] {
        let id = customer.id.text.escapingControls
        let names = [customer.name, customer.email].compactMap { $0?.escapingControls }
        var lines = [([id] + names + ["since \(day(customer.createdAt))"]).joined(separator: ", ")]
        if let archived = customer.archivedAt { lines.append(terminal.styled("archived \(time(archived))", .yellow)) }
        if subscriptions.isEmpty { lines.append("no subscription") }
        for subscription in subscriptions { lines += describe(subscription) }
        guard let width = terminal.width else { return lines }
        return lines.flatMap { DisplayWidth.of($0) > width ? DisplayWidth.wrapped($0, to: width) : [$0] }
    }

    private func describe(_ subscription: Subscription) -> [String] {
        var what = [subscription.planID.escapingControls]
        if let period = subscription.billingPeriod { what[0] += " \(period.rawValue.lowercased())" }
        for charge in subscription.charges ?? [] { what.append("\(charge.quantity) \(charge.id.escapingControls)") }
        for addon in subscription.addons ?? [] { what.append("\(addon.quantity) × \(addon.id.escapingControls)") }
        for coupon in subscription.coupons ?? [] where coupon.status == .active {
            what.append("coupon \(coupon.name.escapingControls)")
        }
        if let resource = subscription.resourceID { what.append("of resource \(resource.escapingControls)") }
        if let payer = subscription.payingCustomerID, payer != customer.id {
            what.append("paid by \(payer.text.escapingControls)")
        }
        var lines = [what.joined(separator: ", ") + ", \(subscription.id.escapingControls)"]
        if subscription.status != .active { lines[0] += ", \(subscription.status.rawValue)" }
        if let trial = subscription.trialEndDate, subscription.status == .inTrial {
            lines[0] += " until \(time(trial))"
        }
        if let start = subscription.currentBillingPeriodStart, let end = subscription.currentBillingPeriodEnd {
            lines.append("period \(date(start)) to \(date(end))\(dayWithin(start, end))")
        }
        for update in subscription.futureUpdates ?? [] where update.scheduleStatus == .scheduled {
            let target = update.targetPackage.map { " to \($0.id.escapingControls)" } ?? ""
            lines.append(
                "\(update.subscriptionScheduleType.rawValue)\(target) at \(time(update.scheduledExecutionTime))")
        }
        return lines
    }

    /// ", day 16 of 30"; empty outside of the period.
    private func dayWithin(_ start: Timestamp, _ end: Timestamp) -> String {
        let day: Int64 = 86_400_000_000
        guard start <= terminal.now, terminal.now < end else { return "" }
        let done = (terminal.now.microseconds - start.microseconds) / day + 1
        return ", day \(done) of \((end.microseconds - start.microseconds + day - 1) / day)"
    }

    // MARK: - What needs somebody

    private var marks: [String] {
        var marks: [String] = []
        func mark(_ style: Terminal.Style, _ text: String) {
            let lines = terminal.width.map { DisplayWidth.wrapped(text, to: max(20, $0 - 2)) } ?? [text]
            let sign = terminal.styled(style == .red ? "▲" : "◆", style)
            marks += lines.enumerated().map { ($0 == 0 ? sign : " ") + " " + $1 }
        }
        for recharge in recharges where recharge.isEnabled && Self.needsSomebody.contains(recharge.state) {
            let reason = recharge.stateReason.map { ": \($0.escapingControls)" } ?? ""
            mark(.red, "recharge of \(recharge.currencyID.escapingControls) is \(recharge.state.rawValue)\(reason)")
        }
        for feature in features {
            guard let use = FeatureUse(feature, at: terminal.now) else { continue }
            if let reason = feature.accessDeniedReason {
                mark(.red, "\(use.name.escapingControls) is refused: \(reason.rawValue)")
            } else if use.reachesLimit {
                mark(
                    .yellow,
                    "\(use.name.escapingControls) goes beyond its limit before it begins anew: \(use.usedText) of \(use.limitText) used, on pace for \(use.paceText)"
                )
            }
        }
        for wallet in wallets where wallet.overdraft > .zero {
            mark(
                .red,
                "\(wallet.currencyID.escapingControls) is overdrawn by \(Figures.grouped(wallet.overdraft.description))"
            )
        }
        let rejected = overview.rejected.count
        if rejected > 0 {
            let count = rejected < 20 ? "\(rejected)" : "20 or more"
            mark(
                .yellow,
                "\(count) rejected record\(rejected == 1 ? "" : "s"); the newest: \(overview.rejected[0].message.escapingControls)"
            )
        }
        for invoice in overview.nextInvoices {
            guard let problem = invoice["problem"]?.text else { continue }
            mark(
                .red,
                "the next invoice of \((invoice["subscriptionId"]?.text ?? "").escapingControls) cannot be computed: \(problem.escapingControls)"
            )
        }
        return marks
    }

    private static let needsSomebody: Set<AutoRechargeSettings.State> = [
        .declined, .capped, .dailyLimit, .noPrice, .noPaymentMethod, .paused, .stopped,
    ]

    // MARK: - Usage

    private var usage: [String] {
        guard !features.isEmpty || !overview.usage.isEmpty else { return [] }
        var table = TextTable(
            .text("feature"), .number("used"), .number("limit"), .word("share", rank: 2),
            .number("on pace for", rank: 3),
            .time("resets", rank: 4), .text("kind", rank: 5))
        for feature in features {
            guard let use = FeatureUse(feature, at: terminal.now) else { continue }
            table.add(
                use.name, use.usedText, use.limitText, use.share(bar: terminal.width != nil), use.paceText,
                feature.usagePeriodEnd?.secondsDescription ?? "", use.kind)
        }
        for entry in overview.usage {
            let pace = entry.to.flatMap { FeatureUse.pace(entry.used, from: entry.from, to: $0, now: terminal.now) }
            table.add(
                entry.displayName, Figures.grouped(entry.used.description), entry.currencyID == nil ? "" : "credits",
                "",
                pace.map { Figures.grouped($0.description) } ?? "", entry.to?.secondsDescription ?? "", entry.kind)
        }
        return [table.text(terminal)]
    }

    // MARK: - Credits and trouble

    private var facts: [String] {
        var facts: [(String, String)] = []
        for wallet in wallets {
            let held = wallet.reserved > .zero ? ", \(Figures.grouped(wallet.reserved.description)) reserved" : ""
            let over = wallet.overdraft > .zero ? ", \(Figures.grouped(wallet.overdraft.description)) overdrawn" : ""
            facts.append(
                (
                    "credits",
                    "\(Figures.grouped(wallet.available.description)) of \(wallet.currencyID) left\(held)\(over)"
                ))
        }
        for recharge in recharges {
            var text = recharge.isEnabled ? recharge.state.rawValue.lowercased() : "disabled"
            // A policy decides in place of the settings' threshold and target.
            let policy = overview.recharges.first { $0.currencyID == recharge.currencyID && $0.policy != nil }?.policy
            let rule =
                policy.map { "when and how much by the policy \($0)" }
                ?? "below \(recharge.thresholdValue) up to \(recharge.targetBalance)"
            text = "\(recharge.currencyID): \(text), \(rule)"
            if let cap = recharge.maxSpendLimit { text += ", \(recharge.currentMonthlySpend) of \(cap) this month" }
            facts.append(("recharge", text))
        }
        for decision in overview.recharges.prefix(Self.rowsMax) {
            facts.append(("", "\(time(decision.at)) \(decision.result.lowercased()): \(decision.reason)"))
        }
        for (index, run) in overview.runs.prefix(Self.rowsMax).enumerated() {
            let why = run.message.map { ": \($0)" } ?? ""
            facts.append((index == 0 ? "runs" : "", "\(time(run.scheduledAt)) \(run.name) \(run.state.rawValue)\(why)"))
        }
        for (index, record) in overview.rejected.prefix(Self.rowsMax).enumerated() {
            facts.append((index == 0 ? "rejected" : "", "\(record.id) \(record.code): \(record.message)"))
        }
        for (index, change) in overview.changes.prefix(Self.rowsMax).enumerated() {
            let reason = change.reason.map { ": \($0)" } ?? ""
            facts.append(
                (index == 0 ? "changes" : "", "\(time(change.at)) \(change.action) by \(change.actorKind)\(reason)"))
        }
        for (index, command) in commands.enumerated() { facts.append((index == 0 ? "more" : "", command)) }
        return facts.flatMap { written($0, $1.escapingControls) }
    }

    /// A fact beside its name, or below it where the terminal is narrow.
    private func written(_ name: String, _ text: String) -> [String] {
        let indent = 13
        guard let width = terminal.width else {
            return [name + String(repeating: " ", count: indent - name.count) + text]
        }
        let isNarrow = width < 3 * indent
        let lines = DisplayWidth.wrapped(text, to: isNarrow ? width - 2 : width - indent)
        if isNarrow { return (name.isEmpty ? [] : [name]) + lines.map { "  " + $0 } }
        return lines.enumerated().map { index, line in
            let title = index == 0 ? name : ""
            return title + String(repeating: " ", count: indent - title.count) + line
        }
    }

    private var commands: [String] {
        let id = customer.id.text.shellQuoted
        var commands = ["events", "usage", "audit"].map { "tidemill \($0) --customer \(id)" }
        if !overview.runs.isEmpty { commands.append("tidemill runs --customer \(id)") }
        if !overview.rejected.isEmpty { commands.append("tidemill rejected") }
        if !overview.recharges.isEmpty { commands.append("tidemill recharges --customer \(id)") }
        if !overview.nextInvoices.isEmpty { commands.append("tidemill invoices --customer \(id) --drafts") }
        return commands
    }

    // MARK: - Invoices

    private var invoices: [String] {
        overview.nextInvoices.compactMap { document in
            guard let next = try? PreviewNextInvoice.Output.shape.decode(document, as: "a next invoice"),
                let invoice = next.invoice
            else { return nil }
            let currency = invoice.currency ?? ""
            func shown(_ amount: Amount) -> String { amount.shown(in: currency) }
            var table = TextTable(.text("next invoice"), .number(next.dueDate.map { time($0) } ?? ""))
            for line in invoice.lines ?? [] {
                let quantity =
                    line.quantity.map {
                        $0 == Amount(1) ? "" : ", \(Figures.grouped($0.description)) at \(line.unitPrice)"
                    } ?? ""
                table.add(line.description + quantity, shown(line.subTotal))
            }
            for discount in invoice.discounts ?? [] { table.add(discount.description, shown(.zero - discount.amount)) }
            if let tax = invoice.tax, tax != .zero { table.add("tax", shown(tax)) }
            if let used = invoice.credits?.used.amount, used != .zero {
                table.add("from the account", shown(.zero - used))
            }
            table.add("due, \(currency.uppercased())", shown(invoice.total))
            return table.text(terminal)
        }
    }

    // MARK: - Instants

    /// Relative at a terminal, RFC 3339 elsewhere.
    private func time(_ instant: Timestamp) -> String {
        terminal.width == nil
            ? instant.secondsDescription : RelativeTime.text(instant, now: terminal.now, offset: terminal.offset(at:))
    }

    /// The bounds of a period: day and time at a terminal, however near they are.
    private func date(_ instant: Timestamp) -> String {
        terminal.width == nil
            ? instant.secondsDescription
            : RelativeTime.dayAndTime(instant, now: terminal.now, offset: terminal.offset(at:))
    }

    private func day(_ instant: Timestamp) -> String { String(instant.description.prefix(10)) }
}

extension CustomerUsageEntry {
    /// How it is paid for.
    fileprivate var kind: String {
        guard let currencyID else { return "priced" }
        return creditRate.map { "\($0) \(currencyID) each" } ?? "paid by \(currencyID)"
    }
}
