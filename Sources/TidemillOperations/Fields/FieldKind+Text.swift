import Foundation
public import TidemillCore

/// How the length of a text is counted.
public enum LengthUnit: String, Sendable, CustomStringConvertible {
    case characters
    /// Of UTF-8.
    case bytes

    public var description: String { rawValue }

    fileprivate func length(of text: String) -> Int {
        self == .bytes ? text.utf8.count : text.unicodeScalars.count
    }
}

extension FieldKind where Value == String {
    /// Text without NUL characters, which the databases do not hold. What people read counts in characters, what
    /// names and keys things in bytes.
    public static func text(_ length: ClosedRange<Int>, in unit: LengthUnit = .characters) -> FieldKind {
        let expected =
            length.lowerBound == 0
            ? "text of at most \(length.upperBound) \(unit)"
            : "text of \(length.lowerBound) to \(length.upperBound) \(unit)"
        return FieldKind(
            expected: expected, type: "text", bounds: "\(length.lowerBound)–\(length.upperBound) \(unit)",
            decode: { (payload, path) throws(InputProblem) in
                try readText(payload, path, expected: expected, length: length, in: unit)
            },
            encode: { value, _ in .string(value) })
    }

    public static func text(max: Int) -> FieldKind { .text(0...max) }

    /// One of the calendar's zones.
    public static var timezone: FieldKind {
        let expected = "a time zone such as \"Europe/Berlin\""
        return FieldKind(
            expected: expected, type: "time zone",
            decode: { (payload, path) throws(InputProblem) in
                let name = try readText(payload, path, expected: expected, length: 1...255)
                guard Zone(identifier: name) != nil else {
                    let hint = ZoneDatabase.shared.suggestion(for: name).map { "; did you mean \"\($0)\"?" } ?? ""
                    throw .expected(expected, at: path, got: InputProblem.shown(name) + hint)
                }
                return name
            },
            encode: { value, _ in .string(value) })
    }

    /// A currency by its ISO 4217 code; written in lower case, read in any.
    public static var currency: FieldKind {
        let expected = "a currency code such as \"usd\""
        return FieldKind(
            expected: expected, type: "currency code",
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                let code = text.lowercased()
                guard code.utf8.count == 3,
                    code.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
                else { throw .expected(expected, at: path, got: InputProblem.shown(text)) }
                guard MinorUnits.isKnown(code) else {
                    throw .expected("\(expected) of ISO 4217", at: path, got: InputProblem.shown(text))
                }
                return code
            },
            encode: { value, _ in .string(value) })
    }

    /// The id of something that is being created: a coupon, an integration, a plan.
    public static func newID(_ what: String, such: String) -> FieldKind {
        identifier(what, such: such, extra: "", isNew: true, make: { $0 }, text: { $0 })
    }

    /// The id of something that exists, or not: only its length is checked, so that the answer is "not found".
    public static func id(_ what: String, such: String) -> FieldKind {
        identifier(what, such: such, extra: "", isNew: false, make: { $0 }, text: { $0 })
    }
}

extension FieldKind where Value == CustomerID {
    public static var customerID: FieldKind {
        identifier(
            "a customer id", such: "customer-acme", extra: "@", isNew: false, make: CustomerID.init, text: \.text)
    }

    public static var newCustomerID: FieldKind {
        identifier("a customer id", such: "customer-acme", extra: "@", isNew: true, make: CustomerID.init, text: \.text)
    }
}

extension FieldKind where Value == FeatureID {
    public static var featureID: FieldKind {
        identifier("a feature id", such: "feature-tokens", extra: "", isNew: false, make: FeatureID.init, text: \.text)
    }

    public static var newFeatureID: FieldKind {
        identifier("a feature id", such: "feature-tokens", extra: "", isNew: true, make: FeatureID.init, text: \.text)
    }
}

extension FieldKind {
    /// Ids follow the API's rule: `^[a-zA-Z0-9][a-zA-Z0-9_|.-]*$`, 1–255 bytes; customer ids may hold `@` too.
    private static func identifier(
        _ what: String, such: String, extra: String, isNew: Bool, make: @escaping @Sendable (String) -> Value,
        text: @escaping @Sendable (Value) -> String
    ) -> FieldKind {
        let expected = "\(what) such as \"\(such)\""
        let signs = "_ | . -" + (extra.isEmpty ? "" : " " + extra)
        let rule = "1 to 255 letters, digits or \(signs), beginning with a letter or digit"
        let allowed = Set("_|.-\(extra)".utf8)
        return FieldKind(
            expected: expected, type: "id", bounds: isNew ? rule : "1–255 bytes",
            decode: { (payload, path) throws(InputProblem) in
                let id = try readText(payload, path, expected: expected, length: 1...255, in: .bytes)
                guard !isNew || isWellFormed(id, allowed: allowed) else {
                    throw .expected("\(expected): \(rule)", at: path, got: InputProblem.shown(id))
                }
                return make(id)
            },
            encode: { value, _ in .string(text(value)) })
    }
}

private func isWellFormed(_ id: String, allowed: Set<UInt8>) -> Bool {
    func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
    guard let first = id.utf8.first, isLetterOrDigit(first) else { return false }
    return id.utf8.allSatisfy { isLetterOrDigit($0) || allowed.contains($0) }
}

/// The one place where text from outside is read.
private func readText(
    _ payload: Payload, _ path: FieldPath, expected: String, length: ClosedRange<Int>,
    in unit: LengthUnit = .characters
) throws(InputProblem) -> String {
    guard case .string(let text) = payload else { throw .expected(expected, at: path, got: payload.kind) }
    // A text has no more characters than bytes: most are known to fit without being counted.
    let bytes = text.utf8.count
    let count = bytes <= length.upperBound && length.lowerBound <= 1 ? bytes : unit.length(of: text)
    guard count <= length.upperBound else { throw .expected(expected, at: path, got: "\(count) \(unit)") }
    guard count >= length.lowerBound else { throw .expected(expected, at: path, got: "an empty text") }
    guard !text.utf8.contains(0) else { throw .expected(expected, at: path, got: "a text with a NUL character") }
    return text
}
