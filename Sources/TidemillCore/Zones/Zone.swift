/// A time zone by its name in the tz database. What its clocks show is asked of the database each time: it may be brought
/// up to date while somebody holds this.
public struct Zone: Sendable, Hashable {
    private let entry: ZoneEntry

    init(_ entry: ZoneEntry) { self.entry = entry }

    /// Nil for what is no name of the database, such as the abbreviations `BST` and `CST`, which mean several zones.
    public init?(identifier name: String) {
        guard let zone = ZoneDatabase.shared.zone(name) else { return nil }
        self = zone
    }

    /// A zone that was accepted when it was stored.
    public init?(stored name: String) {
        guard let zone = ZoneDatabase.shared.stored(name) else { return nil }
        self = zone
    }

    public var identifier: String { entry.name }

    /// Seconds that its clocks are ahead of UTC at an instant, in seconds since 1970.
    public func offset(at seconds: Int64) -> Int64 { entry.offset(at: seconds) }

    /// What is wrong with a name that is none: `"Europe/berlin" is no time zone of the tz database; did you mean …?`
    public static func problem(_ name: String) -> String {
        let shown = name.escapingControls.prefix(64)
        let hint = ZoneDatabase.shared.suggestion(for: name).map { "did you mean \"\($0)\"?" }
        return "\"\(shown)\" is no name of the tz database; \(hint ?? "write one such as \"Europe/Berlin\"")"
    }

    public static func == (left: Zone, right: Zone) -> Bool { left.entry.name.isSame(as: right.entry.name) }
    public func hash(into hasher: inout Hasher) { hasher.combine(text: entry.name) }
}
