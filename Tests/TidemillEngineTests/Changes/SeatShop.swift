import Testing
import TidemillCore
@testable import TidemillEngine
@testable import TidemillOperations
import TidemillPricing
import TidemillStore

/// Customer `c` with a plan `team` that sells seats, and the changes of it. The year 2026 has 365 days: at `half` exactly
/// half of a year's period from its first instant is left.
final class SeatShop {
    static let half = "2026-07-02T12:00:00Z"

    let fixture: EngineFixture
    private let period: BillingPeriod

    init(_ period: BillingPeriod = .annually, start: String = "2026-01-01T00:00:00Z") throws {
        fixture = try EngineFixture()
        self.period = period
        try fixture.shop(at: start)
        try fixture.provisionSeats()
    }

    /// A charge for seats; more of it in `adjust`.
    func seats(_ price: Int64, _ adjust: (inout Charge) -> Void = { _ in }) -> Charge {
        var charge = Charge(
            id: "seats", billingModel: .perUnit, billingPeriod: period, createdAt: fixture.now,
            featureID: FeatureID("seats"), price: Money(Amount(price), "usd"))
        adjust(&charge)
        return charge
    }

    func flat(_ price: Int64) -> Charge {
        Charge(
            id: "base", billingModel: .flatFee, billingPeriod: period, createdAt: fixture.now,
            price: Money(Amount(price), "usd"))
    }

    func tiers(_ mode: TiersMode, _ rows: [(Int64?, unit: Int64?, flat: Int64?)]) -> Charge {
        seats(0) { charge in
            charge.price = nil
            charge.tiersMode = mode
            charge.tiers = rows.map { row in
                Tier(
                    flatPrice: row.flat.map { Money(Amount($0), "usd") },
                    unitPrice: row.unit.map { Money(Amount($0), "usd") }, upTo: row.0.map { Amount($0) })
            }
        }
    }

    /// Publishes a package, or its next version. `all` moves its subscribers.
    func publish(
        _ charges: [Charge], as id: String = "team", _ kind: PackageKind = .plan, all: Bool = false,
        minimum: Int64? = nil
    ) throws {
        let floor = minimum.map { MinimumSpend(billingPeriod: period, minimum: Money(Amount($0), "usd")) }
        try fixture.publish(
            kind, id,
            PackageBody(
                productID: "p", displayName: id, pricingType: .paid,
                compatibleAddonIDs: kind == .plan ? ["extra", "other"] : nil,
                pricing: floor.map { PackagePricing(pricingType: .paid, minimumSpend: [$0]) },
                charges: charges, createdAt: fixture.now, updatedAt: fixture.now), all: all)
    }

    func subscribe(_ seats: Int64?, _ more: TextMap<Payload> = [:]) throws {
        var input: TextMap<Payload> = ["id": "s", "billingPeriod": .string(period.rawValue)]
        if let seats { input["charges"] = Self.charges(seats) }
        try fixture.subscribe("team", input.merging(more) { $1 })
    }

    static func charges(_ seats: Int64) -> Payload { [["id": "seats", "quantity": .integer(seats)]] }
    static func addons(_ quantity: Int64) -> Payload { [["id": "extra", "quantity": .integer(quantity)]] }
    static func coupon(_ percent: Int64, months: Int64? = nil) -> Payload {
        let duration: Payload = months.map { .integer($0) } ?? .null
        return ["discount": ["name": "coupon", "percentOff": .integer(percent), "durationInMonths": duration]]
    }
    static func coupon(off amount: Int64, months: Int64? = nil) -> Payload {
        let amounts: Payload = [["amount": .integer(amount), "currency": "usd"]]
        let duration: Payload = months.map { .integer($0) } ?? .null
        return ["discount": ["name": "coupon", "amountsOff": amounts, "durationInMonths": duration]]
    }

    /// What a change comes to: due / kept in the account, as `0 / 48`.
    func estimate(_ change: TextMap<Payload>) throws -> String {
        let input: TextMap<Payload> = ["subscriptionId": "s"]
        let answer = try fixture.call(.estimateSubscriptionUpdate, .object(input.merging(change) { $1 }))
        return "\(answer.money("total") ?? "?") / \(answer["credits"]?.money("remaining") ?? "?")"
    }

    func estimate(_ seats: Int64) throws -> String { try estimate(["charges": Self.charges(seats)]) }

    /// Makes a change that cannot be estimated, and answers what it adds to the account.
    func update(_ change: TextMap<Payload>) throws -> Amount {
        let before = try fixture.credit()
        let input: TextMap<Payload> = ["id": "s"]
        try fixture.call(.updateSubscription, .object(input.merging(change) { $1 }))
        return try fixture.credit() - before
    }

    /// What all invoices come to, as they are to be paid.
    func billed() throws -> Amount {
        var sum = Amount.zero
        var after: Payload = .null
        repeat {
            let page = try fixture.call(
                .listInvoices, ["id": "c", "includeDrafts": true, "limit": 100, "after": after])
            for invoice in page["data"]?.items ?? [] where invoice["state"] != "CANCELED" {
                sum += try #require(Amount(invoice["total"]?.json ?? ""))
            }
            after = page["pagination"]?["next"] ?? .null
        } while !after.isNull
        return sum
    }

    /// What was billed, and what the account has: as `60 / 30`.
    func money() throws -> String { "\(try billed()) / \(try fixture.credit())" }

    /// Estimates a change, makes it, and sees that the account has what was estimated.
    @discardableResult
    func change(_ change: TextMap<Payload>) throws -> String {
        let estimate = try estimate(change)
        let input: TextMap<Payload> = ["id": "s"]
        try fixture.call(.updateSubscription, .object(input.merging(change) { $1 }))
        #expect(estimate.hasSuffix(" / \(try fixture.credit())"), "the account has what was estimated")
        return estimate
    }

    @discardableResult
    func change(_ seats: Int64) throws -> String { try change(["charges": Self.charges(seats)]) }

    /// Ends the subscription now, and answers what the account has then.
    func cancel() throws -> String {
        try fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE", "prorate": true])
        return try fixture.credit().description
    }
}
