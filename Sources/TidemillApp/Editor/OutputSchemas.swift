import TidemillCore
import TidemillOperations
import TidemillServer

/// What `--json` prints of each command, as JSON Schemas: where a command asks an operation, what the table says that it
/// answers.
enum OutputSchemas {
    /// What a command prints.
    indirect enum Printed: Sendable {
        /// An operation's answer.
        case answer(OperationID)
        /// The items of a list in an operation's answer.
        case items(OperationID, String)
        /// A value of the command's own.
        case value(Payload)
        /// By its options, one or the other.
        case either(Printed, Printed)
    }

    /// By the words that lead to each command.
    static let commands: [String: Printed] = [
        "run": .either(.either(.value(stopped), .value(totals)), .value(trial)), "serve": .value(stopped),
        "check": .value(check), "apply": .either(.answer(.getCatalogDifference), .answer(.applyCatalog)),
        "call": .value([:]), "operations": .either(.value(list(of: operation)), .value(operation)),
        "ingest": .value(list(of: delivery)), "usage": .items(.getUsage, "data"),
        "customer": .answer(.getCustomerOverview),
        "deliveries list": .items(.listDeliveries, "data"), "deliveries show": .answer(.getDelivery),
        "deliveries void": .answer(.voidDelivery), "deliveries fail": .answer(.failDelivery),
        "reprocess events": .answer(.reprocessEvents), "reprocess list": .items(.listReprocesses, "data"),
        "reprocess show": .answer(.getReprocess), "events": .items(.listEvents, "data"),
        "rejected list": .either(.items(.listRejected, "data"), .items(.listRejected, "groups")),
        "rejected show": .value(item(.listRejected, "data")), "rejected retry": .answer(.retryRejected),
        "rejected drop": .answer(.dropRejected), "status": .answer(.getStatus),
        "explain": .either(.value(list(of: attention)), .value(attention)), "jobs": .answer(.listJobs),
        "limits": .answer(.listNearLimits), "wallets": .answer(.listLowWallets),
        "fire": .either(.answer(.getRun), .value(trial)), "runs list": .items(.listRuns, "data"),
        "runs show": .answer(.getRun), "runs retry": .answer(.retryRun), "runs cancel": .answer(.cancelRun),
        "runs resolve": .answer(.resolveRun),
        "recharges": .items(.listRecharges, "data"), "invoices list": .items(.listInvoices, "data"),
        "invoices show": .answer(.getInvoice), "invoices paid": .answer(.markInvoiceAsPaid),
        "invoices void": .answer(.voidInvoice), "invoices late list": .items(.listLateUsage, "data"),
        "invoices late accept": .answer(.decideLateUsage), "invoices late waive": .answer(.decideLateUsage),
        "pause": .answer(.pause), "resume": .answer(.resume), "verify": .answer(.verify),
        "audit": .items(.listAudit, "data"), "test": .value(list(of: test)),
        "schedule": .value(["type": "array", "items": ["type": "string", "format": "date-time"]]),
        "keys list": .answer(.listKeys), "keys add": .answer(.addKey), "keys revoke": .answer(.revokeKey),
        "keys link": .answer(.addLink), "dashboard": .answer(.addLink),
        "completions": .value(object(["shell": text, "script": text])), "complete": .value(list(of: text)),
        "backup": .value(object(["file": text, "bytes": whole])),
        "init": .value(object(["folder": text, "files": list(of: text), "foreignScripts": list(of: text)])),
        "demo": .value(
            object([
                "folder": text, "customers": whole, "deliveries": whole, "records": whole, "applied": whole,
                "filtered": whole, "duplicate": whole, "rejected": whole,
            ])),
        "trigger": .value(object(["file": text, "event": ["type": "object"]])),
        "stubs": .value(written), "schemas": .value(written), "reference": .value(written),
    ]

    static func files() -> [ProjectTemplate.File] {
        commands.keys.sorted().map { command in
            let schema: Payload = [
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": .string("What `tidemill \(command) --json` prints"),
            ]
            let name = command.replacing(" ", with: "-")
            return ProjectTemplate.File(
                name: "output/\(name).schema.json",
                text: schema.merging(self.schema(of: command)).prettyJSON + "\n")
        }
    }

    static func schema(of command: String) -> Payload { commands[command].map { schema(of: $0) } ?? [:] }

