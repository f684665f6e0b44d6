import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Tells rows of the ledger that stand for many events apart by the events' dimensions: reads the events again, rates them
/// as they were rated, and takes the result where it adds up to what the row burned. Where it does not (events that
/// retention has dropped, rows of an older Tidemill) the row has no dimensions.
struct CreditUsageSplit {
    /// One combination of values: its credits and events.
    struct Share {
        var credits = Amount.zero
        var events: Int64 = 0
    }

    let customer: CustomerID
    /// The dimensions that are asked for.
    let keys: [String]
    private let connection: any SQLConnection

    init(customer: CustomerID, keys: [String], connection: any SQLConnection) {
        self.customer = customer
        self.keys = keys
        self.connection = connection
    }

    /// The shares of each row, by its number in the ledger; rows that cannot be told apart are left out.
    func shares(of rows: [LedgerRow]) throws -> [Int64: [[ByteText?]: Share]] {
        let burns = rows.compactMap(Burn.init)
        guard let first = burns.map(\.hour).min(), let last = burns.map(\.hour).max(),
            let key = try identityKey()
        else { return [:] }
        let versions = try Set(burns.map(\.source.meter)).sorted().compactMap {
            try MeterRegistry.find($0, on: connection)?.0
        }
        let meters = MeterSet(versions, generation: 0)
        let decoder = try RawEventDecoder(meters, identityKey: key)
        var found = Found(burns)
        let scan = RawEventScan(from: Self.start(of: first), to: Self.start(of: last + 1), customer: customer)
        try scan.blocks(Compressor(), on: connection) { _, block in
            try RawBlock.read(block) { event in
                guard event.outcome == .applied, found.mayHold(event.delivery, event.record) else { return }
                decoder.reset()
                try decoder.decode(event)
                add(event, decoder.batch, meters, to: &found)
            }
        }
        return found.settled()
    }

    private func add(_ event: RawEvent, _ batch: RecordBatch, _ meters: MeterSet, to found: inout Found) {
        let patches = event.patches
        for (index, part) in batch.parts.enumerated() where part.customer_id.string.isSame(as: customer.text) {
            guard let values = batch.values(of: part) else { continue }
            for meter in meters.meters where meters.counts(meter, values) {
                let place = Found.Place(
                    delivery: event.delivery, hour: Self.hour(of: part.timestamp), meter: meter.id,
                    resource: part.resource_id.string)
                let empty = UnsafeRawBufferPointer(start: nil, count: 0)
                let dimensions = EventCredits.dimensions(
                    event.text, patches.indices.contains(index) ? patches[index] : empty)
                let value = meter.kind == .count ? Amount(1) : Amount(nanos: values[meter.field].nanos128)
                // What takes usage back is no part of what was burned.
                guard value >= .zero, let burn = found.burn(at: place, event.record) else { continue }
                guard let cost = found.cost(of: value, dimensions, burn) else { continue }
                found.add(cost, keys.map { Self.shown(dimensions[$0]) }, to: burn)
            }
        }
    }

    /// A dimension's value as a series names it; nil where there is none.
    static func shown(_ value: Payload?) -> ByteText? {
        guard let value, !value.isNull else { return nil }
        return ByteText(value.text ?? value.json)
    }

    /// A store without a key has never taken an event.
    private func identityKey() throws -> [UInt8]? {
        try connection.first("SELECT value FROM store_secrets WHERE name = 'identity'") { [UInt8]($0.blob(0)) }
    }

    static func hour(of microseconds: Int64) -> Int64 { microseconds.flooredDivision(by: 3_600_000_000) }
    static func start(of hour: Int64) -> Timestamp { Timestamp(microseconds: hour * 3_600_000_000) }
}

