import Synchronization
import TidemillOperations

/// How fast requests go out. Each kind has the service's published budget for itself, so that a long job's writes hold up no
/// check; each customer has one for its writes. A kind is held back when the service says that it was too fast.
public final class Pace: Sendable {
    /// Requests in a minute, and how many of them may follow each other at once.
    public struct Budget: Sendable, Hashable {
        let interval: Duration
        let ahead: Duration

        public init(perMinute: Int, burst: Int) {
            interval = .seconds(60) / perMinute
            ahead = interval * (burst - 1)
        }
    }

    /// Of a key, as Stigg publishes them (stigg.md D).
    public static func published(_ kind: ServiceRequest.Kind) -> Budget {
        switch kind {
        case .read: Budget(perMinute: 3000, burst: 500)
        case .write: Budget(perMinute: 250, burst: 40)
        case .usage: Budget(perMinute: 600, burst: 100)
        case .events: Budget(perMinute: 600, burst: 30)
        }
    }
    public static let customer = Budget(perMinute: 30, burst: 10)
    /// Customers that are remembered; those whose budget is whole again are forgotten first.
    private static let customersMax = 10_000

    private struct State {
        /// When the next request would be due if all had kept their interval.
        var due: [ServiceRequest.Kind: Duration] = [:]
        var customers: [String: Duration] = [:]
    }

    private let budgets: @Sendable (ServiceRequest.Kind) -> Budget
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    public init(_ budgets: @escaping @Sendable (ServiceRequest.Kind) -> Budget = Pace.published) {
        self.budgets = budgets
    }

    /// Takes a place, and says how long to wait for it.
    func wait(_ request: ServiceRequest, now: Duration? = nil) -> Duration {
        let now = now ?? ContinuousClock.now - start
        let budget = budgets(request.kind)
        return state.withLock { state in
            var wait = Self.take(&state.due[request.kind, default: .zero], budget, now)
            if request.kind == .write, let entity = request.entity {
                if state.customers.count >= Self.customersMax {
                    state.customers = state.customers.filter { $0.value > now }
                }
                wait = max(wait, Self.take(&state.customers[entity, default: .zero], Self.customer, now))
            }
            return wait
        }
    }

    /// Nobody sends another of the kind before the time is over.
    func hold(_ kind: ServiceRequest.Kind, for time: Duration) {
        let now = ContinuousClock.now - start
        let budget = budgets(kind)
        state.withLock { state in
            state.due[kind] = max(state.due[kind, default: .zero], now + time + budget.ahead)
        }
    }

    private static func take(_ due: inout Duration, _ budget: Budget, _ now: Duration) -> Duration {
        let at = max(due, now)
        due = at + budget.interval
        return max(.zero, at - budget.ahead - now)
    }
}
