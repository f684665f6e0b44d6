import TidemillCore

/// An instant as people type it: RFC 3339, or a date or local time in the command's time zone.
enum InstantArgument {
    static let expected =
        "an instant such as 2026-03-01, 2026-03-01T12:30 (in the time zone) or 2026-03-01T12:30:00Z"

    static func parse(_ text: String, in zone: Zone?) -> Timestamp? {
        if let instant = Timestamp(rfc3339: text) { return instant }
        // A local time becomes RFC 3339 with UTC's offset first: one parser checks the digits.
        let full =
            switch text.utf8.count {
            case 10: text + "T00:00:00Z"
            case 16: text + ":00Z"
            case 19: text + "Z"
            default: ""
            }
        guard let asUTC = Timestamp(rfc3339: full) else { return nil }
        return CivilTime(asUTC, in: nil).instant(in: zone)
    }
}

extension InstantArgument {
    /// Half-open bounds from two options; refuses what is no instant, and a range that holds nothing.
    static func range(from: String?, to: String?, in zone: Zone?) throws -> (from: Timestamp?, to: Timestamp?) {
        func instant(_ name: String, _ text: String?) throws -> Timestamp? {
            guard let text else { return nil }
            if let instant = parse(text, in: zone) { return instant }
            throw CommandFailure(
                .wrongUse, code: "usage", "\(name): expected \(expected), got \"\(text.escapingControls)\"")
        }
        let bounds = (try instant("--from", from), try instant("--to", to))
        if let from = bounds.0, let to = bounds.1, from >= to {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--from \(from.secondsDescription) is not before --to \(to.secondsDescription)")
        }
        return bounds
    }
}
