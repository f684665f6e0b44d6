import TidemillCore

/// A customer of the demo: who it is, what it has, how much it does.
struct DemoCustomer {
    enum Plan: String, CaseIterable {
        case free = "plan-free"
        case team = "plan-team"
        case business = "plan-business"
        case prepaid = "plan-prepaid"
    }

    let id: String
    let name: String
    let plan: Plan
    let joined: Timestamp
    /// Events on a working day.
    let daily: Int
    let seats: Int
    /// Whether its card is declined in the end.
    let isBroke: Bool

    private static let first = [
        "Aurora", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel",
        "Lumen", "Meridian", "Nimbus", "Orchard", "Pioneer", "Quartz", "Ridge", "Summit", "Tundra", "Umber", "Vertex",
        "Willow", "Zephyr",
    ]
    private static let second = [
        "Analytics", "Bikes", "Clinics", "Data", "Energy", "Freight", "Games", "Health", "Insurance", "Journals",
        "Kitchens",
        "Labs", "Maps", "Networks", "Optics", "Payments", "Robotics", "Studios", "Travel", "Utilities", "Vision",
        "Weather",
        "Yachts", "Software",
    ]
    static let customersMax = first.count * second.count

    /// So many customers, the first of them there from the start, the others one by one.
    static func all(
        _ count: Int, from start: Timestamp, to end: Timestamp, _ random: inout SeededRandom
    ) -> [DemoCustomer] {
        let names = first.flatMap { first in second.map { (first, $0) } }.shuffled(using: &random).prefix(count)
        let span = (end.microseconds - start.microseconds) / 1_000_000
        return names.enumerated().map { index, name in
            let plan: Plan =
                switch Int.random(in: 0..<100, using: &random) {
                case 0..<30: .free
                case 30..<70: .team
                case 70..<80: .business
                default: .prepaid
                }
            // Some two fifths come on the first day, nobody in the last twentieth.
            let share = max(0, Int64.random(in: -400..<600, using: &random))
            let seconds = span * share * 95 / 60_000 + Int64.random(in: 3600..<43_200, using: &random)
            let range: ClosedRange<Int> =
                switch plan {
                case .free: 1...5
                case .team: 4...15
                case .business: 10...30
                case .prepaid: 2...8
                }
            return DemoCustomer(
                id: "\(name.0.lowercased())-\(name.1.lowercased())", name: "\(name.0) \(name.1)", plan: plan,
                joined: start.advanced(bySeconds: seconds), daily: Int.random(in: range, using: &random),
                seats: Int.random(in: 1...12, using: &random), isBroke: index % 4 == 3)
        }.sorted { ($0.joined, $0.id) < ($1.joined, $1.id) }
    }
}
