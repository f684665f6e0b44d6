import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Credits that the events of a batch burn: added up exactly by (delivery, customer, resource, feature, hour) and burned
/// as one each, before the next record that is no event and at the end of the batch.
///
/// Meters that sum or count burn event by event; MAX, MIN, AVG and UNIQUE say nothing about one event and burn nothing.
final class EventCredits {
    private let scope: CallScope
    /// By the meter's place in the set: the features that cost credits.
    private let rated: [(meter: MeterSet.Meter, feature: FeatureID)]
    private var ratings: [Subject: CreditRating?] = [:]
    private var burns: [Key: Burn] = [:]
    private var takings: [TakenBy: Taking] = [:]
    private var free: [FeatureID: Free] = [:]

    private struct Subject: Hashable {
        @ComparedByBytes var customer: String
        @ComparedByBytes var resource: String
        var feature: FeatureID
    }

    private struct Key: Hashable {
        var segment: Int
        var subject: Subject
        var hour: Int64
    }

    private struct Burn {
        var rating: CreditRating
        var cost = Amount.zero
        var events: Int64 = 0
        var latest = Timestamp(microseconds: .min)
        var eventID: String?
        var source: BurnedEvents
        /// Whether anything of it costs, or gives back: also where that comes to nothing.
        var isRated = false

        mutating func note(_ record: UInt64, at instant: Timestamp, _ cost: Amount) {
            source.last = record
            latest = max(latest, instant)
            isRated = isRated || cost != .zero
        }
    }

    private struct TakenBy: Hashable {
        var segment: Int
        var subject: Subject
    }

    /// Events that take usage back.
    private struct Taking {
        var rating: CreditRating
        var cost = Amount.zero
    }

    /// Events whose cost could not be told.
    private struct Free {
        var rating: CreditRating
        var error: CostFormula.EvaluationError
        var eventID: String
        var count: Int64 = 0
        var customers: Set<CustomerID> = []
    }

    /// Nil where no feature with a meter costs credits: then nothing is looked up.
    init?(_ meters: MeterSet, _ scope: CallScope) throws {
        rated = try Self.rated(meters, scope)
        guard !rated.isEmpty else { return nil }
        self.scope = scope
    }

    /// The meters of features that cost credits.
    static func rated(_ meters: MeterSet, _ scope: CallScope) throws -> [(meter: MeterSet.Meter, feature: FeatureID)] {
        let features = try scope.catalog().creditRatedFeatures
        guard !features.isEmpty else { return [] }
        var seen: Set<FeatureID> = []
        return zip(meters.meters, meters.versions).compactMap { meter, version in
            // The first version answers; one that is being filled in comes later.
            guard !version.isKept, features.contains(version.featureID), seen.insert(version.featureID).inserted,
                version.meter.aggregation.function.burnsCredits
            else { return nil }
            return (meter, version.featureID)
        }
    }

