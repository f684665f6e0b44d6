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

        public init(discount: Discount, amount: Amount) {
            self.discount = discount
            self.amount = amount
        }
    }

    /// Takes the fixed amounts first, then each percentage of what remains, never below zero; each is rounded to the
    /// minor unit (semantics.md, "Amounts and money").
    public static func take(_ discounts: [Discount], off sum: Amount, in currency: String) -> [Taken] {
        settle(discounts, off: sum, in: currency).taken
    }

    /// What discounts make of charges, and of what is given back beside them.
    struct Settled {
        var charges: Amount
        var credits: [PaidTerms.Credit]
        /// By discount, in order; of either sign.
        var taken: [Taken] = []
        /// What fixed amounts took off the charges.
        var fixed: [Taken] = []
        /// What fixed amounts have taken off in the period by then, less what was given back.
        var used: [Taken] = []

        fileprivate mutating func note(_ discount: Discount, _ amount: Amount) {
            guard let index = taken.firstIndex(where: { $0.discount == discount }) else {
                return taken.append(Taken(discount: discount, amount: amount))
            }
            taken[index] = Taken(discount: discount, amount: taken[index].amount + amount)
        }

        fileprivate func used(of discount: Discount) -> Amount {
            used.first { $0.discount.isSameOffer(as: discount) }?.amount ?? .zero
        }

        fileprivate mutating func use(_ discount: Discount, _ amount: Amount) {
            let sum = max(used(of: discount) + amount, .zero)
            used.removeAll { $0.discount.isSameOffer(as: discount) }
            if sum > .zero { used.append(Taken(discount: discount, amount: sum)) }
        }
    }

    /// Whether both are the same amount or percentage under the same name, whenever they were applied.
    func isSameOffer(as other: Discount) -> Bool { name == other.name && code == other.code && value == other.value }

    /// As `take`, beside credits. A fixed amount is good for a period once: it takes what it has not taken yet, of which
    /// `used` tells, and what is given back with the credits. What was taken off when they were charged is taken from them, so that no more is given
    /// back than was paid. A percentage that held then and holds now is taken of both at once; one that is new, of the
    /// charges alone.
    static func settle(
        _ discounts: [Discount], off charges: Amount, credits: [PaidTerms.Credit] = [], used: [Taken] = [],
        in currency: String
    ) -> Settled {
        let digits = MinorUnits.digits(of: currency)
        var settled = Settled(charges: charges, credits: credits, used: used)
        for index in credits.indices {
            for part in credits[index].terms.parts {
                let amount = PaidTerms.fixed(part, of: settled.credits[index].amount, digits: digits)
                guard amount != .zero else { continue }
                settled.credits[index].amount -= amount
                settled.note(part.discount, amount)
                settled.use(part.discount, amount)
            }
        }
        for discount in discounts {
            guard case .fixed = discount.value, let amount = discount.figure(in: currency) else { continue }
            let left = max(amount.rounded(toDigits: digits) - settled.used(of: discount), .zero)
            let part = min(max(settled.charges, .zero), left)
            settled.charges -= part
            settled.fixed.append(Taken(discount: discount, amount: part))
            settled.note(discount, part)
            settled.use(discount, part)
        }
        for discount in discounts {
            guard case .percent(let percent) = discount.value else { continue }
            // Rounded once, of all that it holds for; each credit keeps its own part.
            let own = settled.credits.indices.filter { settled.credits[$0].terms.percentages.contains(discount) }
            let sum = own.reduce(max(settled.charges, .zero)) { $0 + settled.credits[$1].amount }
            let amount = percentage(percent, of: sum, digits: digits)
            var rest = amount
            for index in own {
                let part = percentage(percent, of: settled.credits[index].amount, digits: digits)
                settled.credits[index].amount -= part
                rest -= part
            }
            settled.charges -= rest
            settled.note(discount, amount)
        }
        for index in credits.indices {
            for discount in credits[index].terms.percentages where !discounts.contains(discount) {
                guard case .percent(let percent) = discount.value else { continue }
                let amount = percentage(percent, of: settled.credits[index].amount, digits: digits)
                settled.credits[index].amount -= amount
                settled.note(discount, amount)
            }
        }
        return settled
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
