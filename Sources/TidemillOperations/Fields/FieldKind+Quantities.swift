public import TidemillCore

extension FieldKind where Value == Amount {
    /// An exact decimal within bounds, both included.
    public static func amount(_ range: ClosedRange<Amount>) -> FieldKind {
        let expected =
            range.upperBound == .bound
            ? "a number from \(range.lowerBound)" : "a number from \(range.lowerBound) to \(range.upperBound)"
        return restricted(expected: expected) { range.contains($0) }
    }

    /// Zero or more: a limit, a quantity.
    public static var nonnegativeAmount: FieldKind { amount(.zero ... .bound) }

    /// More than zero: the size of a block, credits for a unit.
    public static var positiveAmount: FieldKind { restricted(expected: "a number above 0") { $0 > .zero } }

    private static func restricted(expected: String, _ isAllowed: @escaping @Sendable (Amount) -> Bool) -> FieldKind {
        let plain = FieldKind<Amount>.amount
        return FieldKind(
            expected: expected, type: plain.type, bounds: expected,
            decode: { (payload, path) throws(InputProblem) in
                let value = try plain.decode(payload, path)
                guard isAllowed(value) else { throw .expected(expected, at: path, got: value.description) }
                return value
            },
            encode: plain.encode)
    }
}

extension FieldKind where Value == String {
    /// A country by its two letters, written in upper case, read in any. "EU" stands for the countries of the union.
    public static var country: FieldKind {
        let expected = "a country code of two letters such as \"DE\", or \"EU\""
        return FieldKind(
            expected: expected, type: "country code",
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                let code = text.uppercased()
                guard code.utf8.count == 2,
                    code.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
                else { throw .expected(expected, at: path, got: InputProblem.shown(text)) }
                return code
            },
            encode: { value, _ in .string(value) })
    }

    static var planID: FieldKind { .id("a plan id", such: "plan-pro") }
    static var addonID: FieldKind { .id("an add-on id", such: "addon-tokens") }
    static var currencyID: FieldKind { .id("a credit currency id", such: "credits") }
}

extension FieldKind where Value == Money {
    /// Money that is not below zero.
    public static var price: FieldKind {
        let plain = FieldKind<Money>.money
        return FieldKind(
            expected: plain.expected, type: plain.type, bounds: "not below 0", fields: plain.fields,
            decode: { (payload, path) throws(InputProblem) in
                let value = try plain.decode(payload, path)
                guard value.amount >= .zero else {
                    throw .expected(
                        "a number that is not below 0", at: path.member("amount"), got: value.amount.description)
                }
                return value
            },
            encode: plain.encode)
    }
}
