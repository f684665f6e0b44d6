import TidemillCore

/// What the customers of the demo do: hours, weekends, and what goes wrong.
struct DemoTraffic {
    private let start: Timestamp
    private let end: Timestamp
    private var random: SeededRandom
    private var keys = 0

    /// Thousandths of a working day's events, by the hour in UTC.
    private static let hours = [
        8, 5, 4, 4, 5, 8, 15, 30, 60, 80, 88, 82, 66, 75, 82, 80, 72, 60, 46, 38, 32, 26, 20, 14,
    ]
    /// Files are told apart, and mistakes made, only where there is enough around them.
    private static let linesEnough = 10

    init(from start: Timestamp, to end: Timestamp, _ random: SeededRandom) {
        self.start = start
        self.end = end
        self.random = random
    }

    /// How likely it is, in ten thousandths.
    private mutating func happens(_ share: Int) -> Bool { Int.random(in: 0..<10_000, using: &random) < share }

    private mutating func key(_ prefix: String) -> String {
        keys += 1
        return "\(prefix)-\(keys)"
    }

    static func isWeekend(_ instant: Timestamp) -> Bool { [0, 6].contains(CivilTime(instant, in: nil).weekday) }

    /// Whoever has come since `before`, as the sales system announces it.
    func arrivals(_ customers: some Sequence<DemoCustomer>) -> [String] {
        customers.map {
            """
            {"type":"customer.created","messageId":"hello-\($0.id)","plan":"\($0.plan.rawValue)","customer":{"id":"\($0.id)","name":"\($0.name)","email":"billing@\($0.id).example"}}
            """
        }
    }

    /// The events of the hour that began at `hour`.
    mutating func events(of customers: some Sequence<DemoCustomer>, in hour: Timestamp) -> [String] {
        let weight = Self.hours[Int(CivilTime(hour, in: nil).hour)] * (Self.isWeekend(hour) ? 35 : 100)
        var lines: [String] = []
        for customer in customers where customer.joined < hour {
            let expected = customer.daily * weight
            let count = expected / 100_000 + (Int.random(in: 0..<100_000, using: &random) < expected % 100_000 ? 1 : 0)
            for _ in 0..<count { lines.append(event(of: customer, in: hour)) }
        }
        guard lines.count >= Self.linesEnough else { return lines }
        if happens(600) { lines.append(lines[0].replacing("\"bytes\":", with: "\"bytes\":\"n/a\",\"was\":")) }
        // A release of the mobile client, out for two days, spelled a field its own way.
        let age = (hour.microseconds - start.microseconds) * 100 / max(1, end.microseconds - start.microseconds)
        if (70..<73).contains(age) {
            lines.append(lines[1].replacing("idempotencyKey", with: "idempotency_key"))
        }
        if happens(200) {
            lines.append(
                #"{"customerId":"\#(lines.count)-moved","featureId":"feature-seats","value":2,"updateBehavior":"SET"}"#)
        }
        return lines
    }

    private mutating func event(of customer: DemoCustomer, in hour: Timestamp) -> String {
        let at = Timestamp(microseconds: hour.microseconds + Int64.random(in: 0..<3_600_000_000, using: &random))
        let status = happens(150) ? "500" : "200"
        let what: (name: String, dimensions: String)
        if customer.plan == .prepaid {
            let model = happens(3000) ? "large" : "small"
            what = (
                "ai.completion",
                #""input":\#(Int.random(in: 200...4000, using: &random)),"output":\#(Int.random(in: 50...1500, using: &random)),"model":"\#(model)""#
            )
        } else {
            let region = ["eu", "us", "ap"][Int.random(in: 0..<3, using: &random)]
            what = ("api.call", #""bytes":\#(Int.random(in: 200...40_000, using: &random)),"region":"\#(region)""#)
        }
        return """
            {"customerId":"\(customer.id)","eventName":"\(what.name)","idempotencyKey":"\(key("e"))","timestamp":"\(at)","dimensions":{\(what.dimensions),"status":"\(status)"}}
            """
    }

    /// How many seats each has, told on Mondays.
    func seats(of customers: some Sequence<DemoCustomer>, at instant: Timestamp) -> [String] {
        customers.filter { $0.joined < instant && [.team, .business].contains($0.plan) }.map {
            """
            {"customerId":"\($0.id)","featureId":"feature-seats","value":\($0.seats),"updateBehavior":"SET","createdAt":"\(instant)","idempotencyKey":"seats-\(instant.hour)-\($0.id)"}
            """
        }
    }

    /// What the sales team won on a working day; some of it without an amount.
    mutating func deals(of customers: [DemoCustomer]) -> [String] {
        guard let customer = customers.randomElement(using: &random) else { return [] }
        let id = key("deal")
        let amount = happens(800) ? "" : ",\"amount\":\(Int.random(in: 5...400, using: &random) * 100)"
        return [
            #"{"type":"crm.deal_won","messageId":"\#(id)","customerId":"\#(customer.id)","dealId":"\#(id)"\#(amount)}"#
        ]
    }

    /// Whether a bill is paid within days.
    mutating func pays() -> Bool { happens(9300) }
}
