import TidemillCore
import TidemillDisplay
import TidemillOperations

/// Values as a page shows them: one zone for all instants of it, exact amounts in groups of three.
struct Shown: Sendable {
    let now: Timestamp
    /// Nil for UTC.
    let zone: Zone?

    var zoneName: String { zone?.identifier ?? "UTC" }

    static let none: HTML = "–"

    /// Within a day 21:41, within a year 14 Nov 21:41; the element holds the instant, pointing at it shows both zones.
    func time(_ instant: Timestamp?) -> HTML {
        guard let instant else { return Self.none }
        let short = text(instant)
        let parts = short.split(separator: " ")
        let isNear = abs(now.microseconds - instant.microseconds) < 86_400_000_000
        let text = isNear ? String(parts.last ?? "") : short
        return
            "<time datetime=\"\(instant.description)\" title=\"\(instant.description), \(short) \(zoneName)\">\(text)</time>"
    }

    /// As plain text, for what takes no element: 28 Nov 16:20.
    func text(_ instant: Timestamp) -> String {
        RelativeTime.dayAndTime(instant, now: now, offset: { zone?.offset(at: $0) ?? 0 })
    }

    /// With the offset of the zone, as an export has it: 2026-11-28T17:20:00.000+01:00.
    func local(_ instant: Timestamp) -> String {
        let offset = zone?.offset(at: instant.microseconds / 1_000_000) ?? 0
        guard offset != 0 else { return instant.description }
        let text = Timestamp(microseconds: instant.microseconds + offset * 1_000_000).description
        let minutes = abs(offset) / 60
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return text.dropLast() + (offset < 0 ? "-" : "+") + "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// On an axis of so many seconds: the time within a day, the day otherwise.
    func label(_ instant: Timestamp, within seconds: Int64) -> String {
        let parts = text(instant).split(separator: " ")
        return seconds <= 86_400 ? String(parts.last ?? "") : parts.prefix(2).joined(separator: " ")
    }

    /// How long ago, two units at most.
    func age(_ instant: Timestamp?) -> HTML {
        guard let instant else { return Self.none }
        let seconds = max(0, (now.microseconds - instant.microseconds) / 1_000_000)
        return
            "<time datetime=\"\(instant.description)\" title=\"\(instant.description)\">\(RelativeTime.age(seconds))</time>"
    }

    /// A member of an answer, by its kind; a dash for none.
    func value(_ value: Payload?, _ kind: PageTable.Kind) -> HTML {
        guard let value, !value.isNull else { return Self.none }
        switch kind {
        case .time:
            return value.text.flatMap { Timestamp(rfc3339: $0) }.map { time($0) } ?? "\(value.text ?? value.json)"
        case .number: return "\(Figures.grouped(value.text ?? value.json))"
        case .code: return .code(value.text ?? value.json)
        case .state: return Mark(state: value.text ?? value.json).html(labelled: true)
        case .text: return .name(value.text ?? value.json)
        }
    }

    static func bytes(_ count: Int64) -> HTML {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = count * 10
        var unit = 0
        while value >= 10_240, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let text = unit == 0 || value % 10 == 0 ? "\(value / 10)" : "\(value / 10).\(value % 10)"
        return "\(text) <small>\(units[unit])</small>"
    }
}

/// What a state means, by shape and by colour; the word stands beside it.
struct Mark {
    private enum Meaning: String {
        case ok, fail, warn, wait, pause
    }

    private let meaning: Meaning
    private let word: String

    init(state: String) {
        word = state
        switch state.lowercased() {
        case "failed", "failing", "rejected", "quarantined", "parked", "declined", "unknown", "lost", "stopped",
            "refused":
            meaning = .fail
        case "held", "skipped", "voided", "dropped", "open", "draft", "capped", "no_payment_method", "no_price",
            "daily_limit", "overdue":
            meaning = .warn
        case "paused", "disabled": meaning = .pause
        case "waiting", "claimed", "running", "charging", "pending", "idle", "not_started", "in_trial": meaning = .wait
        default: meaning = .ok
        }
    }

    static let fail = Mark(state: "failed")
    static let warn = Mark(state: "held")
    static let ok = Mark(state: "done")

    func html(labelled: Bool = false) -> HTML {
        let style = meaning == .wait || meaning == .pause ? "muted" : meaning.rawValue
        let icon: HTML =
            "<svg class=\"i s-\(style)\" aria-hidden=\"true\"><use href=\"#\(meaning.rawValue)\"/></svg>"
        return labelled ? "\(icon) \(word)" : icon
    }
}
