import Foundation
import TidemillCore
import TidemillStore

/// Transactions of upkeep one after the other: at once where nobody else writes, and no more than a fifth of the time
/// where others do. A hundred thousand renewals at one instant take minutes then, and ingest goes on beside them.
struct UpkeepTurns {
    /// How many times as long as a transaction took the rest after it is.
    private static let restPerWork = 4
    private static let restMax = Duration.seconds(1)

    private let store: any Store
    /// As it was after the last transaction.
    private var stamp: Int64?
    private(set) var rest = Duration.zero

    init(_ store: any Store) {
        self.store = store
    }

    /// Performs the next one. `rest` is how long others are to have the store after it.
    mutating func write<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        let last = stamp
        var begun = ContinuousClock.now
        var isAlone = true
        let result = try store.write { connection in
            begun = .now
            isAlone = try last == nil || store.commitStamp() == last
            return try body(connection)
        }
        let took = begun.duration(to: .now)
        stamp = try store.commitStamp()
        rest = isAlone ? .zero : min(took * Self.restPerWork, Self.restMax)
        return result
    }

    /// Lets others write: whoever waits for the lock takes it, even where nobody has been seen.
    func pause() {
        if rest > .zero { usleep(UInt32(clamping: rest.microseconds)) } else { Self.breathe() }
    }

    /// Long enough for whoever waits for the lock or the database to take it.
    static func breathe() {
        usleep(1500)
    }
}
