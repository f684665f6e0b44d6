import Synchronization

/// The bytes of long answers that are made and not yet written, in all and of each key: however many connections ask for
/// long lists and do not take them, memory is bounded and others get theirs.
final class AnswerRoom: Sendable {
    /// Shorter ones are not counted.
    static let longMin = 64 << 10
    static let bytesMax = 256 << 20
    static let perKeyMax = 128 << 20

    private struct State {
        var bytes = 0
        var byKey: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// For what changes something, before it is done: its answer cannot be refused any more.
    func require(for key: String) throws(WireError) {
        let isFull = state.withLock { $0.bytes >= Self.bytesMax || ($0.byKey[key] ?? 0) >= Self.perKeyMax }
        if isFull { throw Self.full }
    }

    /// The answer, which has its room until it is let go; refused where there is none, but to what is done already.
    func held(_ answer: WireAnswer, for key: String, isDone: Bool = false) throws(WireError) -> WireAnswer {
        let count = answer.body.count
        guard count >= Self.longMin else { return answer }
        let isHeld = state.withLock { state in
            let own = state.byKey[key] ?? 0
            // One alone is given whatever its length is.
            let fits = own == 0 || own + count <= Self.perKeyMax
            guard isDone || fits && (state.bytes == 0 || state.bytes + count <= Self.bytesMax) else { return false }
            state.bytes += count
            state.byKey[key] = own + count
            return true
        }
        guard isHeld else { throw Self.full }
        var answer = answer
        answer.room = Place(room: self, key: key, count: count)
        return answer
    }

    private static var full: WireError {
        WireError(
            .busy,
            "as many long answers wait to be taken as may; take those that were asked for, or ask for shorter pages",
            retryAfter: .seconds(1))
    }

    /// How many bytes are held.
    var bytes: Int { state.withLock { $0.bytes } }

    final class Place: Sendable {
        private let room: AnswerRoom
        private let key: String
        private let count: Int

        fileprivate init(room: AnswerRoom, key: String, count: Int) {
            self.room = room
            self.key = key
            self.count = count
        }

        deinit {
            room.state.withLock { state in
                state.bytes -= count
                let left = (state.byKey[key] ?? 0) - count
                state.byKey[key] = left > 0 ? left : nil
            }
        }
    }
}
