import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// What events burned in the form that they had, and what they burn in the one that they have now: the differences are
/// added up by (delivery, customer, resource, feature, hour), as they burned. What is less is given back by rows that
/// reverse, and what is more is burned: not set off against each other, so that what an event burned is always in a row.
///
/// The rate is that of the row that the event burned; of now where it burned nothing. What was counted then and cost
/// nothing for want of a rate costs nothing now.
final class CreditCorrection {
    private let scope: CallScope
    private let reprocess: String
    private let rated: [(meter: MeterSet.Meter, feature: FeatureID)]
    private var changes: [Place: Change] = [:]
    private var ratings: [Subject: CreditRating?] = [:]
    private var burned: [Hour: [Burned]] = [:]

    /// A form of an event that counted, or counts.
    struct Form {
        let parts: [cev_part]
        let batch: RecordBatch
    }

    private struct Subject: Hashable {
        @ComparedByBytes var customer: String
        @ComparedByBytes var resource: String
        var feature: FeatureID
    }

    private struct Hour: Hashable {
        @ComparedByBytes var customer: String
        var feature: FeatureID
        var hour: Int64
    }

    private struct Place: Hashable {
        @ComparedByBytes var delivery: String
        var subject: Subject
        var hour: Int64
    }

    /// Who took back what in any hour.
    private struct Taker: Hashable {
        @ComparedByBytes var delivery: String
        var subject: Subject

        init(_ place: Place) { (delivery, subject) = (place.delivery, place.subject) }
    }

    /// What events cost now less what they cost, and the same of those that take usage back.
    private struct Difference {
        let rating: CreditRating
        let meter: Int64
        var cost = Amount.zero
        var taken = Amount.zero
        var events: Int64 = 0
        var latest = Int64.min
    }

    /// The sum of some differences, and of which records.
    private struct Sum {
        var cost = Amount.zero
        var events: Int64 = 0
        var first = UInt64.max
        var last: UInt64 = 0

        /// The same records at another cost.
        func costing(_ cost: Amount) -> Sum {
            var sum = self
            sum.cost = cost
            return sum
        }

        mutating func add(_ cost: Amount, _ events: Int64, of record: UInt64) {
            self.cost += cost
            self.events += events
            first = min(first, record)
            last = max(last, record)
        }
    }

    private struct Change {
        let rating: CreditRating
        let meter: Int64
        var less = Sum()
        var more = Sum()
        var taken = Sum()
        var latest = Int64.min
    }

    /// Nil where no feature with a meter costs credits.
    init?(_ meters: MeterSet, reprocess: String, _ scope: CallScope) throws {
        rated = try EventCredits.rated(meters, scope)
        guard !rated.isEmpty else { return nil }
        self.scope = scope
        self.reprocess = reprocess
    }

    /// Takes in an event that changed. `before` and `now` are nil where it did not or does not count.
    func take(
        _ delivery: String, _ record: cev_record, before: Form?, now: Form?, _ meters: MeterSet
    ) throws {
        for (meter, feature) in rated {
            // By whose usage it was: what it burned by, nil where it cost nothing.
            var known: [Subject: CreditRating?] = [:]
            var differences: [Place: Difference] = [:]
            func add(_ sign: Int64, _ value: Amount, _ part: cev_part, _ rating: CreditRating, at place: Place) {
                guard let cost = self.cost(value, record, part, meter, meters, rating) else { return }
                var difference = differences[place] ?? Difference(rating: rating, meter: meter.id)
                if value < .zero {
                    difference.taken += sign > 0 ? cost : -cost
                } else {
                    difference.cost += sign > 0 ? cost : -cost
                    difference.events += sign
                }
                difference.latest = max(difference.latest, part.timestamp)
                differences[place] = difference
            }
            try each(before, meter, feature, meters) { subject, part, value in
                let hour = part.timestamp.flooredDivision(by: 3_600_000_000)
                let rating = try row(of: subject, hour, delivery, record.number)?.rating
                guard let rating else {
                    // What costs nothing by any rate says nothing of whether there was one.
                    let now = try self.rating(of: subject)
                    if let now, (cost(value, record, part, meter, meters, now) ?? Amount.zero) == Amount.zero { return }
                    known[subject] = .some(nil)
                    return
                }
                known[subject] = rating
                add(-1, value, part, rating, at: Place(delivery: delivery, subject: subject, hour: hour))
            }
            try each(now, meter, feature, meters) { subject, part, value in
                let hour = part.timestamp.flooredDivision(by: 3_600_000_000)
                let rating: CreditRating?
                if let then = known[subject] { rating = then } else { rating = try self.rating(of: subject) }
                guard let rating else { return }
                add(1, value, part, rating, at: Place(delivery: delivery, subject: subject, hour: hour))
            }
            for (place, difference) in differences {
                var change = changes[place] ?? Change(rating: difference.rating, meter: difference.meter)
                let (cost, events) = (difference.cost, difference.events)
                if cost < .zero { change.less.add(cost, events, of: record.number) }
                if cost > .zero { change.more.add(cost, events, of: record.number) }
                if difference.taken != .zero { change.taken.add(difference.taken, 0, of: record.number) }
                change.latest = max(change.latest, difference.latest)
                changes[place] = change
            }
        }
    }

