import Testing
import TidemillCore

struct CostFormulaTests {
    private func value(_ text: String, _ dimensions: [String: CostFormula.Dimension] = [:]) throws -> String {
        try CostFormula(parsing: text).value { dimensions[$0] ?? .absent }.description
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 4 - 3", "3"), ("-2 * -3", "6"), ("2 / 3", "0.666666667"),
        ("-2 / 3", "-0.666666667"), ("1 / 8 / 2", "0.0625"), ("0.1 + 0.2", "0.3"), ("max(1, 5, 3)", "5"),
        ("min(4, 2)", "2"), ("ceil(1.000000001)", "2"), ("ceil(-1.5)", "-1"), ("floor(1.9)", "1"),
        ("floor(-1.1)", "-2"), ("round(2.5)", "3"), ("round(-2.5)", "-3"), ("round(2.4)", "2"), ("--3", "3"),
        ("ceil(1200 / 1000) * 3", "6"),
    ])
    func `arithmetic is exact and rounds half away from zero`(text: String, expected: String) throws {
        #expect(try value(text) == expected)
    }

    @Test func `names are dimensions; odd ones stand in quotes`() throws {
        let dimensions: [String: CostFormula.Dimension] = [
            "inputTokens": .amount(Amount(1000)), "output-tokens": .amount(Amount(20)), "max": .amount(Amount(7)),
        ]
        #expect(try value("inputTokens * 0.005 + \"output-tokens\" * 0.02", dimensions) == "5.4")
        #expect(try value("dimensions.inputTokens / 10", dimensions) == "100")
        #expect(try value("max + 1", dimensions) == "8")
        let formula = try CostFormula(parsing: "b + a * b + dimensions.c")
        #expect(formula.dimensions == ["a", "b", "c"])
    }

    @Test(arguments: [
        ("", "expected a number, a dimension or '(', at character 1"),
        ("1 +", "expected a number, a dimension or '(', at character 4"),
        ("(1", "expected ')', at character 3"), ("1 2", "expected an operator or the end, at character 3"),
        ("sqrt(4)", "expected one of the functions min, max, ceil, floor, round, at character 1"),
        ("ceil(1, 2)", "expected one argument of ceil, at character 11"),
        ("1.5.2", "expected a number of at most 18 digits before and 9 after the point, at character 1"),
        ("a % b", "expected an operator or the end, at character 3"), ("min(1", "expected ',' or ')', at character 6"),
        ("\"a", "expected a name and '\"', at character 3"),
    ])
    func `what is no formula says what was expected and where`(text: String, expected: String) {
        do throws(CostFormula.ParseError) {
            _ = try CostFormula(parsing: text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test func `nesting and length are bounded`() {
        #expect(throws: CostFormula.ParseError.self) {
            try CostFormula(parsing: String(repeating: "(", count: 33) + "1" + String(repeating: ")", count: 33))
        }
        #expect(throws: CostFormula.ParseError.self) {
            try CostFormula(parsing: String(repeating: "-", count: 400) + "1")
        }
        #expect(throws: CostFormula.ParseError.self) {
            try CostFormula(parsing: "1" + String(repeating: "+1", count: 600))
        }
        #expect(throws: Never.self) { try CostFormula(parsing: "1" + String(repeating: "+1", count: 400)) }
    }

    @Test func `a formula without a value says why`() throws {
        func failure(_ text: String, _ dimensions: [String: CostFormula.Dimension]) throws -> String {
            let formula = try CostFormula(parsing: text)
            do throws(CostFormula.EvaluationError) {
                return try formula.value { dimensions[$0] ?? .absent }.description
            } catch {
                return error.description
            }
        }
        #expect(try failure("a + 1", [:]) == "the dimension 'a' is missing")
        #expect(try failure("a + 1", ["a": .other]) == "the dimension 'a' is no number")
        #expect(try failure("1 / (2 - 2)", [:]) == "it divides by zero")
        #expect(
            try failure("999999999999999999 * 999999999999999999", [:]) == "its value has more than 18 digits")
    }
}
