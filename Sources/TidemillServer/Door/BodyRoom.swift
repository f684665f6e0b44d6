import Synchronization

/// The bytes of all bodies that are held at a time, and of the values that were read from them: however many connections
/// send long ones, the rest is told to come again.
final class BodyRoom: Sendable {
    /// For those who showed a key.
    static let bytesMax = 256 << 20
    /// For those who did not, apart: nobody without a key is in the way of those who have one.
    static let unsignedBytesMax = 64 << 20

    private let bytesMax: Int
    private let bytes = Mutex(0)

    init(bytesMax: Int = BodyRoom.bytesMax) { self.bytesMax = bytesMax }

    /// False where there is no room for so many more.
    func take(_ count: Int) -> Bool {
        bytes.withLock { bytes in
            guard bytes + count <= bytesMax else { return false }
            bytes += count
            return true
        }
    }

    func release(_ count: Int) { bytes.withLock { $0 -= count } }
}
