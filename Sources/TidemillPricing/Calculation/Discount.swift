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
    /// minor unit (SEMANTICS, "Amounts and money"). A percentage that was in force when the credited time was paid for
    /// is taken back from a negative sum, so that no more is credited than was paid: `paidWith`.
    public static func take(
        _ discounts: [Discount], off sum: Amount, in currency: String, paidWith: (Discount) -> Bool = { _ in false }
    ) -> [Taken] {
        let digits = MinorUnits.digits(of: currency)
        var rest = sum
        var taken: [Taken] = []
        for discount in discounts {
            guard case .fixed = discount.value, let amount = discount.figure(in: currency) else { continue }
            let part = min(max(rest, .zero), amount.rounded(toDigits: digits))
            rest -= part
            taken.append(Taken(discount: discount, amount: part))
        }
        for discount in discounts {
            guard case .percent(let percent) = discount.value else { continue }
            guard rest >= .zero || paidWith(discount) else {
                taken.append(Taken(discount: discount, amount: .zero))
                continue
            }
            let part = percentage(percent, of: rest, digits: digits)
            rest -= part
            taken.append(Taken(discount: discount, amount: part))
        }
        return taken
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
