public import TidemillCore

extension MeterDefinition {
    /// The meter in its wire shape, as the store keeps it.
    public var payload: Payload {
        var aggregation: TextMap<Payload> = ["function": .string(self.aggregation.function.rawValue)]
        if let field = self.aggregation.field { aggregation["field"] = .string(field.description) }
        var members: TextMap<Payload> = ["aggregation": .object(aggregation)]
        if !filters.isEmpty {
            members["filters"] = .array(filters.map { ["conditions": .array($0.map(\.payload))] })
        }
        if !groupBy.isEmpty { members["groupBy"] = .array(groupBy.map(Payload.string)) }
        return .object(members)
    }

    /// Reads what `payload` wrote. Input from outside is checked field by field before it comes to this.
    public init(stored payload: Payload) throws(Payload.JSONError) {
        func damaged(_ what: String) -> Payload.JSONError {
            Payload.JSONError(description: "a stored meter has no \(what)")
        }
        guard let function = payload["aggregation"]?["function"]?.text.flatMap(Function.init(rawValue:)) else {
            throw damaged("aggregation function")
        }
        let field = payload["aggregation"]?["field"]?.text.map { EventField($0) }
        var filters: [[Condition]] = []
        for filter in payload["filters"]?.items ?? [] {
            var conditions: [Condition] = []
            for condition in filter["conditions"]?.items ?? [] {
                guard let field = condition["field"]?.text,
                    let operation = condition["operation"]?.text.flatMap(Operation.init(rawValue:))
                else { throw damaged("field or operation in a condition") }
                conditions.append(
                    Condition(
                        EventField(field), operation, value: condition["value"]?.text,
                        values: (condition["values"]?.items ?? []).compactMap(\.text)))
            }
            filters.append(conditions)
        }
        self.init(
            aggregation: Aggregation(function, of: field), filters: filters,
            groupBy: (payload["groupBy"]?.items ?? []).compactMap(\.text))
    }
}

extension MeterDefinition.Condition {
    fileprivate var payload: Payload {
        var members: TextMap<Payload> = [
            "field": .string(field.description), "operation": .string(operation.rawValue),
        ]
        if let value { members["value"] = .string(value) }
        if !values.isEmpty { members["values"] = .array(values.map(Payload.string)) }
        return .object(members)
    }
}
