import TidemillCore
import TidemillDisplay
import TidemillOperations

/// Why was this customer charged, refused, not recharged?
struct CustomerPage: DashboardPage {
    let id: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(
            title: id, parent: .customers, section: .customers, facts: facts(request),
            command: "tidemill customer \(id.shellQuoted)")
    }

    private func overview(_ request: PageRequest) -> Payload? {
        request.asked.first { $0.id == .getCustomerOverview }?.answer
    }

    private func facts(_ request: PageRequest) -> HTML {
        guard let customer = overview(request)?["customer"] else { return .empty }
        let parts = ["name", "email", "timezone"].compactMap { customer[$0]?.text }.map { HTML.name($0) }
        let since = customer["createdAt"]?.text.flatMap { Timestamp(rfc3339: $0) }
        let archived: HTML =
            customer["archivedAt"]?.isNull == false ? "<span class=\"tag warn\">archived</span>" : .empty
        return
            "<div class=\"sub\">\(parts.map { "<span>\($0)</span>" as HTML })<span>since \(request.shown.time(since))</span>\(archived)</div>"
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let overview = try request.ask(.getCustomerOverview, ["customerId": .string(id)])
        return [
            PanelSource("Subscriptions") { Self.subscriptions(overview, $0.shown) },
            PanelSource("Usage") { try Self.usage(overview, $0.shown) },
            PanelSource("Credits") { Self.credits(overview, $0.shown) },
            PanelSource("Auto-recharge") { Self.recharges(overview, $0) },
            PanelSource("Next invoice") { try Self.nextInvoices(overview, $0.shown) },
            PanelSource("Invoices") { try self.invoices($0) },
            PanelSource("Rejected") { Self.rejected(overview, $0) },
            PanelSource("Changes") { request in
                Panel(
                    title: "Changes",
                    body: Self.rows(overview["changes"], "nothing was changed") {
                        ListPage.audit.table($0, request).html
                    },
                    link: .link(["audit"], query: [("customerId", self.id)], "all"))
            },
        ]
    }

    private static func rows(_ list: Payload?, _ none: HTML, _ table: ([Payload]) -> HTML) -> HTML {
        guard let items = list?.items, !items.isEmpty else { return "<p class=\"note\">\(none)</p>" }
        return table(items)
    }

    private static func subscriptions(_ overview: Payload, _ shown: Shown) -> Panel {
        Panel(
            title: "Subscriptions",
            body: rows(overview["subscriptions"], "no subscription") { items in
                var table = PageTable(
                    "Subscriptions",
                    [
                        .text("plan"), .state("status"), .text("billed"), .time("period's end"), .text("with"),
                        .code("id", minor: true),
                    ])
                for item in items {
                    let addons = (item["addons"]?.items ?? []).map {
                        "\($0["quantity"]?.json ?? "") × \($0["id"]?.text ?? "")"
                    }
                    let units = (item["charges"]?.items ?? []).map {
                        "\($0["quantity"]?.json ?? "") \($0["id"]?.text ?? "")"
                    }
                    let coupons = (item["coupons"]?.items ?? []).compactMap { $0["name"]?.text }.map { "coupon \($0)" }
                    table.add([
                        shown.value(item["planId"], .text), shown.value(item["status"], .state),
                        shown.value(item["billingPeriod"], .text), shown.value(item["currentBillingPeriodEnd"], .time),
                        "\((units + addons + coupons).joined(separator: ", "))", shown.value(item["id"], .code),
                    ])
                }
                return table.html
            })
    }

    private static func usage(_ overview: Payload, _ shown: Shown) throws -> Panel {
        let accesses = try (overview["entitlements"]?.items ?? []).map {
            try EntitlementAccess.shape.decode($0, as: "an entitlement")
        }
        var table = PageTable(
            "Usage",
            [
                .text("feature"), .number("used"), .number("limit"), .text("share, and pace"),
                .number("on pace for", minor: true),
                .time("resets", minor: true), .text("kind", minor: true),
            ])
        for case .feature(let access) in accesses {
            guard let use = FeatureUse(access, at: shown.now), let feature = access.feature else { continue }
            table.add([
                "\(HTML.name(use.name)) <code>\(feature.id.text)</code>", "\(use.usedText)",
                use.limitText.isEmpty ? Shown.none : "\(use.limitText)",
                use.percent.map { Chart.share(percent: $0, pace: use.pacePercent) } ?? Shown.none,
                use.paceText.isEmpty ? Shown.none : "\(use.paceText)", shown.time(access.usagePeriodEnd),
                access.accessDeniedReason == nil ? "\(use.kind)" : "\(Mark.fail.html()) \(use.kind)",
            ])
        }
        // What is charged, and no entitlement is of.
        for entry in overview["usage"]?.items ?? [] {
            let isBurned = entry["currencyId"]?.isNull == false
            table.add([
                "\(shown.value(entry["displayName"], .text)) <code>\(entry["featureId"]?.text ?? "")</code>",
                shown.value(entry["used"], .number), Shown.none, Shown.none, Shown.none,
                shown.value(entry["to"], .time),
                isBurned
                    ? "\(entry["creditRate"]?.isNull == false ? "\(entry["creditRate"]?.json ?? "") " : "")\(entry["currencyId"]?.text ?? "") each"
                    : "priced",
            ])
        }
        return Panel(
            title: "Usage", body: table.isEmpty ? "<p class=\"note\">no feature is granted or charged</p>" : table.html)
    }

    private static func credits(_ overview: Payload, _ shown: Shown) -> Panel {
        Panel(
            title: "Credits",
            body: rows(overview["credits"], "no credits") { items in
                var table = PageTable(
                    "Credits",
                    [.text("currency"), .number("left"), .number("balance"), .number("reserved"), .number("overdraft")])
                for item in items {
                    table.add(
                        [shown.value(item["currencyId"], .text)]
                            + ["available", "balance", "reserved", "overdraft"].map { shown.value(item[$0], .number) })
                }
                return table.html
            }, isWide: false)
    }

    private static func recharges(_ overview: Payload, _ request: PageRequest) -> Panel {
        let shown = request.shown
        let settings = (overview["autoRecharges"]?.items ?? []).map { item -> HTML in
            var facts = Facts()
            facts.add(
                [
                    ("currency", "currencyId", .text), ("state", "state", .state), ("because", "stateReason", .text),
                    ("below", "thresholdValue", .number), ("up to", "targetBalance", .number),
                    ("spent this month", "currentMonthlySpend", .number), ("cap", "maxSpendLimit", .number),
                ], of: item, shown)
            return facts.html
        }
        let decisions = rows(overview["recharges"], "no decision yet") { ListPage.recharges.table($0, request).html }
        return Panel(
            title: "Auto-recharge", note: settings.isEmpty ? "not set up" : .empty, body: "\(settings)\(decisions)",
            isWide: false)
    }

    private static func nextInvoices(_ overview: Payload, _ shown: Shown) throws -> Panel {
        let parts = try (overview["nextInvoices"]?.items ?? []).map { document -> HTML in
            if let problem = document["problem"]?.text {
                return "<p class=\"note s-fail\">\(Mark.fail.html()) \(problem)</p>"
            }
            let next = try PreviewNextInvoice.Output.shape.decode(document, as: "a next invoice")
            guard let invoice = next.invoice else {
                return "<p class=\"note\">none follows for \(next.subscriptionID)</p>"
            }
            let currency = invoice.currency ?? ""
            var table = PageTable("Next invoice", [.text("line"), .number("amount")])
            for line in invoice.lines ?? [] {
                let quantity: HTML =
                    line.quantity.map {
                        $0 == Amount(1)
                            ? .empty
                            : " <small>\(Figures.grouped($0.description)) at \(line.unitPrice.description)</small>"
                    }
                    ?? .empty
                table.add(["\(HTML.name(line.description))\(quantity)", "\(line.subTotal.shown(in: currency))"])
            }
            for discount in invoice.discounts ?? [] {
                table.add([.name(discount.description), "\((.zero - discount.amount).shown(in: currency))"])
            }
            if let tax = invoice.tax, tax != .zero { table.add(["tax", "\(tax.shown(in: currency))"]) }
            if let used = invoice.credits?.used.amount, used != .zero {
                table.add(["from the account", "\((.zero - used).shown(in: currency))"])
            }
            table.add(["<b>due, \(currency.uppercased())</b>", "<b>\(invoice.total.shown(in: currency))</b>"])
            return "<p class=\"note\">\(shown.time(next.dueDate))</p>\(table.html)"
        }
        return Panel(
            title: "Next invoice",
            body: parts.isEmpty ? "<p class=\"note\">no subscription is charged</p>" : "\(parts)", isWide: false)
    }

    private func invoices(_ request: PageRequest) throws -> Panel {
        let answer = try request.ask(.listInvoices, ["id": .string(id), "includeDrafts": true, "limit": 20])
        return Panel(
            title: "Invoices",
            body: Self.rows(answer["data"], "none yet") { items in
                var table = PageTable(
                    "Invoices",
                    [
                        .text("invoice"), .state("state"), .time("of"), .number("total"), .text("currency"),
                        .text("why", minor: true),
                    ])
                for item in items {
                    let id = item["invoiceId"]?.text ?? ""
                    table.add([
                        .link(["invoices", id], "\(item["invoiceNumber"]?.text ?? "draft")"),
                        request.shown.value(item["state"], .state),
                        request.shown.value(item["createdAt"], .time), request.shown.value(item["total"], .number),
                        "\((item["currency"]?.text ?? "").uppercased())",
                        request.shown.value(item["problem"]?.isNull == false ? item["problem"] : item["cause"], .text),
                    ])
                }
                return table.html
            }, isWide: false)
    }

    private static func rejected(_ overview: Payload, _ request: PageRequest) -> Panel {
        Panel(
            title: "Rejected",
            body: rows(overview["rejected"], "nothing is rejected") { RejectedGroupsPage.records($0, request) })
    }
}
