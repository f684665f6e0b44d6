import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// When a policy is asked, and what its answer is worth once the wallet has changed: the policy thinks outside any
/// transaction, so that what it does to the store meanwhile goes through, and is seen.
struct AskingTests {
    /// A policy of a script: notes the balances that it was asked about.
    final class Script: RechargePolicy {
        typealias Answer = @Sendable (RechargeView, WalletHistory) throws(RechargePolicyFailure) -> RechargeProposal?

        let version = Mutex("v1")
        let asked = Mutex<[Amount]>([])
        private let answer: Mutex<Answer>

        private let name: String

        init(named name: String = "p", _ answer: @escaping Answer) {
            self.name = name
            self.answer = Mutex(answer)
        }

        var source: PolicySource? { PolicySource(name: name, scriptVersion: version.withLock { $0 }) }
        var balances: [String] { asked.withLock { $0.map(\.description) } }

        func becomes(_ version: String, _ answer: @escaping Answer) {
            self.version.withLock { $0 = version }
            self.answer.withLock { $0 = answer }
        }

        func decide(
            _ wallet: RechargeView, _ history: WalletHistory
        ) throws(RechargePolicyFailure) -> RechargeProposal? {
            asked.withLock { $0.append(wallet.balance) }
            return try answer.withLock { $0 }(wallet, history)
        }
    }

    /// For policies that do something to the wallet: all of it happens on the test's thread.
    final class KitBox: @unchecked Sendable {
        var kit: RechargeKit?
    }

    /// A kit whose service remembers between its rounds.
    private func kit(_ script: Script, grant: String? = nil, cap: String? = nil) throws -> RechargeKit {
        let kit = try RechargeKit()
        kit.policy = script
        try kit.provision()
        if let grant { try kit.grant(grant) }
        try kit.enable(cap: cap)
        return kit
    }

    @Test func `a policy is asked once for what was committed together, and not again before something changes`() throws
    {
        let script = Script { _, _ in nil }
        let kit = try kit(script, grant: "100")
        try kit.work()
        try kit.consume("1")
        try kit.consume("1")
        try kit.work()
        try kit.work()
        #expect(script.balances == ["100", "98"])
        // Time alone is nothing to ask about.
        for _ in 0..<5 {
            kit.pass(seconds: 60)
            try kit.work()
        }
        #expect(script.balances == ["100", "98"])
        // A grant notes no wallet as fallen: it is seen within a minute of the last look.
        try kit.consume("1")
        try kit.work()
        try kit.grant("5")
        try kit.work()
        #expect(script.balances == ["100", "98", "97"])
        kit.pass(seconds: 60)
        try kit.work()
        #expect(script.balances == ["100", "98", "97", "102"])
    }

