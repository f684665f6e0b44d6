import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Random schedules of consumption, answers, mishaps, webhooks, crashes and time over several wallets. After every step
/// no wallet has two purchases at once and no month costs more than its cap; at the end, when everything has been
/// answered, the gateway's ledger and the grants agree to the cent.
struct RechargePropertyTests {
    private static let customers = ["c0", "c1", "c2"]
    private static let cap = Amount(400)

    @Test(arguments: [11, 12, 13, 14, 15, 16] as [UInt64])
    func `what was charged was granted, and nothing else`(seed: UInt64) throws {
        // 0.37 a credit: costs that are rounded.
        try play(try RechargeKit(price: "0.37"), seed: seed)
    }

    @Test(arguments: [21, 22, 23, 24, 25, 26] as [UInt64])
    func `so it is with a policy that answers whatever it likes`(seed: UInt64) throws {
        let kit = try RechargeKit(price: "0.37")
        let whims = Mutex(SeededRandom(seed: seed))
        kit.policy = AskingTests.Script { _, _ throws(RechargePolicyFailure) in
            let whim = whims.withLock { Int.random(in: 0..<8, using: &$0) }
            switch whim {
            case 0: return nil
            case 1: throw RechargePolicyFailure(.failed, "scripts/p.lua:1: broke", kind: "error")
            case 2: return RechargeProposal(.amount(Amount(-3)), reason: "")
            case 3: return RechargeProposal(.amount(Amount.bound), reason: "all of it")
            case 4: return RechargeProposal(.amount(Amount(nanos: 1)), reason: "next to nothing")
            case 5: return RechargeProposal(.targetBalance(Amount(300)), reason: "much", expiration: .oneMonth)
            default: return RechargeProposal(.amount(Amount(41)), reason: "some")
            }
        }
        try play(kit, seed: seed)
    }

    private func play(_ kit: RechargeKit, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for customer in Self.customers {
            try kit.provision(customer)
            try kit.enable(customer, threshold: "20", target: "120.5", cap: Self.cap.description)
        }
        for _ in 0..<120 {
            try step(kit, &random)
            try check(kit)
        }
        try end(kit)
        for customer in Self.customers {
            let granted = try kit.paidGrants(customer).map { Self.amount($0["cost"]?["amount"]) }
            #expect(granted.reduce(Amount.zero, +) == kit.gateway.paid(by: customer), "\(customer)")
            #expect(granted.count == kit.gateway.paid.count { $0.request.customerID.text == customer })
        }
        // Otherwise nothing was shown.
        #expect(kit.gateway.paid.count > 5)
        #expect(Set(kit.gateway.charges.map(\.key)).count == kit.gateway.charges.count)
    }

    private func step(_ kit: RechargeKit, _ random: inout SeededRandom) throws {
        let customer = Self.customers[Int.random(in: 0..<Self.customers.count, using: &random)]
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<4: try kit.consume("\(Int.random(in: 1...90, using: &random)).25", of: customer)
        case 4: try kit.grant("\(Int.random(in: 1...60, using: &random))", to: customer)
        case 5: kit.pass(seconds: Int64.random(in: 1...40 * 3600, using: &random))
        case 6: kit.pass(seconds: Int64.random(in: 1...120, using: &random))
        case 7:
            // A declined wallet is enabled again by its customer.
            try kit.enable(customer, threshold: "20", target: "120.5", cap: Self.cap.description)
        case 8: try decideOne(kit, &random)
        default:
            kit.gateway.mishaps = (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.mishap(&random) }
            let mortal = MortalStore(
                kit.fixture.store, at: Int.random(in: 0...12, using: &random),
                Bool.random(using: &random) ? .before : .after)
            do {
                try kit.work(on: mortal)
            } catch is MortalStore.Death {
                try kit.restart()
            }
        }
    }

    private static func mishap(_ random: inout SeededRandom) -> LedgerGateway.Mishap {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: .answerLost
        case 2: .unreachable
        case 3: .decline(isRetryable: true)
        case 4: .pending
        case 5: Int.random(in: 0..<4, using: &random) == 0 ? .decline(isRetryable: false) : .none
        default: .none
        }
    }

    /// A pending payment is decided, and sometimes a webhook tells, once or twice.
    private func decideOne(_ kit: RechargeKit, _ random: inout SeededRandom) throws {
        guard let charge = kit.gateway.pending.randomElement(using: &random),
            case .pending(let paymentID?) = charge.outcome
        else { return }
        let isPaid = Bool.random(using: &random)
        kit.gateway.decide(
            charge.key, isPaid ? .succeeded(paymentID: paymentID) : .declined(code: "late", isRetryable: true))
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            _ = try kit.webhook(
                isPaid ? "payment.succeeded" : "payment.failed", ["idempotencyKey": .string(charge.key)])
        }
    }

    private func check(_ kit: RechargeKit) throws {
        for customer in Self.customers {
            let episodes = try kit.episodes(customer)
            #expect(episodes.count { $0.isOpen } <= 1)
            let spent = try kit.fixture.store.read {
                try RechargeEpisodeTable(connection: $0).spent(by: kit.wallet(customer), in: kit.now.startOfMonth)
            }
            #expect(spent <= Self.cap)
        }
        let open = Set(kit.gateway.paid.map(\.key))
        #expect(open.count == kit.gateway.paid.count)
    }

    /// Everything is answered: pending payments are decided, and the gateway is there.
    private func end(_ kit: RechargeKit) throws {
        kit.gateway.mishaps = []
        kit.policy = ThresholdPolicy()
        for _ in 0..<60 {
            for charge in kit.gateway.pending {
                kit.gateway.decide(charge.key, .succeeded(paymentID: "late-\(charge.key)"))
            }
            try kit.work()
            kit.pass(seconds: 3600)
        }
        for customer in Self.customers {
            #expect(try kit.episodes(customer).allSatisfy { !$0.isOpen || $0.state == .declined })
        }
    }

    private static func amount(_ payload: Payload?) -> Amount {
        switch payload {
        case .integer(let value): Amount(value)
        case .number(let digits): Amount(digits) ?? .zero
        default: .zero
        }
    }
}
