import Foundation
import Logging
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillRuns
import TidemillStore

/// Months of a company's life, through the path of every delivery: files into the pipeline, webhooks into jobs, time into
/// renewals, recharges and invoices, under a clock of its own.
struct DemoLife {
    struct Settings {
        var months: Int64 = 3
        var seed: UInt64 = 1
        var customers = 300
        /// A full hour.
        var until: Timestamp
    }

    /// What has come of it.
    struct Totals {
        var customers = 0
        var deliveries: Int64 = 0
        var counts: [String: Int64] = [:]

        mutating func add(_ delivery: Payload) {
            deliveries += 1
            for name in Self.names {
                if case .integer(let records)? = delivery[name] { counts[name, default: 0] += records }
            }
        }

        static let names = ["records", "applied", "filtered", "duplicate", "rejected"]
    }

    private let settings: Settings
    private let start: Timestamp
    private let customers: [DemoCustomer]
    private var traffic: DemoTraffic
    private let mill: TestMill
    private var totals = Totals()
    private var arrived = 0
    /// The last file of events, which is delivered again on Mondays.
    private var last: [String] = []
    /// Bills, by the instant at which they are paid.
    private var bills: [(at: Timestamp, customer: DemoCustomer)] = []

    private static let secondsOfHour: Int64 = 3600

    init(_ settings: Settings, _ config: AppConfig, in folder: ScratchFolder) throws {
        self.settings = settings
        let until = settings.until
        let start = CivilTime(until, in: nil).adding(months: -settings.months).universal
        self.start = start
        var random = SeededRandom(seed: settings.seed)
        customers = DemoCustomer.all(settings.customers, from: start, to: until, &random)
        traffic = DemoTraffic(from: start, to: until, random)
        let broke = Set(customers.filter(\.isBroke).map(\.id))
        // Cards end in the second half; a few charges are declined at any time.
        let middle = Timestamp(microseconds: (start.microseconds + until.microseconds) / 2)
        let clock = TestClock(start)
        let gateway = TestGateway { request in
            let isOver = broke.contains(request.customerID.text) && clock.now > middle
            let isOdd = (request.customerID.text.utf8.reduce(clock.now.hour) { $0 + Int64($1) }) % 53 == 0
            guard isOver || isOdd else { return .init(word: .succeeded) }
            return .init(word: .declined, code: isOver ? "expired_card" : "insufficient_funds", isRetryable: !isOver)
        }
        var logger = Logger(label: "demo")
        logger.logLevel = .critical
        mill = try TestMill(
            config, at: start, in: folder, environment: config.environment, gateway: gateway, clock: clock,
            logger: logger)
        for customer in customers where customer.plan != .free {
            let joined = CivilTime(customer.joined, in: nil)
            for month in 0...settings.months {
                let due = joined.adding(months: month).adding(days: 3)
                bills.append((due.universal, customer))
            }
        }
        bills.sort { ($0.at, $0.customer.id) < ($1.at, $1.customer.id) }
    }

    /// Lives through it, and leaves the store as a whole and synced file at `store`.
    mutating func live(store: String, progress: (Int, Int) -> Void) async throws -> Totals {
        var hour = start
        let hours = Int(settings.until.hour - start.hour)
        while hour < settings.until {
            try await live(hour)
            hour = hour.advanced(bySeconds: Self.secondsOfHour)
            progress(Int(hour.hour - start.hour), hours)
        }
        // The slots of the time behind are done: a worker goes on from here.
        try RunSchedules(mill.runs.tools).looked(now: settings.until)
        try mill.app.store.backup(to: store)
        totals.customers = arrived
        return totals
    }

    /// The hour that begins then; what it brought is delivered at its end.
    private mutating func live(_ hour: Timestamp) async throws {
        let end = hour.advanced(bySeconds: Self.secondsOfHour)
        mill.clock.move(to: end)
        let stamp = end.secondsDescription.filter { $0.isNumber || $0 == "T" }.prefix(13)
        let new = customers[arrived...].prefix { $0.joined < end }
        arrived += new.count
        try await deliver(traffic.arrivals(new), as: "crm-\(stamp)")
        let lines = traffic.events(of: customers.prefix(arrived), in: hour)
        try await deliver(lines, as: "usage-\(stamp)")
        let time = CivilTime(end, in: nil)
        if time.weekday == 1, time.hour == 9 {
            try await deliver(traffic.seats(of: customers.prefix(arrived), at: end), as: "seats-\(stamp)")
            try await deliver(last, as: "usage-\(stamp)-again")
        }
        if !lines.isEmpty { last = lines }
        if [10, 15].contains(time.hour), !DemoTraffic.isWeekend(end) {
            try await deliver(traffic.deals(of: Array(customers.prefix(arrived))), as: "deals-\(stamp)")
        }
        while let bill = bills.first, bill.at < end {
            bills.removeFirst()
            // A bill that there is not, since nothing was to be paid, is none that is left open.
            if traffic.pays() { _ = try? await pay(bill.customer) }
        }
        try await mill.settle()
    }

    private mutating func deliver(_ lines: [String], as name: String) async throws {
        guard !lines.isEmpty else { return }
        let number = Int(totals.deliveries)
        let file = try mill.file(named: "\(name).ndjson", lines.joined(separator: "\n") + "\n", number: number)
        totals.add(try await mill.deliver(file))
        try FileManager.default.removeItem(at: file)
    }

    private func pay(_ customer: DemoCustomer) async throws -> Payload {
        try await mill.operators.perform(
            .markInvoiceAsPaid, ["id": .string("\(customer.id)-1")],
            in: CallContext(.engine("payments"), now: mill.clock.now))
    }
}

extension CivilTime {
    /// The instant at which clocks of UTC show it.
    fileprivate var universal: Timestamp { Timestamp(microseconds: day * 86_400_000_000 + microseconds) }
}
