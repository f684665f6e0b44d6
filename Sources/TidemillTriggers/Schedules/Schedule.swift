import Foundation
public import TidemillCore

/// When a job runs: a cron expression by the clocks of a zone, or a fixed interval.
public struct Schedule: Sendable, Hashable {
    enum Rule: Sendable, Hashable {
        case cron(CronExpression)
        /// Every so many seconds, counted from 1970, so that all workers mean the same slots.
        case every(Int64)
    }

    let rule: Rule
    /// The zone's name as written; nil for UTC.
    public let timezone: String?
    private let zone: Zone?

    /// The longest interval: a year.
    private static let intervalMax: Int64 = 366 * 86_400

    /// Reads a cron expression, a nickname, or `every 30s` (s, m, h, d).
    public init(_ text: String, timezone: String? = nil) throws(ScheduleError) {
        if let timezone {
            guard let zone = Zone(identifier: timezone) else { throw ScheduleError(Zone.problem(timezone)) }
            self.zone = timezone == "UTC" ? nil : zone
        } else {
            zone = nil
        }
        self.timezone = timezone
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.first?.lowercased() == "every" {
            rule = .every(try Self.interval(words.dropFirst().joined(separator: " "), text))
        } else {
            rule = .cron(try CronExpression(text))
        }
    }

    /// As it is written down.
    public var text: String {
        switch rule {
        case .cron(let expression): expression.text
        case .every(let seconds): "every \(seconds)s"
        }
    }

    public var warnings: [String] {
        switch rule {
        case .cron(let expression): expression.warnings
        case .every: []
        }
    }

    /// The first slot after an instant; nil when there is none in 50 years.
    public func next(after instant: Timestamp) -> Timestamp? {
        switch rule {
        case .cron(let expression): return expression.next(after: instant, in: zone)
        case .every(let seconds):
            let length = seconds * 1_000_000
            return Timestamp(microseconds: (instant.microseconds.flooredDivision(by: length) + 1) * length)
        }
    }

    /// What the zone's clocks show at an instant: `2026-03-29 03:00 +02:00`.
    public func local(_ instant: Timestamp) -> String {
        let time = CivilTime(instant, in: zone)
        let clock = Timestamp(microseconds: time.day * 86_400_000_000 + time.microseconds)
        let minutes = (clock.microseconds - instant.microseconds) / 60_000_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let text = clock.secondsDescription.dropLast().replacing("T", with: " ")
        return "\(text) \(minutes < 0 ? "-" : "+")\(two(abs(minutes) / 60)):\(two(abs(minutes) % 60))"
    }

    private static func interval(_ text: String, _ whole: String) throws(ScheduleError) -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), !digits.isEmpty, digits.utf8.count <= 9,
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let count = Int64(digits)
        else {
            throw ScheduleError(
                "\"\(ScheduleError.shown(whole))\" is no interval; write \"every 30s\", with s, m, h or d")
        }
        let seconds = count * unit
        guard (1...intervalMax).contains(seconds) else {
            throw ScheduleError("an interval is from 1 second to 366 days, got \"\(ScheduleError.shown(whole))\"")
        }
        return seconds
    }
}