    /// Takes in one part of an event that counted. Answers why it costs no credits, where its cost cannot be told.
    func add(
        _ part: cev_part, of record: cev_record, _ values: UnsafePointer<cev_value>, _ meters: MeterSet, segment: Int,
        of delivery: DeliveryID
    ) throws -> String? {
        var problems: [String] = []
        for (meter, feature) in rated where meters.counts(meter, values) {
            let subject = Subject(
                customer: part.customer_id.string, resource: part.resource_id.string, feature: feature)
            guard let rating = try rating(of: subject) else { continue }
            let value = meter.kind == .count ? Amount(1) : Amount(nanos: values[meter.field].nanos128)
            let key = record.idempotency_key.string
            let isTaken = value < .zero
            let size = isTaken ? -value : value
            let cost: Amount
            do throws(CostFormula.EvaluationError) {
                var dimensions =
                    rating.formula == nil ? [:] : Self.dimensions(record.textBuffer, part.patch.buffer)
                // What takes usage back costs what as much usage would.
                if isTaken, case .dimension(let name) = meters.fields[meter.field] { dimensions[name] = Payload(size) }
                cost = try rating.cost(of: size) { dimensions[$0]?.costDimension ?? .absent }
            } catch {
                var note = free[feature] ?? Free(rating: rating, error: error, eventID: key)
                note.count += 1
                note.customers.insert(rating.wallet.customerID)
                free[feature] = note
                problems.append("\(feature.text): \(error)")
                continue
            }
            let place = Key(
                segment: segment, subject: subject, hour: part.timestamp.flooredDivision(by: 3_600_000_000))
            var burn =
                burns[place]
                ?? Burn(
                    rating: rating,
                    source: BurnedEvents(
                        delivery: delivery.text, first: record.number, last: record.number, meter: meter.id,
                        resource: subject.resource, amount: rating.rate.amount, costFormula: rating.formula?.text))
            burn.note(record.number, at: Timestamp(microseconds: part.timestamp), cost)
            if isTaken {
                let taker = TakenBy(segment: segment, subject: subject)
                takings[taker, default: Taking(rating: rating)].cost += cost
            } else {
                burn.cost += cost
                burn.events += 1
                burn.eventID = burn.events == 1 && !key.isEmpty ? key : nil
            }
            burns[place] = burn
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// Burns what was taken in, gives back what was taken back, and forgets what was looked up: what follows may change
    /// plans and customers.
    func flush(_ batch: RecordBatch) throws {
        func delivery(_ index: Int) -> DeliveryID? {
            let segment = batch.segments[index]
            return switch segment.kind {
            case .delivery, .retry: segment.delivery.id
            case .call: nil
            }
        }
        takeFromPending()
        let mayBeBelow = try !CreditOffsets(connection: scope.connection).isEmpty
        // Also what comes to nothing has its row, of 0: by it a reprocess knows the rate of events that were set off.
        for (key, burn) in burns.sorted(by: { Self.comes($0.key, $1.key) }) where burn.isRated {
            let period = burn.rating.period
            try scope.advance(period.wallet.customerID)
            let due =
                mayBeBelow && burn.cost > .zero && period.contains(burn.latest)
                ? try UsageTaken(period: period, scope: scope).due(burn.cost, by: delivery(key.segment)) : burn.cost
            try Wallets(scope).consume(
                due, from: period.wallet,
                CreditOrigin(
                    featureID: period.featureID, eventID: burn.eventID, events: burn.events,
                    delivery: delivery(key.segment), at: burn.latest, burned: burn.source))
        }
        let taken = takings.sorted {
            Self.comes(
                Key(segment: $0.key.segment, subject: $0.key.subject, hour: 0),
                Key(segment: $1.key.segment, subject: $1.key.subject, hour: 0))
        }
        for (key, taking) in taken where taking.cost > .zero {
            try scope.advance(taking.rating.wallet.customerID)
            try UsageTaken(period: taking.rating.period, scope: scope).giveBack(
                taking.cost, by: delivery(key.segment), isKept: true, reason: "usage was taken back")
        }
        for note in free.sorted(by: { $0.key < $1.key }).map(\.value) {
            try CreditConsumption.noteFree(
                note.rating, note.error, note.eventID, count: note.count, customers: note.customers.count, in: scope)
        }
        burns = [:]
        takings = [:]
        free = [:]
        ratings = [:]
    }

    /// What a delivery takes back of what it used in the same batch is not burned at all, the last hours first.
    private func takeFromPending() {
        guard !takings.isEmpty else { return }
        let places = Dictionary(grouping: burns.keys) { TakenBy(segment: $0.segment, subject: $0.subject) }
        for (taker, taking) in takings {
            var rest = taking.cost
            for place in (places[taker] ?? []).sorted(by: { $0.hour > $1.hour }) where rest > .zero {
                guard var burn = burns[place], burn.rating.period.contains(burn.latest) else { continue }
                let own = min(rest, burn.cost)
                burn.cost -= own
                burns[place] = burn
                rest -= own
            }
            takings[taker]?.cost = rest
        }
    }

    private static func comes(_ left: Key, _ right: Key) -> Bool {
        (left.subject.customer, left.subject.resource, left.subject.feature, left.segment, left.hour)
            < (right.subject.customer, right.subject.resource, right.subject.feature, right.segment, right.hour)
    }

    /// The rate; nil also for a customer that is not provisioned: credits start with provisioning.
    private func rating(of subject: Subject) throws -> CreditRating? {
        if let known = ratings[subject] { return known }
        let customer = CustomerID(subject.customer)
        try scope.advance(customer)
        let rating = try CreditRates(scope).rating(
            of: subject.feature, for: customer, resource: subject.resource.isEmpty ? nil : subject.resource)
        ratings[subject] = .some(rating)
        return rating
    }

    /// The event's dimensions as mapped: read from its text and what the mappings changed.
    static func dimensions(
        _ text: UnsafeRawBufferPointer, _ patch: UnsafeRawBufferPointer
    ) -> TextMap<Payload> {
        func dimensions(_ bytes: UnsafeRawBufferPointer) -> TextMap<Payload> {
            // Both were read as JSON before; what cannot be read again has no dimensions.
            guard let payload = try? Payload(json: bytes), case .object(let members) = payload["dimensions"] else {
                return [:]
            }
            return members
        }
        var result = dimensions(text)
        if !patch.isEmpty { result.merge(dimensions(patch)) { _, new in new } }
        return result
    }
}

extension MeterDefinition.Function {
    /// Whether one event has a cost of its own.
    var burnsCredits: Bool {
        switch self {
        case .sum, .count: true
        case .max, .min, .avg, .unique: false
        }
    }
}