    private func each(
        _ form: Form?, _ meter: MeterSet.Meter, _ feature: FeatureID, _ meters: MeterSet,
        _ body: (Subject, cev_part, Amount) throws -> Void
    ) throws {
        guard let form else { return }
        for part in form.parts where part.dropped_by == UInt32.max {
            guard let values = form.batch.values(of: part), meters.counts(meter, values) else { continue }
            let subject = Subject(
                customer: part.customer_id.string, resource: part.resource_id.string, feature: feature)
            try body(subject, part, meter.kind == .count ? Amount(1) : Amount(nanos: values[meter.field].nanos128))
        }
    }

    /// Nil where it cannot be told: then it costs nothing.
    private func cost(
        _ value: Amount, _ record: cev_record, _ part: cev_part, _ meter: MeterSet.Meter, _ meters: MeterSet,
        _ rating: CreditRating
    ) -> Amount? {
        let size = value < .zero ? -value : value
        var dimensions = rating.formula == nil ? [:] : EventCredits.dimensions(record.textBuffer, part.patch.buffer)
        // What takes usage back costs what as much usage would.
        if value < .zero, case .dimension(let name) = meters.fields[meter.field] { dimensions[name] = Payload(size) }
        return try? rating.cost(of: size) { dimensions[$0]?.costDimension ?? .absent }
    }

    private func rating(of subject: Subject) throws -> CreditRating? {
        if let known = ratings[subject] { return known }
        let customer = CustomerID(subject.customer)
        try scope.advance(customer)
        let rating = try CreditRates(scope).rating(
            of: subject.feature, for: customer, resource: subject.resource.isEmpty ? nil : subject.resource)
        ratings[subject] = .some(rating)
        return rating
    }

    // MARK: - What was burned

    /// A row that events burned, or what stays of one.
    private struct Burned {
        let row: LedgerRow
        let source: BurnedEvents
        let isReversed: Bool
        let rating: CreditRating

        var width: UInt64 { source.last - source.first }
    }

    /// The row that the record burned: those that were retried lie in the range of their neighbours, their own is the
    /// narrowest.
    private func row(of subject: Subject, _ hour: Int64, _ delivery: String, _ record: UInt64) throws -> Burned? {
        let place = Hour(customer: subject.customer, feature: subject.feature, hour: hour)
        let rows = try burned[place] ?? read(place)
        burned[place] = rows
        return rows.filter {
            $0.source.delivery.isSame(as: delivery) && $0.source.resource.isSame(as: subject.resource)
                && $0.source.first <= record && record <= $0.source.last
        }.min { ($0.width, $0.row.sequence) < ($1.width, $1.row.sequence) }
    }

    private func read(_ place: Hour) throws -> [Burned] {
        let bucket = Bucket(CustomerID(place.customer)).number
        let wallets = try scope.connection.rows(
            "SELECT currency_id, resource_id FROM credit_wallets WHERE bucket = $1 AND customer_id = $2",
            [.integer(bucket), .text(place.customer)]
        ) { Wallet(customerID: CustomerID(place.customer), currencyID: $0.text(0), resourceID: $0.text(1)) }
        return try wallets.flatMap { wallet -> [Burned] in
            let found = try scope.connection.rows(
                """
                SELECT \(CreditLedger.columns), EXISTS (
                   SELECT 1 FROM credit_ledger r
                    WHERE r.bucket = c.bucket AND r.customer_id = c.customer_id AND r.currency_id = c.currency_id
                      AND r.resource_id = c.resource_id AND r.reverses = c.sequence)
                  FROM credit_ledger c
                 WHERE \(Wallet.isWallet) AND type IN ('CREDITS_CONSUMED', 'CREDITS_RESERVATION_RELEASED')
                   AND at >= $5 AND at < $6 AND feature_id = $7 AND reverses IS NULL ORDER BY sequence
                """,
                wallet.key + [
                    .instant(Timestamp.hour(place.hour)), .instant(Timestamp.hour(place.hour + 1)),
                    .text(place.feature.text),
                ]
            ) { (row: try CreditLedger.row($0), isReversed: $0.integer(18) != 0) }
            let bySequence = Dictionary(found.map { ($0.row.sequence, $0.row) }, uniquingKeysWith: { $1 })
            return found.compactMap { row, isReversed -> Burned? in
                var origin = row
                while origin.origin.burned == nil, let stays = origin.origin.stays, let before = bySequence[stays] {
                    origin = before
                }
                guard let source = origin.origin.burned,
                    let rating = CreditRating(burnedBy: row, source, place.feature)
                else { return nil }
                return Burned(row: row, source: source, isReversed: isReversed, rating: rating)
            }
        }
    }

    // MARK: - The difference

