import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

@testable import TidemillEngine

/// Wallets, a gateway whose ledger is known, and a clock that is moved by hand.
final class RechargeKit {
    let fixture: EngineFixture
    let gateway: LedgerGateway
    var options: Recharges.Options
    var policy: any RechargePolicy = ThresholdPolicy()
    var owner = "worker-1"
    private var keys = 0

    init(isPaid: Bool = true, price: String? = "1", currency: String = "usd") throws {
        fixture = try EngineFixture()
        gateway = LedgerGateway()
        options = Recharges.Options(isPaid: isPaid)
        var credits: Payload = ["id": "credits", "displayName": "Credits"]
        if let price {
            credits = [
                "id": "credits", "displayName": "Credits",
                "creditPrice": ["amount": .number(price), "currency": .string(currency)],
            ]
        }
        try fixture.call(.createCustomCurrency, credits)
    }

    var now: Timestamp {
        get { fixture.now }
        set { fixture.now = newValue }
    }

    func pass(seconds: Int64) { now = now.advanced(bySeconds: seconds) }

    func recharges(on store: (any Store)? = nil) -> Recharges {
        let policies = OnePolicy(policy: policy)
        return Recharges(store: store ?? fixture.store, options: options, policies: { policies })
    }

    // MARK: - Customers

    /// A customer who can be charged; with `method` nil there is nothing to charge.
    func provision(_ customer: String = "c", method: String? = "pm_0") throws {
        var input: TextMap<Payload> = ["id": .string(customer)]
        if let method { input["defaultPaymentMethod"] = ["billingId": .string(method)] }
        try fixture.call(.provisionCustomer, .object(input))
    }

    func attach(_ method: String, to customer: String = "c") throws {
        try fixture.call(
            .attachPaymentMethod,
            [
                "id": .string(customer), "integrationId": "i", "paymentMethodId": .string(method),
                "vendorIdentifier": "STRIPE",
            ])
    }

    func detach(from customer: String = "c") throws {
        try fixture.call(.detachPaymentMethod, ["id": .string(customer)])
    }

    @discardableResult
    func enable(
        _ customer: String = "c", threshold: String = "20", target: String = "50", cap: String? = nil,
        type: String = "CREDIT_AMOUNT"
    ) throws -> Payload {
        var input: TextMap<Payload> = [
            "customerId": .string(customer), "currencyId": "credits", "isEnabled": true,
            "thresholdType": .string(type), "thresholdValue": .string(threshold), "targetBalance": .string(target),
        ]
        if let cap { input["maxSpendLimit"] = .string(cap) }
        return try fixture.call(.saveAutoRecharge, .object(input))
    }

    func settings(_ customer: String = "c") throws -> Payload {
        try fixture.call(.getAutoRecharge, ["customerId": .string(customer), "currencyId": "credits"])
    }

    func state(_ customer: String = "c") throws -> String? { try settings(customer)["state"]?.text }

    func grant(_ amount: String, to customer: String = "c") throws {
        try fixture.call(
            .grantCredits,
            [
                "customerId": .string(customer), "currencyId": "credits", "displayName": "Gift",
                "amount": .string(amount), "grantType": "PROMOTIONAL",
            ])
    }

    func consume(_ amount: String, of customer: String = "c") throws {
        keys += 1
        try fixture.call(
            .consumeCredits,
            [
                "customerId": .string(customer), "currencyId": "credits", "amount": .string(amount),
                "idempotencyKey": .string("k\(keys)"),
            ])
    }

    func balance(_ customer: String = "c") throws -> String {
        try fixture.store.write { connection in
            try RechargeCredits(scope(connection)).balance(of: wallet(customer)).balance.description
        }
    }

    func wallet(_ customer: String = "c") -> RechargedWallet {
        RechargedWallet(customer: CustomerID(customer), currency: "credits")
    }

    func scope(_ connection: any SQLConnection) -> CallScope {
        EngineSettings().scope(CallContext(.engine("test"), now: now), on: connection)
    }

    func webhook(_ type: String, _ fields: TextMap<Payload>) throws -> Bool {
        try fixture.store.write { connection in
            try RechargePayments.webhook(
                .object(fields.merging(["type": .string(type)]) { $1 }), in: scope(connection)) == .new
        }
    }

    // MARK: - The worker's steps

    /// All that is due now, as one worker does it; throws what the store throws.
    @discardableResult
    func work(on store: (any Store)? = nil) throws -> Recharges.Evaluated {
        let recharges = recharges(on: store)
        var total = Recharges.Evaluated()
        while true {
            let obstacle = try recharges.obstacle(now: now)
            guard obstacle?.letsFinish ?? true else { return total }
            let evaluated = obstacle == nil ? try recharges.evaluate(now: now) : Recharges.Evaluated()
            total.wallets += evaluated.wallets
            total.granted += evaluated.granted
            total.opened += evaluated.opened
            total.refused += evaluated.refused
            total.failures += evaluated.failures
            let calls = try recharges.begin(now: now, limit: 8, owner: owner, isAlive: { _ in true })
            for call in calls { try recharges.settle(call, gateway.answer(call), now: now) }
            if calls.isEmpty, evaluated.wallets == 0 { return total }
        }
    }

