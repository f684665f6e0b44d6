import Synchronization
import TidemillCore

/// What a process remembers of asking policies: whose answers take long, which wallets are too lively to be asked in
/// peace, and which scripts were in force. Losing it loses nothing.
final class PolicyAsking: Sendable {
    /// So long a round of questions may take before their answers are acted on, and others get a turn.
    static let budget = Duration.milliseconds(100)
    /// From then on a policy is slow: it is asked after those that are not.
    private static let slow = Duration.milliseconds(10)
    /// An answer that was overtaken by consumption so often is acted on all the same.
    private static let overtakenMax = 3
    private static let walletsMax = 10_000

    private struct State {
        var version: String?
        var slow: Set<PolicySource> = []
        var overtaken: [RechargedWallet: Int] = [:]
    }

    private let state = Mutex(State())

    func isNew(_ version: String?) -> Bool { state.withLock { $0.version != version } }

    func take(_ version: String?) {
        state.withLock { state in
            state.version = version
            state.slow.removeAll()
        }
    }

    func isSlow(_ source: PolicySource?) -> Bool {
        guard let source else { return false }
        return state.withLock { $0.slow.contains(source) }
    }

    func note(_ source: PolicySource?, took duration: Duration) {
        guard let source else { return }
        state.withLock { state in
            if duration >= Self.slow { state.slow.insert(source) } else { state.slow.remove(source) }
        }
    }

    func count(_ moved: Bool, _ wallet: RechargedWallet) {
        state.withLock { state in
            guard moved else {
                state.overtaken[wallet] = nil
                return
            }
            if state.overtaken.count >= Self.walletsMax { state.overtaken.removeAll() }
            state.overtaken[wallet, default: 0] += 1
        }
    }

    func toleratesConsumption(of wallet: RechargedWallet) -> Bool {
        state.withLock { $0.overtaken[wallet, default: 0] >= Self.overtakenMax }
    }
}
