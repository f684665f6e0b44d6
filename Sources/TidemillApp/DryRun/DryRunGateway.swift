import Synchronization
import TidemillPayments

/// The payment gateway of a dry run: it asks nobody, and remembers what it would have asked for. Each charge counts as
/// made, so that what follows from it is seen too.
final class DryRunGateway: PaymentGateway {
    let name = "dry-run"
    let isPaid: Bool
    private let asked = Mutex([PaymentRequest]())

    init(isPaid: Bool) {
        self.isPaid = isPaid
    }

    func charge(_ request: PaymentRequest) async -> PaymentAnswer {
        asked.withLock { asked in
            if !asked.contains(where: { $0.key == request.key }) { asked.append(request) }
        }
        return .succeeded(paymentID: isPaid ? "dry-run-\(request.key)" : nil)
    }

    /// Of a charge that was made for real, nobody knows here: it stays as it is.
    func lookUp(key: String) async -> PaymentAnswer { .pending(paymentID: nil) }

    /// What it was asked to charge, in order.
    var charges: [PaymentRequest] { asked.withLock { $0 } }
}
