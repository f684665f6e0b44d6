import TidemillCore
import TidemillDisplay
import TidemillOperations

/// One delivery: what became of each record of it.
struct DeliveryPage: DashboardPage {
    let id: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(
            title: id, parent: .deliveries, section: .deliveries, command: "tidemill deliveries show \(id.shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let delivery = try request.ask(.getDelivery, ["id": .string(id)])
        func count(_ name: String) -> Int64 { delivery[name]?.integer ?? 0 }
        return [
            PanelSource("Delivery") { request in
                var facts = Facts()
                facts.add(
                    [
                        ("file", "name", .text), ("inbox", "inbox", .text), ("state", "state", .state),
                        ("why", "message", .text), ("received", "receivedAt", .time), ("ended", "finishedAt", .time),
                        ("bytes", "size", .number), ("same content as", "duplicateOf", .code),
                        ("kept as", "keptAs", .code),
                        ("voided by", "voided.actor", .text), ("because", "voided.reason", .text),
                    ], of: delivery, request.shown)
                facts.add(
                    "records",
                    Chart.outcomes(
                        applied: count("applied"), filtered: count("filtered"), duplicate: count("duplicate"),
                        rejected: count("rejected")))
                for name in ["applied", "filtered", "duplicate", "rejected"] {
                    facts.add(name, request.shown.value(delivery[name], .number))
                }
                return Panel(
                    title: "Delivery", body: facts.html,
                    link: Actions.links([(.voidDelivery, [("id", self.id)])], request))
            },
            PanelSource("Remarks") { request in
                var table = PageTable("Remarks", [.text("what"), .text("name"), .number("records"), .text("example")])
                for (filter, records) in delivery["filteredBy"]?.members ?? [:] {
                    table.add(["dropped by filter", .name(filter), "\(records.json)", Shown.none])
                }
                for remark in delivery["remarks"]?.items ?? [] {
                    table.add([
                        request.shown.value(remark["reason"], .text), request.shown.value(remark["name"], .text),
                        request.shown.value(remark["records"], .number), request.shown.value(remark["example"], .text),
                    ])
                }
                return Panel(title: "Remarks", body: table.isEmpty ? "<p class=\"note\">none</p>" : table.html)
            },
            PanelSource("Rejections") { request in
                var table = PageTable(
                    "Rejections", [.code("record"), .number("line"), .text("why"), .text("rule", minor: true)])
                for item in delivery["rejections"]?.items ?? [] {
                    let id = "\(self.id)#\(item["record"]?.json ?? "")"
                    table.add([
                        .link(["rejected", id], .code(item["record"]?.json ?? "")),
                        request.shown.value(item["line"], .number),
                        request.shown.value(item["message"], .text), request.shown.value(item["rule"], .text),
                    ])
                }
                return Panel(title: "Rejections", body: table.isEmpty ? "<p class=\"note\">none</p>" : table.html)
            },
        ]
    }
}

/// One run: because of what, what it asked and was answered.
struct RunPage: DashboardPage {
    let id: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: id, parent: .runs, section: .runs, command: "tidemill runs show \(id.shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let run = try request.ask(.getRun, ["id": .string(id)])
        return [
            PanelSource("Run") { request in
                var facts = Facts()
                if let name = run["name"]?.text { facts.add("job", .link(["jobs", name], .name(name))) }
                facts.add(
                    [
                        ("state", "state", .state), ("why", "message", .text), ("because", "trigger.kind", .text),
                        ("caused", "trigger.causedAt", .time), ("customer", "customerId", .text),
                        ("due", "scheduledAt", .time),
                        ("began", "startedAt", .time), ("ended", "endedAt", .time), ("attempt", "attempt", .number),
                        ("failures", "failures", .number),
                    ], of: run, request.shown)
                if let version = run["scriptVersion"]?.text {
                    facts.add("scripts", .link(["scripts", version], .code(String(version.prefix(12)))))
                }
                return Panel(
                    title: "Run", body: "\(facts.html)\(Folded.html(run.member("trigger.event"), "the event"))",
                    link: Actions.links([(.retryRun, [("id", self.id)]), (.cancelRun, [("id", self.id)])], request))
            },
            PanelSource("Journal") { request in
                var table = PageTable(
                    "Journal",
                    [.number("step"), .text("call"), .text("with"), .text("answer"), .time("at", minor: true)])
                for step in run["journal"]?.items ?? [] {
                    let name = step["name"]?.text ?? ""
                    table.add([
                        "\(step["number"]?.json ?? "")", step["isWrite"] == true ? "<b>\(name)</b>" : "\(name)",
                        Folded.short(step["arguments"]),
                        step["error"]?.isNull == false
                            ? "\(Mark.fail.html()) \(Folded.short(step["error"]))" : Folded.short(step["answer"]),
                        request.shown.value(step["at"], .time),
                    ])
                }
                return Panel(
                    title: "Journal", note: "bold steps changed something",
                    body: table.isEmpty ? "<p class=\"note\">no step was taken</p>" : table.html)
            },
            PanelSource("Attempts") { request in
                var table = PageTable(
                    "Attempts", [.number("attempt"), .time("began"), .state("outcome"), .text("why")])
                for attempt in run["attempts"]?.items ?? [] {
                    table.add([
                        "\(attempt["attempt"]?.json ?? "")", request.shown.value(attempt["startedAt"], .time),
                        request.shown.value(attempt["outcome"], .state), request.shown.value(attempt["message"], .text),
                    ])
                }
                return Panel(
                    title: "Attempts", body: table.isEmpty ? "<p class=\"note\">none ended yet</p>" : table.html)
            },
            PanelSource("Result") { _ in Panel(title: "Result", body: Folded.html(run["result"])) },
        ]
    }
}

