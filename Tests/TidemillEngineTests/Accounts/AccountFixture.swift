import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillPricing
import TidemillStore

extension EngineFixture {
    /// Customer `c` in June, which has 30 days. Plans at 30 and 60 dollars a month, `sixty` with calls at half a dollar,
    /// and a free one.
    func accountShop() throws {
        try shop(at: "2026-06-01T00:00:00Z")
        try call(
            .createFeature,
            ["id": "api", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        try plan("free")
        try plan("thirty", monthly: 30, annually: 300)
        try plan("sixty", monthly: 60, annually: 600, calls: Amount("0.5"))
    }

    func change(_ plan: String, _ more: TextMap<Payload> = [:]) throws {
        try subscribe(plan, more)
    }

    func next(_ id: String = "s") throws -> Payload {
        try call(.previewNextInvoice, ["id": .string(id)])
    }

    /// The next invoice's total, and what the account has before, pays of it, and has after.
    func figures(_ id: String = "s") throws -> [String] {
        guard let invoice = try next(id)["invoice"], invoice != .null else { return ["none"] }
        return [invoice["total"]?.json ?? "?"] + Self.credits(invoice["credits"])
    }

    static func credits(_ credits: Payload?) -> [String] {
        ["initial", "used", "remaining"].map { credits?.money($0) ?? "?" }
    }

    func credit(_ payer: CustomerID = CustomerID("c"), _ currency: String = "usd") throws -> Amount {
        try store.read { connection in
            try AccountTable(connection: connection).credit(of: MoneyAccount(payer: payer, currency: currency))
        }
    }

    /// The sum of the lines that wait.
    func waiting(_ payer: CustomerID = CustomerID("c")) throws -> Amount {
        try store.read { connection in
            try AccountTable(connection: connection).lines(of: MoneyAccount(payer: payer, currency: "usd"))
                .reduce(.zero) { $0 + $1.line.amount }
        }
    }

    /// Every entry: when, why, and how much.
    func entries() throws -> [String] {
        try store.read { connection in
            try connection.rows(
                """
                SELECT customer_id, kind, cause, at, amount_units, amount_nanos FROM account_entries
                 ORDER BY customer_id, currency, sequence
                """
            ) { row in
                let at = Timestamp(microseconds: row.integer(3)).description.prefix(16)
                return "\(row.text(0)) \(row.text(1)) \(row.text(2)) \(at) \(row.amount(4))"
            }
        }
    }
}
