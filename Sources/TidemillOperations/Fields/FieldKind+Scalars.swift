public import TidemillCore

extension FieldKind where Value == Bool {
    public static var boolean: FieldKind {
        let expected = "true or false"
        return FieldKind(
            expected: expected, type: "boolean",
            decode: { (payload, path) throws(InputProblem) in
                guard case .boolean(let value) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                return value
            },
            encode: { value, _ in .boolean(value) })
    }
}

extension FieldKind where Value == Int64 {
    /// A whole number within bounds, both included. `5.0` is whole.
    public static func integer(_ range: ClosedRange<Int64>) -> FieldKind {
        let expected =
            range.upperBound == .max
            ? "a whole number from \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return FieldKind(
            expected: expected, type: "whole number", bounds: "\(range.lowerBound)–\(range.upperBound)",
            decode: { (payload, path) throws(InputProblem) in
                switch payload {
                case .integer(let value):
                    guard range.contains(value) else { throw .expected(expected, at: path, got: String(value)) }
                    return value
                case .number(let digits):
                    guard let amount = Amount(digits), amount.isIntegral, range.contains(amount.units) else {
                        throw .expected(expected, at: path, got: FieldPath.shown(digits))
                    }
                    return amount.units
                case .null, .boolean, .string, .array, .object:
                    throw .expected(expected, at: path, got: payload.kind)
                }
            },
            encode: { value, _ in .integer(value) })
    }
}

extension FieldKind where Value == Amount {
    /// An exact decimal, as a JSON number or as a string for what a float would spoil.
    public static var amount: FieldKind {
        let expected = "a number or a decimal string such as \"5.00\""
        return FieldKind(
            expected: expected, type: "number", bounds: "at most 18 digits before and 9 after the point",
            decode: { (payload, path) throws(InputProblem) in
                let digits: String
                switch payload {
                case .integer(let value):
                    let amount = Amount(value)
                    if amount.isWithinBound { return amount }
                    digits = String(value)
                case .number(let text): digits = text
                case .string(let text): digits = text
                case .null, .boolean, .array, .object: throw .expected(expected, at: path, got: payload.kind)
                }
                do throws(Amount.ParseError) {
                    return try Amount(parsing: digits)
                } catch {
                    switch error {
                    case .notADecimal:
                        throw .expected(expected, at: path, got: InputProblem.shown(digits))
                    case .tooManyIntegerDigits, .tooManyFractionDigits:
                        throw .expected(
                            "a number of at most 18 digits before and 9 after the point", at: path,
                            got: error.description)
                    }
                }
            },
            encode: { value, _ in Payload(value) })
    }
}

extension FieldKind where Value == Timestamp {
    public static var timestamp: FieldKind {
        let expected = "a time such as \"2026-10-01T00:00:00Z\""
        return FieldKind(
            expected: expected, type: "time",
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                guard let value = Timestamp(rfc3339: text) else {
                    throw .expected(expected, at: path, got: InputProblem.shown(text))
                }
                return value
            },
            encode: { value, _ in Payload(value) })
    }
}

/// An enum of the wire. Where the API spells a value in several ways, all of them are read and the raw value is written.
public protocol WireEnum: RawRepresentable<String>, CaseIterable, Sendable, Hashable {
    /// Further spellings that are accepted.
    static var alternatives: [String: Self] { get }
}

extension WireEnum {
    public static var alternatives: [String: Self] { [:] }

    public init?(spelling: String) {
        guard let value = Self(rawValue: spelling) ?? Self.alternatives[spelling] else { return nil }
        self = value
    }
}

extension FieldKind where Value: WireEnum {
    public static var choice: FieldKind {
        let names = Value.allCases.map(\.rawValue)
        let expected = names.count == 1 ? "\"\(names[0])\"" : "one of \(names.joined(separator: ", "))"
        return FieldKind(
            expected: expected, type: names.joined(separator: " | "),
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                guard let value = Value(spelling: text) else {
                    throw .expected(
                        expected, at: path, got: InputProblem.shown(text) + Suggestion.hint(for: text, in: names))
                }
                return value
            },
            encode: { value, _ in .string(value.rawValue) })
    }
}