    private static func schema(of printed: Printed) -> Payload {
        switch printed {
        case .answer(let id):
            let row = OperationTable.row(id)
            let answer = FieldSchema.object(row.output, nulls: true)
            return row.answersList ? list(of: answer) : answer
        case .items(let id, let field): return list(of: item(id, field))
        case .value(let schema): return schema
        case .either(let one, let other): return ["anyOf": [schema(of: one), schema(of: other)]]
        }
    }

    private static func item(_ id: OperationID, _ field: String) -> Payload {
        FieldSchema.object(OperationTable.row(id).output.first { $0.name == field }?.fields ?? [], nulls: true)
    }

    // MARK: - Values that are no operation's

    private static let text: Payload = ["type": "string"]
    private static let whole: Payload = ["type": "integer"]
    private static let truth: Payload = ["type": "boolean"]

    private static func list(of item: Payload) -> Payload { ["type": "array", "items": item] }

    private static func object(_ properties: TextMap<Payload>, optional: TextMap<Payload> = [:]) -> Payload {
        [
            "type": "object", "required": .array(properties.keys.sorted().map { .string($0) }),
            "properties": .object(properties.merging(optional) { own, _ in own }),
        ]
    }

    private static let stopped = object(["stopped": truth])
    private static let written = object(["folder": text, "files": list(of: text)])
    private static let attention = object(["code": text, "meaning": text, "remedy": text])
    private static let message = object(
        ["message": text], optional: ["code": text, "file": text, "line": whole, "hint": text])
    private static let rule = object(["kind": text, "name": text, "file": text, "line": whole])
    private static let operation = object(
        ["operation": text, "effect": text, "summary": text, "audience": text, "route": text],
        optional: [
            "input": list(of: [:]), "output": list(of: [:]), "answersList": truth, "errors": list(of: text),
            "example": ["type": "object"], "missingOnStigg": list(of: text), "refusedOnStigg": list(of: text),
            "notOnStigg": text,
        ])
    private static let test = object(
        ["name": text, "file": text, "line": whole, "ok": truth, "milliseconds": whole],
        optional: ["message": text, "at": text])

    private static let check = object(
        ["ok": truth, "problems": list(of: message), "warnings": list(of: message)],
        optional: [
            "scriptVersion": text, "rules": list(of: rule), "waitsForApply": list(of: ["type": "object"]),
            "editedByCall": list(of: ["type": "object"]),
        ])

    private static let totals: Payload = {
        let counts = [
            "done", "failed", "held", "refused", "left", "grown", "unreadableInboxes", "records", "events", "applied",
            "filtered", "duplicate", "rejected", "differs", "late", "unrated", "no_job", "no_meter", "not_a_number",
            "unknown_customer", "unknown_field", "without_key",
        ]
        let parts: TextMap<Payload> = [
            "recharges": ["type": "object"], "filteredBy": ["type": "object"],
            "runs": object(["done": whole, "failed": whole, "stopped": whole]),
        ]
        let properties = TextMap(counts.map { ($0, whole) }) { first, _ in first }
        return object(properties.merging(parts) { own, _ in own }, optional: ["paused": text])
    }()

    /// A delivery, also one that was begun and is not done.
    private static let delivery: Payload = {
        let fields = FieldSchema.object(DeliveryEntry.shape.fields, nulls: true)
        guard case .object(var properties)? = fields["properties"] else { return fields }
        properties["state"] = text
        return ["type": "object", "required": ["state"], "properties": .object(properties)]
    }()

    /// What would have come of it: beside one run, or the totals of all that was due.
    private static let trial = object(
        [
            "dryRun": truth, "ledger": list(of: [:]), "creditGrants": list(of: [:]),
            "promotionalEntitlements": list(of: [:]), "charges": list(of: [:]), "recharges": list(of: [:]),
            "messages": list(of: [:]), "audit": list(of: [:]), "rejected": list(of: [:]), "runs": list(of: [:]),
            "cut": list(of: text),
        ], optional: ["run": ["type": "object"], "totals": totals])
}

extension Payload {
    fileprivate func merging(_ other: Payload) -> Payload {
        guard case .object(let own) = self, case .object(let more) = other else { return self }
        return .object(own.merging(more) { first, _ in first })
    }
}
