import Crypto
import Foundation
import TidemillCore
import TidemillOperations

/// One purchase of credits, from the decision to its end.
///
/// ```
///   open ──► charging ──────────────► succeeded ──refund──► refunded
///              │ ▲  │ └──► pending ──────▲ │
///              │ │  │         └────────────┼──► declined ──later──► charging (next attempt)
///   unknown ◄──┘ │  ├──────────────────────┘       └─────► disabled (final, or the fourth time)
///   (same key) ──┘  └──► stopped (a person must look) ──save──► settled
///
///   charging whose key was never sent, declined ──► withdrawn (not needed, not wanted, or refused by a guard)
/// ```
struct RechargeEpisode: Sendable, Hashable {
    enum State: String, Sendable, CaseIterable {
        /// The charge is to be made, is being made, or nobody knows whether it was.
        case charging
        /// The gateway has it in hand and will say.
        case pending
        /// Declined, and waiting for the next attempt.
        case declined
        /// The gateway contradicts us about a key: nothing more happens before a person has looked.
        case stopped
        case succeeded
        case refunded
        case disabled
        case withdrawn
        /// A person dealt with a stopped one.
        case settled
    }

    let wallet: RechargedWallet
    let id: String
    var state: State
    let openedAt: Timestamp
    var endedAt: Timestamp?
    /// The policy's reason.
    var reason: String?
    var credits: Amount
    var cost: Money?
    var expiration: RechargeExpiry
    /// The start of the month whose cap it counts toward: that of the attempt's decision.
    var month: Timestamp
    /// Rises after a definite decline only.
    var attempt: Int64 = 1
    /// Since when the gateway may know this attempt's key.
    var keyUsedAt: Timestamp?
    /// Answers in a row that told nothing.
    var tries: Int64 = 0
    var nextAt: Timestamp?
    var leaseOwner: String?
    var leaseUntil: Timestamp?
    /// What this attempt charges: a repeat of the key sends the same.
    var paymentMethod: String?
    var paymentID: String?
    var grantID: String?
    /// What the gateway said last, or why it ended.
    var detail: String?

    var isOpen: Bool { endedAt == nil }

    /// Whether the gateway may have made a charge for this attempt.
    var mayBeCharged: Bool {
        switch state {
        case .charging: keyUsedAt != nil
        case .pending, .stopped, .succeeded, .refunded, .settled: true
        case .declined, .disabled, .withdrawn: false
        }
    }

    /// The gateway's idempotency key: wallet, episode and attempt, in letters that fit a header and a path. The episode's
    /// id is random, so that the keys of two stores never meet.
    var gatewayKey: String { "\(Self.digest(of: wallet)).\(id).\(attempt)" }

    private static func digest(of wallet: RechargedWallet) -> String {
        // The lengths keep "a" + "bc" apart from "ab" + "c".
        let text = "\(wallet.customer.text.utf8.count):\(wallet.customer.text)\(wallet.currency)"
        return SHA256.hash(data: Data(text.utf8)).prefix(8).hexadecimal
    }

    /// How the settings show it while it is open.
    var walletState: AutoRechargeSettings.State {
        switch state {
        case .charging: .charging
        case .pending: .pending
        case .declined: .declined
        case .stopped: .stopped
        case .succeeded, .refunded, .withdrawn, .settled: .ready
        case .disabled: .disabled
        }
    }
}
