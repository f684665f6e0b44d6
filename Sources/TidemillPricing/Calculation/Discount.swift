public import TidemillCore
public import TidemillOperations

/// A coupon as it was applied: to a subscription, or to the customer and so to each of its subscriptions.
public struct Discount: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// From 0 to 100.
        case percent(Amount)
        /// One amount for each currency it is good for.
        case fixed([Money])
    }

    public enum Duration: Sendable, Hashable {
        /// The first invoice only.
        case once
        case repeating(months: Int64)
        case forever
    }

    public var name: String
    /// The promotion code that brought it.
    public var code: String?
    public var value: Value
    public var duration: Duration
    /// When it was applied.
    public var start: Timestamp

    public init(name: String, code: String? = nil, value: Value, duration: Duration, start: Timestamp) {
        self.name = name
        self.code = code
        self.value = value
        self.duration = duration
        self.start = start
    }

    /// From when on it gives nothing; nil for forever, and for one that ends with its first invoice.
    public var end: Timestamp? {
        switch duration {
        case .once, .forever: nil
        case .repeating(let months): start.adding(months: months)
        }
    }

    /// Whether an invoice of this instant is reduced by it. Half open: an invoice at its end is not.
    public func isInForce(at instant: Timestamp) -> Bool {
        guard instant >= start else { return false }
        return switch duration {
        case .once: instant == start
        case .repeating, .forever: end.map { instant < $0 } ?? true
        }
    }

    /// The amount or percentage of this currency; nil where it is not good for it, and so ignored.
    public func figure(in currency: String) -> Amount? {
        switch value {
        case .percent(let percent): percent
        case .fixed(let amounts): amounts.first { $0.currency == currency }?.amount
        }
    }
}

extension Discount {
    /// What a discount takes off an invoice.
    public struct Taken: Sendable, Hashable {
        public let discount: Discount
        public let amount: Amount
    }

    /// Takes the fixed amounts first, then each percentage of what remains, never below zero; each is rounded to the
    /// minor unit (SEMANTICS, "Amounts and money").
    public static func take(_ discounts: [Discount], off sum: Amount, in currency: String) -> [Taken] {
        take(discounts, off: sum, credited: .zero, paid: PaidTerms(), in: currency)
    }

    /// As above, where `credited` (zero or less) is given back beside `charged`, of what was paid for on the terms `paid`:
    /// what they took off then is taken from the credit, so that no more is given back than was paid. A percentage that
    /// holds then and now is taken of both at once; one that is new, of the charges alone.
    static func take(
        _ discounts: [Discount], off charged: Amount, credited: Amount, paid: PaidTerms, in currency: String
    ) -> [Taken] {
        let digits = MinorUnits.digits(of: currency)
        var charged = charged
        var credited = credited
        var taken: [Taken] = []
        for part in paid.parts {
            let amount = PaidTerms.fixed(part, of: credited, digits: digits)
            guard amount != .zero else { continue }
            credited -= amount
            taken.append(Taken(discount: part.discount, amount: amount))
        }
        for discount in discounts {
            guard case .fixed = discount.value, let amount = discount.figure(in: currency) else { continue }
            let part = min(max(charged + credited, .zero), amount.rounded(toDigits: digits))
            charged -= part
            taken.append(Taken(discount: discount, amount: part))
        }
        let before = paid.percentages
        for discount in discounts {
            guard case .percent(let percent) = discount.value else { continue }
            let ofCredit =
                before.contains(discount) ? percentage(percent, of: credited, digits: digits) : Amount.zero
            let both = max(charged, .zero) + (before.contains(discount) ? credited : .zero)
            let amount = percentage(percent, of: both, digits: digits)
            charged -= amount - ofCredit
            credited -= ofCredit
            taken.append(Taken(discount: discount, amount: amount))
        }
        for discount in before where !discounts.contains(discount) && credited != .zero {
            guard case .percent(let percent) = discount.value else { continue }
            let amount = percentage(percent, of: credited, digits: digits)
            credited -= amount
            taken.append(Taken(discount: discount, amount: amount))
        }
        return taken.reduce(into: []) { merged, part in
            guard let index = merged.firstIndex(where: { $0.discount == part.discount }) else {
                return merged.append(part)
            }
            merged[index] = Taken(discount: part.discount, amount: merged[index].amount + part.amount)
        }
    }

    /// `percent` of `amount`, rounded once.
    static func percentage(_ percent: Amount, of amount: Amount, digits: Int) -> Amount {
        var step: Int128 = 1
        for _ in 0..<(9 - digits) { step *= 10 }
        // A percentage of what fits, up to 100, fits.
        let minor = amount.scaled(by: percent.nanos, over: 100 * Amount.nanosPerUnit * step) ?? .zero
        return Amount(nanos: minor.nanos * step)
    }
}
