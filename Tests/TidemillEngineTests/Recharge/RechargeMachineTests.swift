import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments

@testable import TidemillEngine

/// The recharge of a wallet as a value: states and inputs in, states and actions out, without a store.
struct RechargeMachineTests {
    private static let now = Timestamp(rfc3339: "2026-10-10T12:00:00Z") ?? Timestamp(microseconds: 0)
    private static let wallet = RechargedWallet(customer: CustomerID("c"), currency: "credits")

    private static func state(_ episode: RechargeEpisode.State?, isEnabled: Bool = true) -> RechargeState {
        var consent = RechargeConsent.defaults(of: wallet, id: "config", at: now)
        consent.isEnabled = isEnabled
        var state = RechargeState(wallet: wallet, consent: consent, memory: RechargeMemory(wallet: wallet))
        guard let episode else { return state }
        state.episode = RechargeEpisode(
            wallet: wallet, id: "e", state: episode, openedAt: now, credits: Amount(40),
            cost: Money(Amount(40), "usd"), expiration: .oneYear, month: now, keyUsedAt: now, nextAt: now,
            leaseOwner: "worker", leaseUntil: now)
        if ![.charging, .pending, .declined, .stopped].contains(episode) { state.episode?.endedAt = now }
        return state
    }

    /// Takes the inputs one after the other; what is granted is granted at once. Returns the last one's actions.
    private static func after(_ state: RechargeState, _ inputs: [RechargeInput]) -> (RechargeState, [RechargeAction]) {
        var state = state
        var actions: [RechargeAction] = []
        for input in inputs {
            var machine = RechargeMachine(state, now: now, isPaid: true, recordsNothing: true)
            machine.take(input)
            (state, actions) = (machine.state, machine.actions)
            if actions.contains(where: { if case .grant = $0 { true } else { false } }) {
                var granting = RechargeMachine(state, now: now, isPaid: true, recordsNothing: true)
                granting.take(.granted("grant", spent: .zero))
                state = granting.state
                actions += granting.actions
            }
        }
        return (state, actions)
    }

    /// What may be said of a charge, and where the wallet stands then.
    static let words: [(answer: PaymentAnswer, isAgreed: Bool, shown: AutoRechargeSettings.State)] = [
        (.succeeded(paymentID: "pay"), true, .ready), (.pending(paymentID: "pay"), true, .pending),
        (.declined(code: "no_money", isRetryable: true), true, .declined),
        (.declined(code: "stolen", isRetryable: false), true, .disabled), (.keyConflict("odd"), true, .stopped),
        (.unknown("time-out"), true, .charging), (.notFound, true, .charging), (.notFound, false, .charging),
    ]

    @Test(arguments: words.indices)
    func `what is said of a charge moves the wallet and takes the lease away`(index: Int) {
        let word = Self.words[index]
        let (state, actions) = Self.after(
            Self.state(.charging), [.told(word.answer, attempt: 1, isAgreed: word.isAgreed)])
        #expect(state.shown == word.shown)
        #expect(state.episode?.leaseOwner == nil && state.episode?.leaseUntil == nil)
        #expect(!actions.isEmpty)
    }

    @Test(arguments: words.indices.filter { [0, 2, 3].contains($0) })
    func `a definite word that comes twice moves nothing the second time`(index: Int) {
        let word = RechargeInput.told(Self.words[index].answer, attempt: 1, isAgreed: true)
        let (once, _) = Self.after(Self.state(.charging), [word])
        let (twice, actions) = Self.after(Self.state(.charging), [word, word])
        #expect(twice == once)
        #expect(actions.isEmpty)
    }

    @Test func `success ends the purchase and begins the cool-down, and a refund disables`() {
        let (paid, _) = Self.after(
            Self.state(.pending), [.told(.succeeded(paymentID: "pay"), attempt: 1, isAgreed: true)])
        #expect(paid.episode?.state == .succeeded && paid.episode?.grantID == "grant")
        #expect(paid.memory.coolUntil == Self.now.advanced(bySeconds: 60))
        let (back, actions) = Self.after(paid, [.takenBack("refunded", attempt: 1, from: [.succeeded])])
        #expect(back.episode?.state == .refunded && back.shown == .disabled && back.reason == "refunded")
        #expect(actions.contains { if case .void("grant") = $0 { true } else { false } })
    }

    @Test func `the fourth decline in a row disables`() {
        var state = Self.state(.charging)
        let waits: [Int64] = [3600, 6 * 3600, 24 * 3600]
        for (attempt, wait) in waits.enumerated() {
            state.episode?.state = .charging
            (state, _) = Self.after(
                state, [.told(.declined(code: nil, isRetryable: true), attempt: Int64(attempt) + 1, isAgreed: true)])
            #expect(state.shown == .declined && state.episode?.attempt == Int64(attempt) + 2)
            #expect(state.episode?.nextAt == Self.now.advanced(bySeconds: wait))
        }
        state.episode?.state = .charging
        (state, _) = Self.after(state, [.told(.declined(code: nil, isRetryable: true), attempt: 4, isAgreed: true)])
        #expect(state.shown == .disabled && state.consent?.isEnabled == false)
    }

    @Test func `where a wallet stands is told from its purchase, its settings and what holds it, in this order`() {
        var held = Self.state(nil)
        held.memory.hold = .capped
        #expect(held.shown == .capped)
        held.consent?.isEnabled = false
        #expect(held.shown == .disabled)
        #expect(Self.state(nil).shown == .ready)
        for (episode, shown) in [
            (RechargeEpisode.State.charging, AutoRechargeSettings.State.charging), (.pending, .pending),
            (.declined, .declined), (.stopped, .stopped), (.succeeded, .disabled),
        ] { #expect(Self.state(episode, isEnabled: false).shown == shown) }
    }
}
