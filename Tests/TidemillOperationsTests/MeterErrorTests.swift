import Testing
import TidemillCore
import TidemillOperations

struct MeterErrorTests {
    private func message(_ meter: Payload) -> String {
        do throws(OperationError) {
            _ = try Meter.shape.decode(meter, as: "meter")
            return "accepted"
        } catch {
            return error.message
        }
    }

    private func condition(_ condition: Payload) -> Payload {
        ["aggregation": ["function": "COUNT"], "filters": [["conditions": [condition]]]]
    }

    @Test(arguments: ["SUM", "MAX", "MIN", "AVG", "UNIQUE"])
    func `a function over values needs its field`(function: String) {
        #expect(
            message(["aggregation": ["function": .string(function)]])
                == "meter: 'aggregation.field' is required for \(function): the dimension to take")
        #expect(message(["aggregation": ["function": .string(function), "field": "x"]]) == "accepted")
    }

    @Test func `COUNT takes no field`() {
        #expect(message(["aggregation": ["function": "COUNT"]]) == "accepted")
        #expect(
            message(["aggregation": ["function": "COUNT", "field": "x"]])
                == "meter: 'aggregation.field' must be left out for COUNT, which counts events")
    }

    @Test func `an operand must go with its operation`() {
        let place = "filters[0].conditions[0]"
        #expect(
            message(condition(["field": "x", "operation": "IS_NULL", "value": "1"]))
                == "meter: '\(place).value' must be left out for IS_NULL")
        #expect(
            message(condition(["field": "x", "operation": "EQUALS"]))
                == "meter: '\(place).value' is required for EQUALS")
        #expect(
            message(condition(["field": "x", "operation": "EQUALS", "value": "a", "values": ["b"]]))
                == "meter: '\(place).values' is for IN only; EQUALS takes 'value'")
        #expect(
            message(condition(["field": "x", "operation": "IN", "value": "a"]))
                == "meter: '\(place).value' must be left out for IN, which takes 'values'")
        #expect(message(condition(["field": "x", "operation": "IN"])) == "meter: '\(place).values' is required for IN")
        #expect(
            message(condition(["field": "x", "operation": "LESS_THAN", "value": "many"]))
                == "meter: '\(place).value' must be a decimal number for LESS_THAN, got \"many\"")
        #expect(message(condition(["field": "x", "operation": "LESS_THAN", "value": 5])) == "accepted")
        #expect(message(condition(["field": "x", "operation": "EQUALS", "value": true])) == "accepted")
    }

    @Test func `at most three dimensions are kept apart`() {
        #expect(
            message(["aggregation": ["function": "COUNT"], "groupBy": ["a", "b", "c", "d"]])
                == "meter: 'groupBy' must be a list of at most 3 dimensions, got 4")
        #expect(
            message(["aggregation": ["function": "COUNT"], "groupBy": ["a", "a"]])
                == "meter: 'groupBy' must be a list of different dimensions, got one twice")
    }

    @Test func `a dimension may be written with its prefix`() throws {
        let meter = try Meter.shape.decode(
            ["aggregation": ["function": "SUM", "field": "dimensions.tokens"]], as: "meter")
        #expect(meter.definition.aggregation.field == .dimension("tokens"))
        #expect(MeterDefinition.EventField("dimensions.eventName") == .dimension("eventName"))
        #expect(MeterDefinition.EventField.dimension("eventName").description == "dimensions.eventName")
    }

    @Test(
        arguments: [
            (
                ["featureType": "BOOLEAN", "meter": ["aggregation": ["function": "COUNT"]]],
                "'meter' must be left out: a feature of type BOOLEAN is not metered"
            ),
            (["featureType": "ENUM"], "'enumConfiguration' is required for a feature of type ENUM"),
            (
                ["featureType": "NUMBER", "meterType": "None", "meter": ["aggregation": ["function": "COUNT"]]],
                "'meterType' must be INCREMENTAL or FLUCTUATING for a feature with a meter, got None"
            ),
        ] as [(TextMap<Payload>, String)])
    func `what is declared must go with the feature's type`(fields: TextMap<Payload>, rest: String) {
        let input = Payload.object(fields.merging(["id": "f", "displayName": "F"]) { old, _ in old })
        do {
            _ = try CreateFeature.Input.shape.decode(input, as: "createFeature")
            Issue.record("accepted")
        } catch {
            #expect(error.message == "createFeature: " + rest)
        }
    }
}
