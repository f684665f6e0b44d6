import Testing
import TidemillCore
import TidemillOperations

/// The wording of input errors, family by family. People read these sentences: they are compared word for word.
struct InputErrorTests {
    private func message(_ input: Payload) -> String {
        do throws(OperationError) {
            _ = try ReportUsage.Input.shape.decode(input, as: "reportUsage")
            return "accepted"
        } catch {
            #expect(error.code == .badUserInput)
            return error.message
        }
    }

    private func report(_ changes: TextMap<Payload>) -> Payload {
        var members: TextMap<Payload> = ["customerId": "c", "featureId": "f", "value": 1]
        for (key, value) in changes { members[key] = value }
        return .object(members)
    }

    @Test func `a missing field is named with what it should hold`() {
        #expect(
            message(["customerId": "c", "featureId": "f"])
                == "reportUsage: 'value' is required: a number or a decimal string such as \"5.00\"")
        #expect(
            message(["featureId": "f", "value": 1])
                == "reportUsage: 'customerId' is required: a customer id such as \"customer-acme\"")
    }

    @Test func `null is told apart from a missing field`() {
        #expect(
            message(report(["value": .null]))
                == "reportUsage: 'value' must be a number or a decimal string such as \"5.00\", got null")
        #expect(message(report(["resourceId": .null])) == "accepted")
    }

    @Test(
        arguments: [
            ("value", Payload.boolean(true), "a number or a decimal string such as \"5.00\", got a boolean"),
            ("value", "five", "a number or a decimal string such as \"5.00\", got \"five\""),
            ("value", "", "a number or a decimal string such as \"5.00\", got \"\""),
            ("customerId", 7, "a customer id such as \"customer-acme\", got a number"),
            ("customerId", ["c"], "a customer id such as \"customer-acme\", got an array"),
            ("createdAt", 12, "a time such as \"2026-10-01T00:00:00Z\", got a number"),
            ("createdAt", "yesterday", "a time such as \"2026-10-01T00:00:00Z\", got \"yesterday\""),
            ("dimensions", "x", "a map of texts, numbers and booleans, got a string"),
        ] as [(String, Payload, String)])
    func `a value of the wrong type is named with what came`(field: String, value: Payload, rest: String) {
        #expect(message(report([field: value])) == "reportUsage: '\(field)' must be \(rest)")
    }

    @Test(arguments: [
        ("1234567890123456789", "more than 18 digits before the point"),
        ("1e999", "more than 18 digits before the point"),
        ("0.1234567891", "more than 9 digits after the point"),
    ])
    func `a number that is out of range says which bound it broke`(digits: String, why: String) {
        #expect(
            message(report(["value": .number(digits)]))
                == "reportUsage: 'value' must be a number of at most 18 digits before and 9 after the point, got \(why)"
        )
    }

    @Test func `an unknown field comes with a suggestion, or with what is known`() {
        #expect(
            message(report(["custmerId": "c"]))
                == "reportUsage: unknown field 'custmerId' (did you mean \"customerId\"?)")
        #expect(
            message(report(["zzzzzzzz": 1]))
                == "reportUsage: unknown field 'zzzzzzzz'; known: customerId, featureId, value, updateBehavior, resourceId, createdAt, idempotencyKey, dimensions"
        )
    }

    @Test func `a text that is too long or empty says how long it may be`() {
        #expect(
            message(report(["idempotencyKey": .string(String(repeating: "k", count: 256))]))
                == "reportUsage: 'idempotencyKey' must be text of 1 to 255 bytes, got 256 bytes")
        // Two bytes each: 255 characters are too many, 127 are not.
        #expect(
            message(report(["idempotencyKey": .string(String(repeating: "é", count: 255))]))
                == "reportUsage: 'idempotencyKey' must be text of 1 to 255 bytes, got 510 bytes")
        #expect(message(report(["idempotencyKey": .string(String(repeating: "é", count: 127))])) == "accepted")
        #expect(
            message(report(["idempotencyKey": ""]))
                == "reportUsage: 'idempotencyKey' must be text of 1 to 255 bytes, got an empty text")
    }

    @Test func `text with a NUL character is refused`() {
        #expect(
            message(report(["idempotencyKey": "a\u{0}b"]))
                == "reportUsage: 'idempotencyKey' must be text of 1 to 255 bytes, got a text with a NUL character")
    }

    @Test func `a choice lists its values and suggests the nearest`() {
        #expect(
            message(report(["updateBehavior": "DELAT"]))
                == "reportUsage: 'updateBehavior' must be one of DELTA, SET, got \"DELAT\" (did you mean \"DELTA\"?)")
        #expect(
            message(report(["updateBehavior": "multiply"]))
                == "reportUsage: 'updateBehavior' must be one of DELTA, SET, got \"multiply\"")
    }

    @Test(arguments: ["a b", "-acme", "acme/1", "ächme", "a\"b", "a'b;--"])
    func `a new id must follow the rule of ids`(id: String) {
        var quoted = ""
        Payload.quote(id, to: &quoted)
        let expected =
            "provisionCustomer: 'id' must be a customer id such as \"customer-acme\": 1 to 255 letters, digits or _ | . - @, beginning with a letter or digit, got \(quoted)"
        #expect(throws: OperationError.self) {
            _ = try ProvisionCustomer.Input.shape.decode(["id": .string(id)], as: "provisionCustomer")
        }
        do {
            _ = try ProvisionCustomer.Input.shape.decode(["id": .string(id)], as: "provisionCustomer")
        } catch {
            #expect(error.message == expected)
        }
    }

    @Test func `ids with every allowed sign are taken`() throws {
        let input = try ProvisionCustomer.Input.shape.decode(["id": "A1_b|c.d-e@f"], as: "provisionCustomer")
        #expect(input.id.text == "A1_b|c.d-e@f")
    }

    @Test func `all problems of an input are told at once`() {
        #expect(
            message(["featureId": 1, "vlaue": 2])
                == "reportUsage: unknown field 'vlaue' (did you mean \"value\"?); 'customerId' is required: a customer id such as \"customer-acme\"; 'featureId' must be a feature id such as \"feature-tokens\", got a number; 'value' is required: a number or a decimal string such as \"5.00\""
        )
    }

    @Test func `a hostile input gets a short answer`() {
        let strangers = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("zzzzzzzz\($0)", Payload.integer(1)) })
        let text = message(.object(strangers))
        #expect(text.hasSuffix("; and more"))
        #expect(text.utf8.count < 3000)
    }

    @Test func `an input that is no object is refused as a whole`() {
        #expect(message("hello") == "reportUsage: the input must be an object, got a string")
        #expect(message(.null) == "reportUsage: the input must be an object, got null")
    }

    @Test func `a problem in a list names the item`() {
        let input: Payload = ["usages": [["customerId": "c", "featureId": "f", "value": 1], ["customerId": "c"]]]
        do {
            _ = try ReportUsageBulk.Input.shape.decode(input, as: "reportUsageBulk")
            Issue.record("accepted")
        } catch {
            #expect(
                error.message
                    == "reportUsageBulk: 'usages[1].featureId' is required: a feature id such as \"feature-tokens\"; 'usages[1].value' is required: a number or a decimal string such as \"5.00\""
            )
        }
    }

    @Test(arguments: [(0, "none"), (101, "101")])
    func `a list has a least and a greatest length`(count: Int, got: String) {
        let report: Payload = ["customerId": "c", "featureId": "f", "value": 1]
        let input: Payload = ["usages": .array(Array(repeating: report, count: count))]
        do {
            _ = try ReportUsageBulk.Input.shape.decode(input, as: "reportUsageBulk")
            Issue.record("accepted")
        } catch {
            #expect(error.message == "reportUsageBulk: 'usages' must be a list of 1 to 100 usage reports, got \(got)")
        }
    }

    @Test(
        arguments: [(Payload.integer(0), "0"), (101, "101"), (.number("2.5"), "2.5"), ("ten", "a string")]
            as [(Payload, String)])
    func `a page has 1 to 100 items`(limit: Payload, got: String) {
        do {
            _ = try ListCustomers.Input.shape.decode(["limit": limit], as: "listCustomers")
            Issue.record("accepted")
        } catch {
            #expect(error.message == "listCustomers: 'limit' must be a whole number from 1 to 100, got \(got)")
        }
    }

    @Test func `control characters in a wrong value are escaped`() {
        #expect(
            message(report(["updateBehavior": "\u{1B}[31m"]))
                == "reportUsage: 'updateBehavior' must be one of DELTA, SET, got \"\\u001b[31m\"")
        #expect(message(report(["a\nb": 1])).hasPrefix("reportUsage: unknown field 'a\\nb'; known: "))
    }

    @Test func `a time zone must be one of the calendar's`() throws {
        _ = try ProvisionCustomer.Input.shape.decode(["id": "c", "timezone": "Europe/Berlin"], as: "provisionCustomer")
        do {
            _ = try ProvisionCustomer.Input.shape.decode(["id": "c", "timezone": "Mars/Base"], as: "provisionCustomer")
            Issue.record("accepted")
        } catch {
            #expect(
                error.message
                    == "provisionCustomer: 'timezone' must be a time zone such as \"Europe/Berlin\", got \"Mars/Base\"")
        }
    }

    @Test func `an unknown operation comes with a suggestion`() {
        do {
            _ = try OperationID(named: "reportUsgae")
            Issue.record("accepted")
        } catch {
            #expect(error.message == "there is no operation \"reportUsgae\"; did you mean \"reportUsage\"?")
            #expect(error.code.rawValue == "unknown_operation")
        }
    }
}