extension CreditUsageSplit {
    /// A row that events burned.
    fileprivate struct Burn {
        let sequence: Int64
        let credits: Amount
        let events: Int64
        let hour: Int64
        let source: BurnedEvents
        let rating: CreditRating

        init?(_ row: LedgerRow) {
            guard let source = row.origin.burned, let feature = row.origin.featureID else { return nil }
            sequence = row.sequence
            credits = -row.amount
            events = row.origin.events
            hour = CreditUsageSplit.hour(of: row.at.microseconds)
            self.source = source
            guard let rating = CreditRating(burnedBy: row, source, feature) else { return nil }
            self.rating = rating
        }
    }

    /// What the events come to, burn by burn.
    fileprivate struct Found {
        struct Place: Hashable {
            var delivery: String
            var hour: Int64
            var meter: Int64
            @ComparedByBytes var resource: String
        }

        private let burns: [Burn]
        private var places: [Place: [Int]] = [:]
        private var ranges: [String: ClosedRange<UInt64>] = [:]
        private var shares: [Int: [[ByteText?]: Share]] = [:]

        init(_ burns: [Burn]) {
            self.burns = burns
            for (index, burn) in burns.enumerated() {
                let source = burn.source
                guard source.first <= source.last else { continue }
                let place = Place(
                    delivery: source.delivery, hour: burn.hour, meter: source.meter, resource: source.resource)
                places[place, default: []].append(index)
                let known = ranges[source.delivery] ?? source.first...source.last
                ranges[source.delivery] =
                    min(known.lowerBound, source.first)...max(known.upperBound, source.last)
            }
        }

        /// Whether the record may belong to any of them: told before it is decoded.
        func mayHold(_ delivery: String, _ record: UInt64) -> Bool {
            ranges[delivery]?.contains(record) ?? false
        }

        /// The burn that the record belongs to. A record that was rejected first and retried lies in the range of its
        /// neighbours too: its own row is the narrowest.
        func burn(at place: Place, _ record: UInt64) -> Int? {
            places[place]?.filter { burns[$0].source.first <= record && record <= burns[$0].source.last }
                .min { burns[$0].width < burns[$1].width }
        }

        /// Nil for an event without a cost of its own: it burned nothing.
        func cost(of value: Amount, _ dimensions: TextMap<Payload>, _ index: Int) -> Amount? {
            // A formula that has no value was told of when the event came (`CreditConsumption.noteFree`).
            try? burns[index].rating.cost(of: value) { dimensions[$0]?.costDimension ?? .absent }
        }

        mutating func add(_ cost: Amount, _ values: [ByteText?], to index: Int) {
            shares[index, default: [:]][values, default: Share()].credits += cost
            shares[index, default: [:]][values, default: Share()].events += 1
        }

        /// Those that add up.
        func settled() -> [Int64: [[ByteText?]: Share]] {
            var result: [Int64: [[ByteText?]: Share]] = [:]
            for (index, found) in shares {
                let burn = burns[index]
                let credits = found.values.reduce(Amount.zero) { $0 + $1.credits }
                let events = found.values.reduce(Int64(0)) { $0 + $1.events }
                if credits == burn.credits, events == burn.events { result[burn.sequence] = found }
            }
            return result
        }
    }
}

extension CreditUsageSplit.Burn {
    fileprivate var width: UInt64 { source.last - source.first }
}

extension CreditRating {
    /// As a row was rated; nil where its formula cannot be read any more.
    init?(burnedBy row: LedgerRow, _ source: BurnedEvents, _ feature: FeatureID) {
        var formula: CostFormula?
        if let text = source.costFormula {
            // It was read when it was defined.
            guard let parsed = try? CostFormula(parsing: text) else { return nil }
            formula = parsed
        }
        self.init(
            wallet: row.wallet, featureID: feature,
            rate: CreditRate(
                amount: source.amount, currencyID: row.wallet.currencyID, costFormula: source.costFormula),
            formula: formula,
            period: BurnPeriod(wallet: row.wallet, featureID: feature, start: row.at, end: nil))
    }
}
