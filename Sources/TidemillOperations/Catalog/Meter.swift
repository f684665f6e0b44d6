public import TidemillCore

/// A meter as it is written in calls and in the scripts' catalog.
public struct Meter: Shaped, Hashable {
    public var aggregation: MeterAggregation
    public var filters: [MeterFilter]
    public var groupBy: [String]

    public init(aggregation: MeterAggregation, filters: [MeterFilter] = [], groupBy: [String] = []) {
        self.aggregation = aggregation
        self.filters = filters
        self.groupBy = groupBy
    }

    public static let shape = Shape(
        required("aggregation", \.aggregation, .object("aggregation"), "What is computed of the events that count."),
        defaulted(
            "filters", \.filters, .list(of: .object("filter"), "filters", 0...100), to: [],
            "Which events count: those that pass any of the filters."),
        defaulted(
            "groupBy", \.groupBy, .list(of: .text(1...255), "dimensions", 0...MeterDefinition.groupByMax), to: [],
            "Dimensions to keep apart as events arrive, for fast grouped answers."),
        make: Self.init
    ) { (meter, path) throws(InputProblem) in
        guard Set(meter.groupBy.map { ByteText($0) }).count == meter.groupBy.count else {
            throw .expected("a list of different dimensions", at: path.member("groupBy"), got: "one twice")
        }
    }

    /// The meter as the engine counts with it.
    public var definition: MeterDefinition {
        MeterDefinition(
            aggregation: .init(aggregation.function, of: aggregation.field.map(MeterDefinition.EventField.init)),
            filters: filters.map { filter in
                filter.conditions.map { condition in
                    MeterDefinition.Condition(
                        MeterDefinition.EventField(condition.field), condition.operation, value: condition.value,
                        values: condition.values ?? [])
                }
            },
            groupBy: groupBy)
    }

    public init(_ definition: MeterDefinition) {
        aggregation = MeterAggregation(
            function: definition.aggregation.function, field: definition.aggregation.field?.description)
        filters = definition.filters.map { conditions in
            MeterFilter(
                conditions: conditions.map { condition in
                    MeterCondition(
                        field: condition.field.description, operation: condition.operation, value: condition.value,
                        values: condition.values.isEmpty ? nil : condition.values)
                })
        }
        groupBy = definition.groupBy
    }
}

public struct MeterAggregation: Shaped, Hashable {
    public var function: MeterDefinition.Function
    public var field: String?

    public static let shape = Shape(
        required("function", \.function, .choice, "The function."),
        optional("field", \.field, .meterField, "The dimension that it takes; COUNT takes none."),
        make: Self.init
    ) { (aggregation, path) throws(InputProblem) in
        let function = aggregation.function
        guard function.needsField == (aggregation.field != nil) else {
            let field = path.member("field")
            throw InputProblem([
                function.needsField
                    ? "'\(field)' is required for \(function.rawValue): the dimension to take"
                    : "'\(field)' must be left out for \(function.rawValue), which counts events"
            ])
        }
    }
}

public struct MeterFilter: Shaped, Hashable {
    public var conditions: [MeterCondition]

    public static let shape = Shape(
        required(
            "conditions", \.conditions, .list(of: .object("condition"), "conditions", 1...100), "All of them must hold."
        ),
        make: Self.init)
}

public struct MeterCondition: Shaped, Hashable {
    public var field: String
    public var operation: MeterDefinition.Operation
    public var value: String?
    public var values: [String]?

    public static let shape = Shape(
        required("field", \.field, .meterField, "eventName, customerId, resourceId, or a dimension."),
        required("operation", \.operation, .choice, "The test."),
        optional("value", \.value, .operand, "What the field is compared with."),
        optional("values", \.values, .list(of: .operand, "values", 1...1000), "What the field is compared with by IN."),
        make: Self.init
    ) { (condition, path) throws(InputProblem) in
        let name = condition.operation.rawValue
        let (value, values) = (path.member("value"), path.member("values"))
        switch condition.operation.operand {
        case .none:
            if condition.value != nil { throw InputProblem(["'\(value)' must be left out for \(name)"]) }
            if condition.values != nil { throw InputProblem(["'\(values)' must be left out for \(name)"]) }
        case .one:
            guard let operand = condition.value else { throw InputProblem(["'\(value)' is required for \(name)"]) }
            if condition.values != nil { throw InputProblem(["'\(values)' is for IN only; \(name) takes 'value'"]) }
            if condition.operation.comparesOrder, Amount(operand) == nil {
                throw .expected("a decimal number for \(name)", at: value, got: InputProblem.shown(operand))
            }
        case .list:
            if condition.value != nil {
                throw InputProblem(["'\(value)' must be left out for \(name), which takes 'values'"])
            }
            if condition.values == nil { throw InputProblem(["'\(values)' is required for \(name)"]) }
        }
    }
}

extension MeterDefinition.Function: WireEnum {}
extension MeterDefinition.Operation: WireEnum {
    /// Ordering compares as numbers, so that its operand must be one.
    var comparesOrder: Bool {
        switch self {
        case .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual: true
        case .equals, .notEquals, .isNull, .isNotNull, .contains, .startsWith, .endsWith, .in: false
        }
    }
}

extension FieldKind where Value == String {
    fileprivate static var meterField: FieldKind { .text(1...255) }

    /// Text on the wire whatever it is compared with; scripts may write the number or boolean itself.
    fileprivate static var operand: FieldKind {
        let expected = "a text, a number or a boolean"
        let text = FieldKind<String>.text(max: 4096)
        return FieldKind(
            expected: expected, type: "text, number or boolean",
            decode: { (payload, path) throws(InputProblem) in
                switch payload {
                case .integer(let value): String(value)
                case .number(let digits): Amount(digits)?.description ?? digits
                case .boolean(let value): value ? "true" : "false"
                case .string: try text.decode(payload, path)
                case .null, .array, .object: throw .expected(expected, at: path, got: payload.kind)
                }
            },
            encode: { value, _ in .string(value) })
    }
}
