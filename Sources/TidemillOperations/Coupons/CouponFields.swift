import TidemillCore

extension FieldKind where Value == String {
    static var couponID: FieldKind { .id("a coupon id", such: "coupon-launch") }
    static var newCouponID: FieldKind { .newID("a coupon id", such: "coupon-launch") }
}

extension FieldKind where Value == Amount {
    /// What a percentage coupon takes off: 1 to 100.
    static var percentage: FieldKind {
        let expected = "a number from 1 to 100"
        let amount = FieldKind.amount
        return FieldKind(
            expected: expected, type: "number", bounds: "1–100",
            decode: { (payload, path) throws(InputProblem) in
                let value = try amount.decode(payload, path)
                guard Amount(1) <= value, value <= Amount(100) else {
                    throw .expected(expected, at: path, got: value.description)
                }
                return value
            },
            encode: amount.encode)
    }
}

extension FieldKind where Value == Int64 {
    /// A duration in months: at least one, at most a hundred years.
    static var months: FieldKind { .integer(1...1200) }
}

extension FieldKind where Value == Money {
    /// A price or a least amount: above zero. Where it is paid as it stands it has no more decimals than its currency.
    static func positiveMoney(isPaid: Bool) -> FieldKind {
        let money = FieldKind.money
        return FieldKind(
            expected: money.expected, type: money.type, bounds: "above 0", fields: money.fields,
            decode: { (payload, path) throws(InputProblem) in
                let value = try money.decode(payload, path)
                let place = path.member("amount")
                guard value.amount > .zero else {
                    throw .expected("above 0", at: place, got: value.amount.description)
                }
                let digits = MinorUnits.digits(of: value.currency)
                guard !isPaid || value.amount.rounded(toDigits: digits) == value.amount else {
                    throw .expected(
                        digits == 0
                            ? "a whole number in \(value.currency)"
                            : "a number of at most \(digits) digits after the point in \(value.currency)",
                        at: place, got: value.amount.description)
                }
                return value
            },
            encode: money.encode)
    }
}

extension FieldKind where Value == [Money] {
    /// What a fixed coupon takes off: one amount a currency.
    static var amountsOff: FieldKind {
        let list = FieldKind.list(of: .positiveMoney(isPaid: true), "amounts of money", 1...200)
        return FieldKind(
            expected: list.expected, type: list.type, bounds: list.bounds, fields: list.fields,
            decode: { (payload, path) throws(InputProblem) in
                let amounts = try list.decode(payload, path)
                var seen: Set<String> = []
                for (index, money) in amounts.enumerated() where !seen.insert(money.currency).inserted {
                    throw .expected(
                        "a currency that the list does not name before",
                        at: path.item(index).member("currency"), got: InputProblem.shown(money.currency))
                }
                return amounts
            },
            encode: list.encode)
    }
}
