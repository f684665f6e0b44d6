import Synchronization
public import TidemillCore
public import TidemillStore

/// A store whose process dies at a transaction: just before it begins, or just after it has committed. It stays dead.
public final class MortalStore: Store {
    public struct Death: Error {}

    public enum Instant: CaseIterable, Sendable {
        case before
        case after
    }

    private let store: any Store
    private let instant: Instant
    private let left: Mutex<Int>

    /// Dies at the write of this number, counted from 0.
    public init(_ store: any Store, at number: Int, _ instant: Instant) {
        self.store = store
        self.instant = instant
        left = Mutex(number)
    }

    public var isDead: Bool { left.withLock { $0 } < 0 }

    public func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        if isDead { throw Death() }
        return try store.read(body)
    }

    public func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T {
        let number = left.withLock { left in
            left -= 1
            return left
        }
        if number < -1 || (number == -1 && instant == .before) { throw Death() }
        let result = try store.write(customer: customer, body)
        if number == -1 { throw Death() }
        return result
    }
}