    /// Gives back and burns what was taken in: first all that is given back.
    func flush() throws {
        let all = changes.sorted { Self.comes($0.key, $1.key) }
        changes = [:]
        burned = [:]
        // What was set off by what the same delivery took back was not burned: it is not given back either, but what is
        // taken back stands for other usage of the period then.
        var takings: [Taker: Amount] = [:]
        for (place, change) in all where change.less.cost < .zero {
            try scope.advance(change.rating.wallet.customerID)
            takings[Taker(place), default: .zero] += try giveBack(-change.less.cost, change, place)
        }
        for (place, change) in all { takings[Taker(place), default: .zero] += change.taken.cost }
        for (place, _) in all {
            guard let cost = takings[Taker(place)], cost > .zero else { continue }
            takings[Taker(place)] = nil
            try self.taker(place)?.giveBack(cost, by: try self.delivery(place), isKept: true, reason: reason)
        }
        for (place, change) in all {
            var more = change.more
            let delivery = try self.delivery(place)
            if change.taken.cost < .zero, let cost = takings.removeValue(forKey: Taker(place)), cost < .zero,
                let taker = try self.taker(place)
            {
                let due = try taker.due(-cost, by: delivery)
                // What others had burned is burned anew, whatever becomes of the delivery; its own with it.
                let others = try delivery.map { try taker.undo(due, by: $0) } ?? .zero
                if others > .zero { try burn(change.taken.costing(others), change, place, nil) }
                if more.cost == .zero { more = change.taken }
                more.cost = change.more.cost + due - others
            }
            if more.cost == .zero, change.taken.cost > .zero {
                more = change.taken.costing(.zero)
            }
            guard more.first <= more.last else { continue }
            try scope.advance(change.rating.wallet.customerID)
            try burn(more, change, place, delivery)
        }
        ratings = [:]
    }

    private var reason: String { "reprocess \(reprocess)" }

    /// Answers what of it nobody had burned.
    private func giveBack(_ amount: Amount, _ change: Change, _ place: Place) throws -> Amount {
        let rows = try read(
            Hour(customer: place.subject.customer, feature: place.subject.feature, hour: place.hour)
        ).filter {
            !$0.isReversed && $0.row.amount < .zero && $0.source.delivery.isSame(as: place.delivery)
                && $0.source.resource.isSame(as: place.subject.resource)
        }
        // Rows of some events stand for others of the place too: first the rows of these events, then those of the others.
        func isOwn(_ burned: Burned) -> Bool {
            burned.source.first <= change.less.last && change.less.first <= burned.source.last
        }
        var rest = amount
        for burned in rows.reversed().filter(isOwn) + rows.reversed().filter({ !isOwn($0) }) where rest > .zero {
            let own = min(rest, -burned.row.amount)
            let book = try WalletBook(burned.row.wallet, scope)
            try book.reverse(burned.row, keeping: -burned.row.amount - own, reason: reason)
            try book.close()
            rest -= own
        }
        // What others have given back of it by now, they gave back of something else.
        guard rest > .zero, let delivery = try self.delivery(place) else { return rest }
        let offsets = CreditOffsets(connection: scope.connection)
        for row in try offsets.rows(of: delivery, limit: Self.offsetsMax)
        where rest > .zero && row.amount > .zero && row.featureID == place.subject.feature
            && row.wallet == change.rating.wallet
        {
            let own = min(rest, row.amount)
            try offsets.add(-own, to: row.period, delivery)
            try UsageTaken(period: row.period, scope: scope).giveBack(own, by: nil, isKept: true, reason: reason)
            rest -= own
        }
        return rest
    }

    /// Rows of one delivery that are looked through.
    private static let offsetsMax = 1000

    private func burn(_ more: Sum, _ change: Change, _ place: Place, _ delivery: DeliveryID?) throws {
        var due = more.cost
        let at = Timestamp(microseconds: change.latest)
        if let period = try rating(of: place.subject)?.period, period.contains(at),
            try !CreditOffsets(connection: scope.connection).isEmpty
        {
            due = try UsageTaken(period: period, scope: scope).due(more.cost, by: delivery)
        }
        let rate = change.rating.rate
        try Wallets(scope).consume(
            due, from: change.rating.wallet,
            CreditOrigin(
                featureID: place.subject.feature, events: max(0, more.events), delivery: delivery,
                details: ["reason": .string(reason)], at: at,
                burned: BurnedEvents(
                    delivery: place.delivery, first: more.first, last: more.last, meter: change.meter,
                    resource: place.subject.resource, amount: rate.amount, costFormula: rate.costFormula)))
    }

    private func taker(_ place: Place) throws -> UsageTaken? {
        try rating(of: place.subject).map { UsageTaken(period: $0.period, scope: scope) }
    }

    /// What is given back when the delivery is voided; nil: the events came by a call.
    private func delivery(_ place: Place) throws -> DeliveryID? {
        let id = DeliveryID(place.delivery)
        return try scope.connection.hasRows("SELECT 1 FROM deliveries WHERE id = $1", [.text(id.text)]) ? id : nil
    }

    private static func comes(_ left: Place, _ right: Place) -> Bool {
        (left.subject.customer, left.subject.resource, left.subject.feature, left.delivery, left.hour)
            < (right.subject.customer, right.subject.resource, right.subject.feature, right.delivery, right.hour)
    }
}
