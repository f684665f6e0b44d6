import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Promise: a recharge is charged once, whatever crashes.
///
/// Method: one purchase is carried out by a process that dies at the n-th transaction, just before it begins or just after
/// it has committed, for every n there is, and with every mishap at the gateway; then another process goes on. The
/// gateway's ledger is the truth: one charge, and one grant for it.
struct RechargeCrashTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var mishaps: @Sendable () -> [LedgerGateway.Mishap]
        /// Whether a pending payment is decided between two looks.
        var decides = false
    }

    static let cases: [Case] = [
        Case(testDescription: "all is well") { [] },
        Case(testDescription: "the answer is lost") { [.answerLost, .answerLost] },
        Case(testDescription: "the gateway is not there") { [.unreachable, .answerLost] },
        Case(testDescription: "declined at first") { [.decline(isRetryable: true)] },
        Case(testDescription: "pending at first", mishaps: { [.pending] }, decides: true),
        Case(testDescription: "pending, and the answer is lost", mishaps: { [.unreachable, .pending] }, decides: true),
    ]

    @Test(arguments: cases, MortalStore.Instant.allCases)
    func `the customer is charged once and has the credits once, wherever the process dies`(
        scenario: Case, instant: MortalStore.Instant
    ) throws {
        var deaths = 0
        for number in 0..<40 {
            let kit = try RechargeKit()
            try kit.provision()
            try kit.grant("20")
            try kit.enable()
            try kit.consume("10")
            kit.gateway.mishaps = scenario.mishaps()
            let mortal = MortalStore(kit.fixture.store, at: number, instant)
            var hasDied = false
            for _ in 0..<40 where try kit.paidGrants().isEmpty || !hasDied {
                do {
                    try kit.work(on: hasDied ? nil : mortal)
                } catch is MortalStore.Death {
                    hasDied = true
                    try kit.restart()
                }
                if scenario.decides {
                    for charge in kit.gateway.pending { kit.gateway.decide(charge.key, .succeeded(paymentID: "pay_1")) }
                }
                kit.pass(seconds: 1800)
            }
            try kit.work()
            #expect(kit.gateway.paid.count == 1, "dead at \(number)")
            #expect(try kit.paidGrants().count == 1, "dead at \(number)")
            #expect(try kit.balance() == "50", "dead at \(number)")
            #expect(try kit.events("automatic_recharge.operation.attempted").count { $0["status"] == "SUCCESS" } == 1)
            #expect(try kit.episodes().map(\.state) == [.succeeded])
            guard hasDied else { break }
            deaths += 1
        }
        // Otherwise it ended before it began.
        #expect(deaths >= 3)
    }

    @Test func `an episode is one worker's at a time, and another's when its worker has died`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.enable()
        let recharges = kit.recharges()
        _ = try recharges.evaluate(now: kit.now)
        let first = try recharges.begin(now: kit.now, limit: 8, owner: "a", isAlive: { _ in true })
        #expect(first.count == 1)
        #expect(try recharges.begin(now: kit.now, limit: 8, owner: "b", isAlive: { _ in true }).isEmpty)
        #expect(try recharges.begin(now: kit.now, limit: 8, owner: "a", isAlive: { _ in false }).isEmpty)
        let second = try recharges.begin(now: kit.now, limit: 8, owner: "b", isAlive: { $0 != "a" })
        #expect(second == first)
        // Both come back with the answer: it counts once.
        #expect(try recharges.settle(first[0], .succeeded(paymentID: "pay_1"), now: kit.now))
        #expect(try recharges.settle(second[0], .succeeded(paymentID: "pay_1"), now: kit.now) == false)
        #expect(try kit.paidGrants().count == 1)
    }

    @Test func `a lease that nobody can judge ends by itself`() throws {
        let kit = try RechargeKit()
        try kit.provision()
        try kit.enable()
        let recharges = kit.recharges()
        _ = try recharges.evaluate(now: kit.now)
        let first = try recharges.begin(now: kit.now, limit: 8, owner: "a", isAlive: { _ in true })
        kit.pass(seconds: 89)
        #expect(try recharges.begin(now: kit.now, limit: 8, owner: "b", isAlive: { _ in true }).isEmpty)
        kit.pass(seconds: 1)
        #expect(try recharges.begin(now: kit.now, limit: 8, owner: "b", isAlive: { _ in true }) == first)
    }
}
