public import TidemillCore

/// Work in the store that is due from time to time: retention, filling in meters, sealing segments.
public protocol StoreMaintenance: Sendable {
    /// Does what is due at `now`, in transactions short enough to let ingest in between.
    func runMaintenance(now: Timestamp) throws
}