/// All jobs and rules, and their runs over time.
struct JobsPage: DashboardPage {
    func frame(_ request: PageRequest) -> PageFrame { ListPage.jobs.frame(request) }
    var exported: ListPage? { .jobs }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        [PanelSource("Jobs") { try ListPage.jobs.panel($0) }, PanelSource("Runs") { try JobTimeline.panel($0) }]
    }
}

/// One job or grant rule with its runs.
struct JobPage: DashboardPage {
    let name: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: name, parent: .jobs, section: .jobs, command: "tidemill runs --job \(name.shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let jobs = try request.ask(.listJobs).items ?? []
        guard let job = jobs.first(where: { $0["name"]?.text == name }) else { throw PageFailure.missing("job", name) }
        return [
            PanelSource("Job") { request in
                var facts = Facts()
                facts.add(
                    [
                        ("kind", "kind", .text), ("declared", "place", .code), ("starts", "starts", .text),
                        ("next", "next", .time),
                        ("waiting", "waiting", .number), ("failures in a row", "failing", .number),
                        ("why", "lastError.message", .text), ("next try", "nextTry", .time),
                        ("paused", "paused", .text),
                    ], of: job, request.shown)
                let isPaused = job["paused"]?.isNull == false
                let pausing: [(String, String)] = [("target", "job"), ("job", self.name)]
                return Panel(
                    title: "Job", body: facts.html,
                    link: Actions.links(
                        [(.fireJob, [("job", self.name)]), (isPaused ? .resume : .pause, pausing)], request))
            },
            PanelSource("Over time") { try JobTimeline.panel($0, only: self.name) },
            PanelSource("Runs") { request in
                var runs = ListPage.runs
                runs.fixed = ["job": .string(self.name)]
                return try runs.panel(request)
            },
        ]
    }
}

/// One invoice with its lines.
struct InvoicePage: DashboardPage {
    let id: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(
            title: id, parent: .customers, section: .customers, command: "tidemill invoices show \(id.shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let answer = try request.ask(.getInvoice, ["id": .string(id)])
        let invoice = try CustomerInvoice.shape.decode(answer, as: "an invoice")
        return [
            PanelSource("Invoice") { request in
                var facts = Facts()
                let customer = invoice.customerID.text
                facts.add("customer", .link(["customers", customer], .name(customer)))
                facts.add(
                    [
                        ("number", "invoiceNumber", .text), ("state", "state", .state), ("because of", "cause", .text),
                        ("made", "createdAt", .time), ("final after", "finalAfter", .time),
                        ("issued", "issueDate", .time),
                        ("paid", "paidDate", .time), ("voided", "canceledAt", .time), ("reason", "reason", .text),
                        ("problem", "problem", .text),
                    ], of: answer, request.shown)
                return Panel(title: "Invoice", body: facts.html)
            },
            PanelSource("Lines") { request in
                let currency = invoice.currency
                var table = PageTable(
                    "Lines",
                    [
                        .text("line"), .number("quantity"), .number("at"), .number("amount"),
                        .time("from", minor: true), .time("to", minor: true),
                    ])
                for line in invoice.lineItems {
                    table.add([
                        .name(line.description), "\(Figures.grouped(line.quantity.description))",
                        "\(line.unitPrice.description)",
                        "\(line.amount.shown(in: currency))", request.shown.time(line.window?.start),
                        request.shown.time(line.window?.end),
                    ])
                }
                func sum(_ name: HTML, _ amount: Amount) {
                    table.add([name, .empty, .empty, "\(amount.shown(in: currency))", .empty, .empty])
                }
                for discount in invoice.discounts { sum(.name(discount.description), .zero - discount.amount) }
                if invoice.tax != .zero { sum("tax", invoice.tax) }
                if invoice.creditUsed != .zero { sum("from the account", .zero - invoice.creditUsed) }
                if invoice.creditAdded != .zero { sum("to the account", invoice.creditAdded) }
                sum("<b>\(currency.uppercased()) to pay</b>", invoice.total)
                return Panel(title: "Lines", body: table.html)
            },
        ]
    }
}
