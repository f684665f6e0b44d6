import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// Policies in place of the built-in rule: whatever they answer, the guards hold.
struct RechargePolicyTests {
    struct Answering: RechargePolicy {
        var source: PolicySource?
        let answer: @Sendable (RechargeView, WalletHistory) throws(RechargePolicyFailure) -> RechargeProposal?

        func decide(
            _ wallet: RechargeView, _ history: WalletHistory
        ) throws(RechargePolicyFailure) -> RechargeProposal? { try answer(wallet, history) }
    }

    func kit(_ answer: @escaping @Sendable (RechargeView) throws(RechargePolicyFailure) -> RechargeProposal?) throws
        -> RechargeKit
    {
        let kit = try RechargeKit()
        kit.policy = Answering { wallet, _ throws(RechargePolicyFailure) in try answer(wallet) }
        try kit.provision()
        try kit.enable(cap: "100")
        return kit
    }

    @Test func `a policy names the amount, the reason and the expiry`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(7)), reason: "quiet night", expiration: .oneMonth) }
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(7)])
        #expect(try kit.paidGrants().first?["expireAt"] == "2026-11-01T12:00:00.000Z")
        #expect(try kit.episodes().first?.reason == "quiet night")
    }

    @Test func `the cap and the day's limit hold whatever it answers`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(15)), reason: "more") }
        for _ in 0..<20 {
            try kit.work()
            try kit.consume("1")
            kit.pass(seconds: 3600)
        }
        // 6 × 15 = 90 of 100.
        #expect(kit.gateway.paid.count == 6)
        #expect(try kit.state() == "CAPPED")
    }

    @Test func `a wish that came too early is asked for again, although nothing changes`() throws {
        let kit = try kit { wallet in
            wallet.balance < Amount(20) ? RechargeProposal(.targetBalance(Amount(50)), reason: "low") : nil
        }
        try kit.work()
        try kit.consume("40")
        try kit.work()
        #expect(kit.gateway.paid.count == 1)
        kit.pass(seconds: 61)
        try kit.work()
        #expect(kit.gateway.paid.count == 2)
        #expect(try kit.balance() == "50")
    }

    @Test func `failures and answers that mean nothing are recorded and never charge`() throws {
        for answer in ["throws", "zero", "negative", "huge"] {
            let kit = try kit { _ throws(RechargePolicyFailure) in
                switch answer {
                case "zero": return RechargeProposal(.amount(.zero), reason: "")
                case "negative": return RechargeProposal(.amount(Amount(-5)), reason: "")
                case "huge": return RechargeProposal(.amount(Amount(nanos: Amount.bound.nanos + 1)), reason: "")
                default: throw RechargePolicyFailure(.failed, "line 7: attempt to index nil")
                }
            }
            try kit.work()
            #expect(kit.gateway.questions.isEmpty, "\(answer)")
            #expect(try kit.decisions() == ["POLICY_FAILED"], "\(answer)")
        }
    }

    @Test func `nobody is asked about a wallet whose customer did not agree`() throws {
        let kit = try kit { _ in RechargeProposal(.amount(Amount(7)), reason: "") }
        try kit.fixture.call(.saveAutoRecharge, ["customerId": "c", "currencyId": "credits", "isEnabled": false])
        try kit.work()
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.decisions().isEmpty)
    }
}