    /// A new process after a crash: another owner, who knows that the one before has died.
    func restart() throws {
        owner = "worker-\(Int.random(in: 2...1_000_000_000))"
        _ = try fixture.store.write { connection in
            try connection.execute("UPDATE recharge_episodes SET lease_until = NULL, lease_owner = NULL")
        }
        try recharges().wake(now: now)
    }

    // MARK: - What is stored

    func events(_ type: String) throws -> [Payload] {
        try fixture.store.read { connection in
            try connection.rows("SELECT payload FROM outbox WHERE type = $1 ORDER BY sequence", [.text(type)]) {
                try Payload(json: Array($0.text(0).utf8))
            }
        }
    }

    func decisions() throws -> [String] {
        try fixture.store.read { connection in
            try connection.rows(
                "SELECT result, reason FROM recharge_decisions ORDER BY sequence"
            ) { $0.text(0) == "REFUSED" ? $0.text(1) : $0.text(0) }
        }
    }

    func episodes(_ customer: String = "c") throws -> [RechargeEpisode] {
        try fixture.store.read { connection in
            let ids = try connection.rows(
                "SELECT id FROM recharge_episodes WHERE customer_id = $1 ORDER BY opened_at, id", [.text(customer)]
            ) { $0.text(0) }
            let table = RechargeEpisodeTable(connection: connection)
            return try ids.compactMap { try table.find($0, of: wallet(customer)) }
        }
    }

    /// The grants that recharges made, as the operations show them.
    func paidGrants(_ customer: String = "c") throws -> [Payload] {
        let page = try fixture.call(
            .listCreditGrants, ["customerId": .string(customer), "currencyId": "credits", "limit": 100])
        return (page["data"]?.items ?? []).filter { $0["grantType"] == "PAID" }
    }
}

/// One policy for every currency.
struct OnePolicy: RechargePolicies {
    let policy: any RechargePolicy
    var version: String? { policy.source?.scriptVersion }
    func policy(for currencyID: String) -> any RechargePolicy { policy }
}

/// A payment service in memory that keeps its contract, with mishaps on order. Its ledger is the truth that grants are
/// held against.
final class LedgerGateway {
    struct Charge {
        let key: String
        let request: PaymentRequest
        var outcome: PaymentAnswer
        /// By the service's own clock.
        let at: Int
    }

    enum Mishap {
        case none
        /// Nothing is done, and nobody answers.
        case unreachable
        /// It is done, and nobody hears of it.
        case answerLost
        case decline(isRetryable: Bool)
        case pending
        case conflict
    }

    private(set) var charges: [Charge] = []
    private(set) var questions: [Recharges.Call] = []
    var mishaps: [Mishap] = []
    private var payments = 0

    func answer(_ call: Recharges.Call) -> PaymentAnswer {
        questions.append(call)
        let mishap = mishaps.isEmpty ? Mishap.none : mishaps.removeFirst()
        switch call.question {
        case .lookUp:
            if case .unreachable = mishap { return .unknown("unreachable") }
            return charges.first { $0.key == call.key }?.outcome ?? .notFound
        case .charge(let request):
            if case .unreachable = mishap { return .unknown("unreachable") }
            if let known = charges.first(where: { $0.key == call.key }) {
                guard known.request == request else { return .keyConflict("another request") }
                if case .answerLost = mishap { return .unknown("lost") }
                return known.outcome
            }
            payments += 1
            let outcome: PaymentAnswer
            switch mishap {
            case .none, .answerLost, .unreachable: outcome = .succeeded(paymentID: "pay_\(payments)")
            case .decline(let isRetryable): outcome = .declined(code: "declined", isRetryable: isRetryable)
            case .pending: outcome = .pending(paymentID: "pay_\(payments)")
            case .conflict: return .keyConflict("used before")
            }
            charges.append(Charge(key: call.key, request: request, outcome: outcome, at: charges.count))
            if case .answerLost = mishap { return .unknown("lost") }
            return outcome
        }
    }

    /// Decides what is pending.
    func decide(_ key: String, _ outcome: PaymentAnswer) {
        for index in charges.indices where charges[index].key == key { charges[index].outcome = outcome }
    }

    var pending: [Charge] { charges.filter { if case .pending = $0.outcome { true } else { false } } }
    var paid: [Charge] { charges.filter { if case .succeeded = $0.outcome { true } else { false } } }

    func paid(by customer: String) -> Amount {
        paid.filter { $0.request.customerID.text == customer }.reduce(.zero) { $0 + $1.request.amount }
    }
}
