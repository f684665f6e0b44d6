import TidemillCore
import TidemillOperations

/// The variables of a request, as the operation declares them (specification, section 6.1.2). Input types are not looked
/// into: the operation table knows their fields.
enum Variables {
    static func coerced(
        _ operation: OperationDefinition, _ given: TextMap<Payload>, _ schema: Schema
    ) throws(Problem) -> TextMap<Payload> {
        var values: TextMap<Payload> = [:]
        for variable in operation.variables {
            guard let value = given[variable.name] else {
                if let fallback = variable.fallback {
                    values[variable.name] = fallback.payload([:])
                } else if variable.type.isRequired {
                    throw Problem(
                        .variables,
                        "Variable \"$\(variable.name)\" of required type \"\(variable.type)\" was not provided.",
                        at: variable.location)
                }
                continue
            }
            if value.isNull, variable.type.isRequired {
                throw Problem(
                    .variables,
                    "Variable \"$\(variable.name)\" of non-null type \"\(variable.type)\" must not be null.",
                    at: variable.location)
            }
            try check(value, variable.type, "$\(variable.name)", variable, schema)
            values[variable.name] = value
        }
        return values
    }

    private static func check(
        _ value: Payload, _ type: TypeReference, _ place: String, _ variable: VariableDefinition, _ schema: Schema
    ) throws(Problem) {
        if value.isNull {
            guard type.isRequired else { return }
            throw problem("Expected non-nullable type \"\(type)\" not to be null", place, variable)
        }
        if let item = type.items {
            // One value stands for a list of it.
            guard case .array(let items) = value else { return try check(value, item, place, variable, schema) }
            for (index, value) in items.enumerated() { try check(value, item, "\(place)[\(index)]", variable, schema) }
            return
        }
        let isFit =
            switch type.name {
            case "String", "UUID", "DateTime", "Currency", "ConnectionCursor": value.text != nil
            case "ID": value.idText != nil
            case "Boolean": if case .boolean = value { true } else { false }
            case "Int": if case .integer(let number) = value { Int32(exactly: number) != nil } else { false }
            case "Float": if case .integer = value { true } else if case .number = value { true } else { false }
            case "JSON": true
            case let name where schema.enums[name] != nil: value.text != nil
            default: if case .object = value { true } else { schema.inputs[type.name] == nil && value.text != nil }
            }
        guard isFit else { throw problem("\(type.name) cannot represent \(value.kind)", place, variable) }
    }

    private static func problem(_ message: String, _ place: String, _ variable: VariableDefinition) -> Problem {
        Problem(
            .variables, "Variable \"$\(variable.name)\" got an invalid value at \"\(place)\"; \(message).",
            at: variable.location)
    }
}
