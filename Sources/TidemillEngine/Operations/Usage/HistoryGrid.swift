import Foundation
import TidemillCore

/// Where a chart has its points: every hour, day or month of UTC, whichever gives a readable number, and at the end.
struct HistoryGrid {
    let window: UsageQuery.Window
    /// The range's start, the full hours, days or months inside it, and its end.
    let bounds: [Timestamp]

    private static let hour: Int64 = 3_600_000_000
    private static let day = hour * 24
    private static let utc = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    init(from start: Timestamp, to end: Timestamp) {
        let length = end.microseconds - start.microseconds
        window = length <= 3 * Self.day ? .hour : length <= 93 * Self.day ? .day : .month
        var bounds = [start]
        var next = Self.next(after: start, window)
        while next < end {
            bounds.append(next)
            next = Self.next(after: next, window)
        }
        self.bounds = bounds + [end]
    }

    private static func next(after instant: Timestamp, _ window: UsageQuery.Window) -> Timestamp {
        switch window {
        case .hour: return Timestamp(microseconds: (instant.microseconds.flooredDivision(by: hour) + 1) * hour)
        case .day: return Timestamp(microseconds: (instant.microseconds.flooredDivision(by: day) + 1) * day)
        case .month:
            let date = Date(timeIntervalSince1970: TimeInterval(instant.microseconds.flooredDivision(by: 1_000_000)))
            guard let month = utc.dateInterval(of: .month, for: date) else {
                return instant.advanced(bySeconds: 2_592_000)
            }
            return Timestamp(microseconds: Int64(month.end.timeIntervalSince1970) * 1_000_000)
        }
    }
}
