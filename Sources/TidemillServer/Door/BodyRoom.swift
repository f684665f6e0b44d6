import Synchronization

/// The bytes of all bodies that are held at a time: however many connections send long ones, with a key or without, the
/// rest is told to come again.
final class BodyRoom: Sendable {
    static let bytesMax = 256 << 20

    private let bytes = Mutex(0)

    /// False where there is no room for so many more.
    func take(_ count: Int) -> Bool {
        bytes.withLock { bytes in
            guard bytes + count <= Self.bytesMax else { return false }
            bytes += count
            return true
        }
    }

    func release(_ count: Int) { bytes.withLock { $0 -= count } }
}
