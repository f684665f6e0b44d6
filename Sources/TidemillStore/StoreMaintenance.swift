public import TidemillCore

/// Work in the store that is due from time to time: retention, filling in meters, sealing segments.
public protocol StoreMaintenance: Sendable {
    /// Does what is due at `now`, in transactions short enough to let ingest in between.
    func runMaintenance(now: Timestamp) throws

    /// As `runMaintenance`, and no more than others can wait for. Returns whether something is left: it is to come again
    /// once others had their turn.
    func runTurn(now: Timestamp) throws -> Bool

    /// Whether it acts on what is due, by the clock, which it asks itself whether to believe. What removes what is old goes by
    /// an instant that is no later than the data allow.
    var goesByTheClock: Bool { get }
}

extension StoreMaintenance {
    public func runTurn(now: Timestamp) throws -> Bool {
        try runMaintenance(now: now)
        return false
    }

    public var goesByTheClock: Bool { false }
}
