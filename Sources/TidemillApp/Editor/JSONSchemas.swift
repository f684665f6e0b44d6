import TidemillCore
import TidemillOperations
import TidemillServer

/// What the program reads and writes beside its API, as JSON Schemas 2020-12.
enum JSONSchemas {
    static func files() throws -> [ProjectTemplate.File] {
        [
            ("config", try config()), ("records", records), ("result", result), ("error", error),
        ].map { name, schema in
            ProjectTemplate.File(name: "\(name).schema.json", text: schema.prettyJSON + "\n")
        }
    }

    private static func schema(_ title: String, _ members: TextMap<Payload>) -> Payload {
        .object(
            members.merging(["$schema": "https://json-schema.org/draft/2020-12/schema", "title": .string(title)]) { $1 }
        )
    }

    private static func object(_ fields: [FieldDescription], nulls: Bool) -> TextMap<Payload> {
        guard case .object(let members) = FieldSchema.object(fields, nulls: nulls) else { return [:] }
        return members
    }

    // MARK: - config.toml

    private static func config() throws -> Payload {
        var tables = ConfigTables()
        for key in try ConfigKey.all() { tables.add(key, at: key.sections[...]) }
        return schema("Tidemill's configuration", tables.members)
    }

    private struct ConfigTables {
        var keys: TextMap<Payload> = [:]
        var tables: TextMap<ConfigTables> = [:]
        var isList = false

        mutating func add(_ key: ConfigKey, at sections: ArraySlice<(name: String, isList: Bool)>) {
            guard let section = sections.first else {
                keys[key.name] = key.schema
                return
            }
            var table = tables[section.name] ?? ConfigTables()
            table.isList = section.isList
            table.add(key, at: sections.dropFirst())
            tables[section.name] = table
        }

        var members: TextMap<Payload> {
            let inner = tables.mapValues { table -> Payload in
                table.isList ? ["type": "array", "items": .object(table.members)] : .object(table.members)
            }
            return [
                "type": "object", "additionalProperties": false, "properties": .object(keys.merging(inner) { $1 }),
            ]
        }
    }

    // MARK: - Records and what comes of them

    private static var records: Payload {
        let event = ReportEvent.Input.shape.fields.first { $0.name == "events" }?.fields ?? []
        func record(_ what: String, _ fields: [FieldDescription], required: [String]) -> Payload {
            var members = object(fields, nulls: false)
            members["description"] = .string(what)
            members["required"] = .array(required.map { .string($0) })
            return .object(members)
        }
        let operations = OperationTable.rows.filter { $0.audience == .client }.map { Payload.string($0.id.rawValue) }
        let webhook: Payload = [
            "description": "A webhook: it starts the jobs and grant rules that are on its type.", "type": "object",
            "required": ["type"],
            "properties": ["type": ["type": "string", "minLength": 1], "messageId": ["type": ["string", "integer"]]],
        ]
        let fields: Payload = [
            "operation": ["enum": .array(operations)], "input": ["type": "object"],
            "idempotencyKey": ["type": "string", "minLength": 1, "maxLength": 255],
        ]
        let operation: Payload = [
            "description": "An operation, where the inbox accepts them.", "type": "object",
            "required": ["operation", "input"], "additionalProperties": false, "properties": fields,
        ]
        let kinds: [Payload] = [
            record(
                "An event: meters of the catalog turn it into usage.", event, required: ["customerId", "eventName"]),
            record(
                "A usage report: what somebody else has added up.", UsageReport.shape.fields,
                required: ["customerId", "featureId", "value"]), webhook, operation,
        ]
        let record: Payload = ["anyOf": .array(kinds)]
        let several: Payload = [
            "description": "Several records: a file that is one JSON array.", "type": "array",
            "items": ["$ref": "#/$defs/record"],
        ]
        return schema(
            "A record of a delivery, or the array of them that a file is",
            ["$defs": ["record": record], "anyOf": [["$ref": "#/$defs/record"], several]])
    }

    private static var result: Payload {
        let fields = DeliveryEntry.shape.fields.filter { !["answers", "rejections"].contains($0.name) }
        var members = object(fields, nulls: true)
        if case .object(var properties)? = members["properties"] {
            properties["answers"] = listed(
                ["record": ["type": "integer"], "answer": ["type": "object"]], ["record", "answer"])
            properties["rejections"] = listed(
                [
                    "record": ["type": "integer"], "line": ["type": "integer"], "kind": ["type": "string"],
                    "code": ["type": "string"], "message": ["type": "string"], "rule": ["type": "string"],
                ], ["record", "line", "kind", "code", "message"])
            properties["unreadBytes"] = ["type": "integer", "description": "Written to the file after it was taken."]
            members["properties"] = .object(properties)
        }
        return schema("What became of a delivery: NAME.result.json, NAME.error.json", members)
    }

    private static func listed(_ properties: Payload, _ required: Payload) -> Payload {
        ["type": "array", "items": ["type": "object", "required": required, "properties": properties]]
    }

    /// As `CommandFailure` prints it.
    private static var error: Payload {
        let text: Payload = ["type": "string"]
        let problem: Payload = [
            "type": "object", "required": ["message"],
            "properties": [
                "code": text, "file": text, "line": ["type": "integer"], "message": text, "hint": text,
            ],
        ]
        let members: Payload = ["code": text, "message": text, "problems": ["type": "array", "items": problem]]
        let failure: Payload = [
            "type": "object", "required": ["code", "message"], "additionalProperties": false, "properties": members,
        ]
        return schema(
            "What --json prints of a command that failed",
            ["type": "object", "required": ["error"], "properties": ["error": failure]])
    }
}
