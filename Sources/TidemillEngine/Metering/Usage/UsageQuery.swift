public import TidemillCore
public import TidemillOperations

/// What is asked of metered usage.
public struct UsageQuery: Sendable {
    public enum Window: String, Sendable, CaseIterable {
        case hour, day, month
    }

    public var feature: FeatureID
    public var customer: CustomerID?
    /// A resource's id; "" for usage without one; nil for all.
    public var resource: String?
    /// Half open, by event timestamp; nil: all time.
    public var from: Timestamp?
    public var to: Timestamp?
    public var groupBy: [String]
    public var window: Window?
    /// An IANA name; windows of days and months begin there at midnight.
    public var timeZone: String
    /// By which version of the feature's meter; nil for the one that answers now.
    var meter: MeterVersion?

    public init(
        feature: FeatureID, customer: CustomerID? = nil, resource: String? = nil, from: Timestamp? = nil,
        to: Timestamp? = nil, groupBy: [String] = [], window: Window? = nil, timeZone: String = "UTC"
    ) {
        self.feature = feature
        self.customer = customer
        self.resource = resource
        self.from = from
        self.to = to
        self.groupBy = groupBy
        self.window = window
        self.timeZone = timeZone
    }
}

extension UsageQuery {
    func takes(customer id: String) -> Bool { customer == nil || customer?.text.isSame(as: id) == true }
    func takes(resource id: String) -> Bool { resource == nil || resource.isSame(as: id) }
}

/// One answer: a customer's usage of a feature in a window and group.
public struct UsageRow: Sendable, Hashable {
    public var customer: CustomerID
    public var feature: FeatureID
    /// "" for none.
    @ComparedByBytes public var resource: String
    /// The grouped dimensions that the events had.
    public var dimensions: TextMap<Payload>
    public var windowStart: Timestamp?
    public var value: Amount

    public init(
        customer: CustomerID, feature: FeatureID, resource: String = "", dimensions: TextMap<Payload> = [:],
        windowStart: Timestamp? = nil, value: Amount
    ) {
        self.customer = customer
        self.feature = feature
        self.resource = resource
        self.dimensions = dimensions
        self.windowStart = windowStart
        self.value = value
    }
}

/// Where windows begin.
struct WindowClock {
    /// Nil: one window of all time.
    private let period: CalendarPeriod?

    init?(_ window: UsageQuery.Window?, timeZone: String) {
        guard let zone = Zone(identifier: timeZone) else { return nil }
        let local = timeZone == "UTC" || timeZone == "GMT" ? nil : zone
        period =
            switch window {
            case nil: nil
            case .hour: .hours
            case .day: .days(in: local)
            case .month: .months(in: local)
            }
    }

    /// Whether every window begins on a UTC hour, so that the hourly cells can answer.
    var fitsHours: Bool {
        guard let period, period.zone != nil else { return true }
        // A zone's offset changes through history: looked at month by month from 2000, where event times begin, to 2040.
        let months = CalendarPeriod.months(in: period.zone)
        return (360..<840).allSatisfy { month in
            period.window(containing: months.bound(month)).start.microseconds.isMultiple(of: 3_600_000_000)
        }
    }

    /// The start of the window that holds `at`; nil without windows.
    func start(of at: Timestamp) -> Timestamp? { period?.window(containing: at).start }
}