    @Test func `a wallet that changed while its policy thought is asked about again`() throws {
        let gift = Mutex(true)
        let kitBox = KitBox()
        let exchange: @Sendable (inout Bool) -> Bool = { flag in
            defer { flag = false }
            return flag
        }
        let script = Script { _, _ in
            if gift.withLock({ exchange(&$0) }) {
                // Another process: it needs the store's write lock, which nobody holds.
                do { try kitBox.kit?.grant("30") } catch { Issue.record("\(error)") }
            }
            return RechargeProposal(.targetBalance(Amount(50)), reason: "up to 50")
        }
        let kit = try kit(script)
        kitBox.kit = kit
        try kit.work()
        // Asked at 0, where the gift came between; then at 30: 50 − 30 = 20. After that the balance is 50.
        #expect(script.balances.prefix(2) == ["0", "30"])
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(20)])
        #expect(try kit.balance() == "50")
        kitBox.kit = nil
    }

    @Test func `a wallet that is consumed from without a pause is recharged all the same`() throws {
        let kitBox = KitBox()
        let script = Script { _, _ in
            do { try kitBox.kit?.consume("1") } catch { Issue.record("\(error)") }
            return RechargeProposal(.targetBalance(Amount(50)), reason: "up to 50")
        }
        let kit = try kit(script, grant: "10")
        kitBox.kit = kit
        let recharges = kit.recharges()
        for _ in 0..<4 { _ = try recharges.evaluate(now: kit.now) }
        // Asked at 10, 9, 8 and 7, each time overtaken; the fourth answer counts, at the balance that is left: 50 − 6.
        #expect(script.balances == ["10", "9", "8", "7"])
        #expect(try kit.episodes().map(\.credits) == [Amount(44)])
        kitBox.kit = nil
    }

    @Test func `what was decided a moment ago is not asked again, and later it is`() throws {
        let script = Script { _, _ in RechargeProposal(.amount(Amount(7)), reason: "seven") }
        let kit = try kit(script)
        try kit.work()
        #expect(script.balances == ["0"])
        #expect(kit.gateway.paid.count == 1)
        // The charge waits while recharges are paused; the policy says again whether it is wanted.
        kit.pass(seconds: 61)
        try kit.consume("1")
        let recharges = kit.recharges()
        _ = try recharges.evaluate(now: kit.now)
        #expect(script.balances == ["0", "6"])
        script.becomes("v1") { _, _ in nil }
        kit.pass(seconds: 3600)
        try kit.work()
        #expect(script.balances == ["0", "6", "6"])
        #expect(kit.gateway.paid.count == 1)
        #expect(try kit.episodes().last?.state == .withdrawn)
        // It has said so: nobody asks it about the same again.
        try kit.work()
        #expect(script.balances == ["0", "6", "6"])
        #expect(try kit.episodes().last?.detail == "the policy \"p\" does not want it any more")
    }

    @Test func `a policy that wants nothing is recorded with what it saw, and the same again is counted`() throws {
        let script = Script { wallet, _ in
            wallet.balance < Amount(5) ? RechargeProposal(.targetBalance(Amount(9)), reason: "nine") : nil
        }
        let kit = try kit(script, grant: "10")
        try kit.work()
        for _ in 0..<3 {
            try kit.consume("1")
            try kit.work()
        }
        let decisions = try kit.fixture.store.read {
            try RechargeDecisionLog.list(RechargeDecisionLog.Filter(result: "NOTHING"), limit: 10, on: $0)
        }
        // Asked at 10, 9, 8 and 7.
        #expect(decisions.count == 1)
        #expect(
            decisions.first?.repeats == Int64(script.balances.count) - 1 && script.balances == ["10", "9", "8", "7"])
        #expect(decisions.first?.policy == "p" && decisions.first?.inputs["balance"] == 7)
        // Another version decides anew.
        script.becomes("v2") { _, _ in nil }
        try kit.consume("1")
        try kit.work()
        #expect(try kit.decisions() == ["NOTHING", "NOTHING"])
    }

    @Test func `a policy that fails is recorded, told once for each version, and asked again after a minute`() throws {
        let script = Script { _, _ throws(RechargePolicyFailure) in
            throw RechargePolicyFailure(.failed, "scripts/p.lua:3: broke", kind: "error")
        }
        let kit = try kit(script)
        let recharges = kit.recharges()
        func round() throws {
            while try recharges.evaluate(now: kit.now).wallets > 0 {}
        }
        try round()
        // Consumption does not have it asked with every batch.
        try kit.consume("1")
        try round()
        #expect(script.balances == ["0"])
        kit.pass(seconds: 60)
        try round()
        #expect(script.balances == ["0", "-1"])
        #expect(try kit.decisions() == ["POLICY_FAILED"])
        let event = try #require(try kit.events("recharge.policy_failed").first)
        #expect(event["error"]?["message"] == "scripts/p.lua:3: broke" && event["scriptVersion"] == "v1")
        #expect(try kit.events("recharge.policy_failed").count == 1)
        let status = try kit.fixture.store.read { try RechargeStatus.find(now: kit.now, on: $0) }
        #expect(status.failingCount == 1 && status.failing.first?.message == "scripts/p.lua:3: broke")
        // Other scripts: at once, and told again.
        script.becomes("v2") { _, _ throws(RechargePolicyFailure) in throw RechargePolicyFailure(.failed, "still") }
        #expect(try recharges.nextDue() == Timestamp(microseconds: 0))
        try round()
        #expect(script.balances.count == 3)
        #expect(try kit.events("recharge.policy_failed").count == 2)
        #expect(try kit.decisions() == ["POLICY_FAILED", "POLICY_FAILED"])
        // Mended.
        script.becomes("v3") { _, _ in RechargeProposal(.targetBalance(Amount(10)), reason: "ten") }
        try round()
        #expect(try kit.episodes().map(\.credits) == [Amount(11)])
        let mended = try kit.fixture.store.read { try RechargeStatus.find(now: kit.now, on: $0) }
        #expect(mended.failingCount == 0)
        let rows = try kit.fixture.store.read { connection in
            try connection.rows("SELECT policy, script_version FROM recharge_decisions ORDER BY sequence") {
                [$0.optionalText(0), $0.optionalText(1)]
            }
        }
        #expect(rows == [["p", "v1"], ["p", "v2"], ["p", "v3"]])
    }

    @Test func `a charge that was decided is not sent while the policy fails`() throws {
        let script = Script { _, _ in RechargeProposal(.amount(Amount(7)), reason: "seven") }
        let kit = try kit(script)
        _ = try kit.recharges().evaluate(now: kit.now)
        script.becomes("v2") { _, _ throws(RechargePolicyFailure) in throw RechargePolicyFailure(.failed, "broke") }
        try kit.work()
        #expect(kit.gateway.questions.isEmpty)
        #expect(try kit.decisions() == ["RECHARGE", "POLICY_FAILED"])
        #expect(try kit.state() == "CHARGING")
        kit.pass(seconds: 59)
        try kit.work()
        #expect(script.balances.count == 2)
        script.becomes("v2") { _, _ in RechargeProposal(.amount(Amount(7)), reason: "seven") }
        kit.pass(seconds: 1)
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(7)])
    }

    @Test func `the next attempt after a decline asks the policy`() throws {
        let script = Script { _, _ in RechargeProposal(.amount(Amount(7)), reason: "seven") }
        let kit = try kit(script)
        kit.gateway.mishaps = [.decline(isRetryable: true)]
        try kit.work()
        #expect(script.balances.count == 1)
        script.becomes("v1") { wallet, _ in
            wallet.failures == 1 ? RechargeProposal(.amount(Amount(3)), reason: "less") : nil
        }
        kit.pass(seconds: 3599)
        try kit.work()
        #expect(kit.gateway.charges.count == 1)
        kit.pass(seconds: 1)
        try kit.work()
        #expect(kit.gateway.paid.map(\.request.amount) == [Amount(3)])
        #expect(Set(kit.gateway.charges.map(\.key)).count == 2)
    }

    @Test func `a slow policy does not hold the others up`() throws {
        let kit = try RechargeKit()
        try kit.fixture.call(
            .createCustomCurrency,
            ["id": "slow", "displayName": "Slow", "creditPrice": ["amount": 1, "currency": "usd"]])
        struct Two: RechargePolicies {
            let slow: Script
            let quick: Script
            var version: String? { "v1" }
            func policy(for currencyID: String) -> any RechargePolicy { currencyID == "slow" ? slow : quick }
        }
        let spin = Script(named: "slow") { _, _ throws(RechargePolicyFailure) in
            let end = ContinuousClock.now.advanced(by: .milliseconds(60))
            while ContinuousClock.now < end {}
            throw RechargePolicyFailure(.failed, "used more than 50 ms of processor time", kind: "timeout")
        }
        let two = Two(slow: spin, quick: Script { _, _ in RechargeProposal(.amount(Amount(1)), reason: "one") })
        for number in 0..<12 {
            try kit.provision("c\(number)")
            try kit.fixture.call(
                .saveAutoRecharge,
                [
                    "customerId": .string("c\(number)"), "currencyId": "slow", "isEnabled": true,
                    "thresholdValue": 1, "targetBalance": 2,
                ])
        }
        let recharges = Recharges(
            store: kit.fixture.store, options: kit.options, policies: { Two(slow: two.slow, quick: two.quick) })
        // The first round learns who is slow, and gives up after its budget of 100 ms: two wallets.
        let first = try recharges.evaluate(now: kit.now)
        #expect((1...2).contains(first.wallets))
        try kit.provision("z")
        try kit.enable("z")
        let second = try recharges.evaluate(now: kit.now)
        #expect(second.opened == 1)
        #expect(spin.balances.count <= 4)
    }
}
