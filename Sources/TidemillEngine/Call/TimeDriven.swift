import TidemillCore
import TidemillOperations

/// The kinds of things that change by time alone, as the table `due` names them. What is due at one instant advances in
/// the order of their names: a new period grants before the old one's credits expire, so that no renewal looks like an
/// empty wallet.
enum TimedKind: String, CaseIterable {
    case promotional
    case subscription
    case wallet
}

/// What a kind does. Its changes are written when somebody first looks after they were due, or by the worker, with the
/// instant at which they were due.
protocol TimeDriven: Sendable {
    static var kind: TimedKind { get }

    /// Applies what is due for the customer at `instant` exactly, announces it, and sets when the kind is due next:
    /// later than `instant`, or never. `scope.now` is `instant`.
    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws

    /// Sets when the kind is due next for the customer.
    static func schedule(_ customer: CustomerID, in scope: CallScope) throws
}

extension CallScope {
    /// Has it worked out when a kind is due next: for whoever changes what that depends on.
    func schedule(_ kind: TimedKind, of customer: CustomerID) throws {
        try settings.timed.first { $0.kind == kind }?.schedule(customer, in: self)
    }
}
