public import TidemillCore
public import TidemillOperations

/// The billing periods of a subscription: whole months or years from its anchor, by UTC's calendar, without drift.
public struct BillingCycle: Sendable, Hashable {
    public let anchor: Timestamp
    public let billingPeriod: BillingPeriod
    private let calendar: CalendarPeriod

    public init(_ billingPeriod: BillingPeriod, anchor: Timestamp) {
        self.anchor = anchor
        self.billingPeriod = billingPeriod
        calendar = CalendarPeriod(billingPeriod == .monthly ? .month : .year, anchor: anchor)
    }

    public func range(containing instant: Timestamp) -> BillingRange {
        let window = calendar.window(containing: instant)
        return BillingRange(start: window.start, end: window.end)
    }

    /// The period that begins with the anchor.
    public var first: BillingRange { BillingRange(start: anchor, end: calendar.bound(1)) }

    /// How many periods have begun until `instant`, that one's too.
    func periods(until instant: Timestamp) -> Int64 {
        var count: Int64 = 1
        var range = first
        while range.end <= instant {
            range = self.range(after: range.end)
            count += 1
        }
        return count
    }

    /// The period after the one that ends at `end`.
    public func range(after end: Timestamp) -> BillingRange { range(containing: end) }
}

/// A billing period, half open.
public struct BillingRange: Sendable, Hashable {
    public let start: Timestamp
    public let end: Timestamp

    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }
}
