import Foundation
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

/// One answer: a customer's usage of a feature in a window and group.
public struct UsageRow: Sendable, Hashable {
    public var customer: CustomerID
    public var feature: FeatureID
    /// "" for none.
    public var resource: String
    /// The grouped dimensions that the events had.
    public var dimensions: [String: Payload]
    public var windowStart: Timestamp?
    public var value: Amount

    public init(
        customer: CustomerID, feature: FeatureID, resource: String = "", dimensions: [String: Payload] = [:],
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
    private let window: UsageQuery.Window?
    private let calendar: Calendar
    private let isUTC: Bool

    init?(_ window: UsageQuery.Window?, timeZone: String) {
        guard let zone = TimeZone(identifier: timeZone) else { return nil }
        self.window = window
        isUTC = timeZone == "UTC" || timeZone == "GMT"
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
    }

    /// Whether every window begins on a UTC hour, so that the hourly cells can answer.
    var fitsHours: Bool {
        guard !isUTC, let window, window != .hour else { return true }
        // A zone's offset changes through history: sampled by the month from 2000, where event times begin, to 2040.
        return (0..<480).allSatisfy { month in
            let date = Date(timeIntervalSince1970: 946_684_800 + Double(month) * 2_630_000)
            return calendar.timeZone.secondsFromGMT(for: date) % 3600 == 0
        }
    }

    /// The start of the window that holds `at`; nil without windows.
    func start(of at: Timestamp) -> Timestamp? {
        guard let window else { return nil }
        if window == .hour { return Timestamp.hour(at.hour) }
        if isUTC {
            let days = at.microseconds.flooredDivision(by: 86_400_000_000)
            return window == .day ? Timestamp(microseconds: days * 86_400_000_000) : at.startOfMonth
        }
        // Whole seconds are exact as Double, and no window begins inside one.
        let date = Date(timeIntervalSince1970: Double(at.microseconds.flooredDivision(by: 1_000_000)))
        let start = calendar.dateInterval(of: window == .day ? .day : .month, for: date)?.start ?? date
        return Timestamp(microseconds: Int64(start.timeIntervalSince1970.rounded()) * 1_000_000)
    }
}
