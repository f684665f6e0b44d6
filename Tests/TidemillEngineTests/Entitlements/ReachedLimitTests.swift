import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

/// Who has reached a share of a limit, and which wallets run low: by one index each, whatever the store holds.
struct ReachedLimitTests {
    private func fixture() throws -> EngineFixture {
        let fixture = try EngineFixture()
        fixture.now = time("2026-10-15T00:00:00Z")
        try fixture.call(.provisionCustomer, ["id": "c"])
        try fixture.feature("calls")
        try fixture.publish(.plan, "pro", [gives("calls", 50, reset: .day)])
        try fixture.hold("pro")
        return fixture
    }

    private func reached(_ fixture: EngineFixture) throws -> [String] {
        try fixture.store.read { try ReachedLimits.list(at: fixture.now, limit: 10, on: $0) }.map(\.customerID.text)
    }

    @Test func `who reached a share is told until the period is over`() throws {
        let fixture = try fixture()
        try fixture.report("calls", 39)
        #expect(try reached(fixture) == [])
        try fixture.report("calls", 1)
        #expect(try reached(fixture) == ["c"])
        fixture.now = fixture.now.advanced(bySeconds: 86_400)
        #expect(try reached(fixture) == [])
        try fixture.report("calls", 51)
        #expect(try reached(fixture) == ["c"])
        // What is taken back is near no limit.
        try fixture.report("calls", -40)
        #expect(try reached(fixture) == [])
    }

    @Test func `both are read by their index`() throws {
        let fixture = try fixture()
        func plan(_ sql: String, _ values: [SQLValue]) throws -> String {
            try fixture.store.read { try $0.rows("EXPLAIN QUERY PLAN \(sql)", values) { $0.text(3) } }.joined(
                separator: "; ")
        }
        let reached = try plan(ReachedLimits.query, [.integer(80), .integer(0), .integer(10)])
        #expect(reached.contains("INDEX usage_alerts_reached (threshold=? AND period_end>?)"), "\(reached)")
        #expect(!reached.contains("SCAN") && !reached.contains("TEMP B-TREE"), "\(reached)")
        let next = try plan(ReachedLimits.nextQuery, [.integer(80)])
        #expect(next.contains("INDEX usage_alerts_reached (threshold>? AND threshold<?)"), "\(next)")
        let low = try plan(LowWallets.query, [.integer(20), .integer(10)])
        #expect(low.contains("INDEX credit_wallets_low (percent_left<?)"), "\(low)")
        #expect(!low.contains("SCAN") && !low.contains("TEMP B-TREE"), "\(low)")
    }

    @Test func `what is left of a wallet is a share of its grants in effect`() {
        func left(_ granted: Int64, _ consumed: Int64) -> Int64 {
            var balance = CreditBalance()
            balance.granted = Amount(granted)
            balance.consumed = Amount(consumed)
            return balance.percentLeft
        }
        #expect(left(0, 0) == 101 && left(0, 5) == 0)
        #expect(left(200, 0) == 100 && left(200, 159) == 20 && left(200, 160) == 20 && left(200, 161) == 19)
        #expect(left(200, 200) == 0 && left(200, 900) == 0 && left(1_000_000_000_000_000, 1) == 99)
    }

    @Test func `how long a wallet lasts is what is left over what a day burns`() {
        func lasts(_ balance: Int64, _ burned: Int64) -> Int64? {
            LowWallets.Entry(
                customerID: CustomerID("c"), currencyID: "t", resourceID: nil, balance: Amount(balance),
                granted: Amount(100), percentLeft: 5, changedAt: Timestamp(microseconds: 0), burned: Amount(burned)
            ).lastsSeconds
        }
        #expect(lasts(10, 0) == nil && lasts(-3, 5) == 0 && lasts(10, 20) == 43_200 && lasts(10, 5) == 172_800)
    }
}
