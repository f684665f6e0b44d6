import TidemillOperations

extension ListPage {
    private static func page(_ section: String, _ member: String) -> @Sendable (Payload) -> [String]? {
        { item in item.member(member)?.text.map { [section, $0] } }
    }

    /// By the first segment of their paths.
    static let all: [String: ListPage] = [
        "customers": customers, "deliveries": deliveries, "runs": runs, "recharges": recharges, "scripts": scripts,
        "audit": audit, "events": events,
    ]

    static let customers = ListPage(
        section: .customers, operation: .listCustomers, filters: ["email", "name"],
        columns: [
            Column(.text("customer"), "id", link: page("customers", "id")), Column(.text("name"), "name"),
            Column(.text("e-mail", minor: true), "email"), Column(.time("since", minor: true), "createdAt"),
            Column(.time("archived", minor: true), "archivedAt"),
        ], command: "tidemill call listCustomers",
        empty: "No customer yet: <code>tidemill call provisionCustomer</code>, a job, or a delivery makes one.")

    static let deliveries = ListPage(
        section: .deliveries, operation: .listDeliveries, filters: ["state"],
        columns: [
            Column(.text("file"), "name", link: page("deliveries", "delivery")),
            Column(.time("received"), "receivedAt"),
            Column(.number("applied"), "applied"), Column(.number("filtered", minor: true), "filtered"),
            Column(.number("duplicate", minor: true), "duplicate"), Column(.number("rejected"), "rejected"),
            Column(.state("state"), "state"), Column(.text("why", minor: true), "message"),
        ], command: "tidemill deliveries",
        empty: "Nothing has arrived: put a file into an inbox of the spool, or run <code>tidemill ingest FILE</code>.")

    static let jobs = ListPage(
        section: .jobs, operation: .listJobs,
        columns: [
            Column(.text("name"), "name", link: page("jobs", "name")), Column(.text("kind", minor: true), "kind"),
            Column(.text("starts"), "starts"), Column(.time("next"), "next"),
            Column(.time("last"), "last.startedAt"), Column(.state("ended"), "last.state"),
            Column(.number("failing"), "failing"), Column(.text("why", minor: true), "lastError.message"),
            Column(.text("paused", minor: true), "paused"),
        ], command: "tidemill jobs", empty: "No job yet: declare one with <code>job { … }</code> in a script.")

    static let runs = ListPage(
        section: .runs, operation: .listRuns, filters: ["job", "state", "customerId"],
        columns: [
            Column(.text("name"), "name", link: page("runs", "id")), Column(.code("run", minor: true), "id"),
            Column(.time("due"), "scheduledAt"), Column(.text("because", minor: true), "trigger.kind"),
            Column(.text("customer", minor: true), "customerId", link: page("customers", "customerId")),
            Column(.number("attempt", minor: true), "attempt"), Column(.state("state"), "state"),
            Column(.text("why", minor: true), "message"),
        ], command: "tidemill runs", options: [("job", "--job"), ("state", "--state")],
        empty: "Nothing has run: jobs run by their schedules, webhooks start them.")

    static let recharges = ListPage(
        section: .recharges, operation: .listRecharges, filters: ["customerId", "result"],
        columns: [
            Column(.text("customer"), "customerId", link: page("customers", "customerId")), Column(.time("at"), "at"),
            Column(.text("currency", minor: true), "currencyId"), Column(.state("result"), "result"),
            Column(.number("credits"), "inputs.credits"), Column(.text("why"), "reason"),
            Column(.text("policy", minor: true), "policy"), Column(.number("times", minor: true), "times"),
        ], command: "tidemill recharges", options: [("customerId", "--customer"), ("result", "--result")],
        empty: "Nothing was decided about a recharge: <code>tidemill call saveAutoRecharge</code> switches one on.")

    static let scripts = ListPage(
        section: .scripts, operation: .listScriptVersions,
        columns: [
            Column(.code("version"), "version", link: page("scripts", "version")),
            Column(.time("since"), "createdAt"), Column(.state("state"), "state"),
        ], command: "tidemill call listScriptVersions",
        empty: "No scripts yet: they stand in the folder that <code>scripts.path</code> names.")

    static let audit = ListPage(
        section: .audit, operation: .listAudit, filters: ["customerId", "action"],
        columns: [
            Column(.text("what"), "action"), Column(.time("at"), "at"),
            Column(.text("customer"), "customerId", link: page("customers", "customerId")),
            Column(.text("by"), "actorKind"), Column(.text("who", minor: true), "actor"),
            Column(.text("why"), "reason"),
        ], command: "tidemill audit", options: [("customerId", "--customer"), ("action", "--action")],
        empty: "Nothing was changed yet.")

    static let events = ListPage(
        section: .customers, operation: .listEvents, filters: ["customerId", "idempotencyKey", "from", "to"],
        columns: [
            Column(.text("event"), "event.eventName"), Column(.time("received"), "receivedAt"),
            Column(.time("timestamp"), "event.timestamp"), Column(.text("key", minor: true), "event.idempotencyKey"),
            Column(.state("outcome"), "outcome"), Column(.text("rule", minor: true), "rule"),
            Column(.text("why"), "reason"),
            // Calls bring events too, and have no page.
            Column(.code("delivery", minor: true), "delivery") { item in
                item["delivery"]?.text.flatMap(PagePath.delivery)
            },
        ], command: "tidemill events",
        options: [
            ("customerId", "--customer"), ("idempotencyKey", "--key"), ("from", "--from"), ("to", "--to"),
        ],
        empty: "No event matches: events are asked for by customer, <code>/events?customerId=ID</code>.")
}
