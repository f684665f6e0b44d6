import TidemillCore
import TidemillOperations

/// The API as an OpenAPI 3.1 document, made from the operation table.
public enum OpenAPI {
    static let document: [UInt8] = Array(text.utf8)

    /// The document as it is served and committed.
    public static let text: String = payload.prettyJSON + "\n"

    private static var payload: Payload {
        var paths: [String: TextMap<Payload>] = [:]
        for route in RouteTable().all {
            guard case .operations(let rows) = route.target else { continue }
            paths[route.template, default: [:]][route.method.lowercased()] = operation(rows, route.template)
        }
        let bulk = OperationTable.row(.reportUsageBulk)
        paths["/api/v1/usage", default: [:]]["post"] = firstUsage(bulk)
        for row in OperationTable.rows {
            paths["/operations/\(row.id.rawValue)", default: [:]]["post"] = named(row)
        }
        for (path, summary) in [
            ("/livez", "Whether the process answers."), ("/readyz", "Whether the worker does its work."),
        ] {
            paths[path, default: [:]]["get"] = [
                "summary": .string(summary), "security": [],
                "responses": [
                    "200": jsonAnswer("Yes.", ["type": "object"]), "503": jsonAnswer("No.", ["type": "object"]),
                ],
            ]
        }
        var shared = SharedSchemas()
        let apart = paths.sorted { $0.key < $1.key }.map { ($0.key, shared.taken(from: .object($0.value))) }
        var schemas = shared.schemas
        schemas["Error"] = [
            "type": "object", "required": ["message", "code"],
            "properties": ["message": ["type": "string"], "code": ["type": "string"]],
        ]
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Tidemill", "version": "1",
                "description":
                    "The operation table by HTTP. Answers of /api come in an envelope, those of /operations bare.",
            ],
            "security": [["key": []], ["bearer": []]],
            "paths": .object(Dictionary(uniqueKeysWithValues: apart)),
            "components": [
                "securitySchemes": [
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-KEY"],
                    "bearer": ["type": "http", "scheme": "bearer"],
                ],
                "schemas": .object(schemas),
            ],
        ]
    }

    // MARK: - Operations

    private static func operation(_ rows: [OperationRow], _ template: String) -> Payload {
        let row = rows[0]
        let names = template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
        var parameters = names.map { name -> Payload in
            let field = row.input.first { $0.name == name }
            return [
                "name": .string(name), "in": "path", "required": true,
                "schema": field.map { FieldSchema.schema($0, nulls: false) } ?? ["type": "string"],
            ]
        }
        let rest = row.input.filter { !names.contains($0.name) }
        var members: TextMap<Payload> = [
            "operationId": .string(row.id.rawValue), "summary": .string(row.summary),
        ]
        if row.route.method == .get {
            parameters += rest.map { field in
                var parameter: TextMap<Payload> = [
                    "name": .string(field.name), "in": "query", "required": .boolean(field.isRequired),
                    "description": .string(field.about), "schema": FieldSchema.schema(field, nulls: false),
                ]
                if !field.fields.isEmpty || field.type.hasPrefix("map of") {
                    parameter["style"] = "deepObject"
                    parameter["explode"] = true
                } else if field.takesList {
                    parameter["style"] = "form"
                    parameter["explode"] = false
                }
                return .object(parameter)
            }
        } else if !rest.isEmpty {
            let bodies = rows.map { row in
                FieldSchema.object(row.input.filter { !names.contains($0.name) }, nulls: false)
            }
            members["requestBody"] = body(
                bodies.count == 1 ? bodies[0] : ["anyOf": .array(bodies)],
                isRequired: rest.contains(where: \.isRequired))
        }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        let answers = rows.map { Self.answer($0, Envelope($0)) }
        members["responses"] = responses(answers.count == 1 ? answers[0] : ["anyOf": .array(answers)], row)
        return .object(members)
    }

    private static func firstUsage(_ row: OperationRow) -> Payload {
        [
            "operationId": "reportUsageV1", "summary": "As reportUsageBulk, with the wallet in each measurement.",
            "deprecated": true, "requestBody": body(FieldSchema.object(row.input, nulls: false), isRequired: true),
            "responses": responses(
                ["type": "object", "required": ["data"], "properties": ["data": ["type": "array"]]], row),
        ]
    }

    private static func named(_ row: OperationRow) -> Payload {
        let answer = FieldSchema.object(row.output, nulls: true)
        return [
            "operationId": .string("operation-\(row.id.rawValue)"), "summary": .string(row.summary),
            "requestBody": body(
                FieldSchema.object(row.input, nulls: false), isRequired: row.input.contains(where: \.isRequired)),
            "responses": responses(row.answersList ? ["type": "array", "items": answer] : answer, row),
        ]
    }

    private static func answer(_ row: OperationRow, _ envelope: Envelope) -> Payload {
        let object = FieldSchema.object(row.output, nulls: true)
        switch envelope {
        case .bare: return object
        case .data, .firstUsage:
            let data: Payload = row.answersList ? ["type": "array", "items": object] : object
            return ["type": "object", "required": ["data"], "properties": ["data": data]]
        }
    }

    // MARK: - Parts

    private static func body(_ schema: Payload, isRequired: Bool) -> Payload {
        ["required": .boolean(isRequired), "content": ["application/json": ["schema": schema]]]
    }

    private static func jsonAnswer(_ what: String, _ schema: Payload) -> Payload {
        ["description": .string(what), "content": ["application/json": ["schema": schema]]]
    }

    private static func responses(_ success: Payload, _ row: OperationRow) -> Payload {
        let error: Payload = ["$ref": "#/components/schemas/Error"]
        var answers: TextMap<Payload> = ["200": jsonAnswer("What it came to.", success)]
        let statuses = Set(row.errors.map(\.status) + [400, 401, 403, 404, 413, 429, 500, 503, 501])
        for status in statuses.sorted() {
            let codes = row.errors.filter { $0.status == status }.map(\.rawValue).sorted()
            let words = codes.isEmpty ? "Refused." : "Refused: \(codes.joined(separator: ", "))."
            answers["\(status)"] = jsonAnswer(words, error)
        }
        return .object(answers)
    }
}
