import Synchronization

/// The bytes of all bodies that are held at a time, and of the values that were read from them: however many connections
/// send long ones, the rest is told to come again. One key has half of the room at most, and so has one address of those
/// who show none.
final class BodyRoom: Sendable {
    /// For those who showed a key.
    static let bytesMax = 256 << 20
    /// For those who did not, apart: nobody without a key is in the way of those who have one.
    static let unsignedBytesMax = 64 << 20

    private struct State {
        var bytes = 0
        var byKey: [String: Int] = [:]
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int = BodyRoom.bytesMax) { self.bytesMax = bytesMax }

    /// What one of those has at most who send bodies.
    static func shareMax(of bytesMax: Int) -> Int { bytesMax / 2 }

    /// False where there is no room for so many more. `key`: whose share it is taken from.
    func take(_ count: Int, for key: String?) -> Bool {
        state.withLock { state in
            guard state.bytes + count <= bytesMax else { return false }
            if let key {
                let own = (state.byKey[key] ?? 0) + count
                guard own <= Self.shareMax(of: bytesMax) else { return false }
                state.byKey[key] = own
            }
            state.bytes += count
            return true
        }
    }

    func release(_ count: Int, for key: String?) {
        state.withLock { state in
            state.bytes -= count
            guard let key, let own = state.byKey[key] else { return }
            state.byKey[key] = own > count ? own - count : nil
        }
    }
}
