import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Goal: whatever is done to a wallet, in any order, the figures agree and no grant goes below zero or beyond its amount.
/// Method: random sequences with fixed seeds, checked by recomputing everything from the ledger.
struct CreditPropertyTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func `no sequence of operations makes a grant negative or consumed beyond its amount`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let credits = try CreditFixture()
        var open: [String] = []
        var holds = 0
        for step in 0..<120 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0, 1, 2:
                var further: TextMap<Payload> = [
                    "priority": .integer(Int64.random(in: 0...3, using: &random)),
                    "grantType": Bool.random(using: &random) ? "PAID" : "PROMOTIONAL",
                ]
                let start = credits.engine.now.advanced(bySeconds: Int64.random(in: -5...20, using: &random) * 3600)
                further["effectiveAt"] = Payload(start)
                if Bool.random(using: &random) {
                    let end = max(start, credits.engine.now).advanced(
                        bySeconds: Int64.random(in: 1...30, using: &random) * 3600)
                    further["expireAt"] = Payload(end)
                }
                open.append(try credits.grant(Self.amount(&random), further))
            case 3, 4, 5, 6: try credits.consume(Self.amount(&random))
            case 7:
                guard let id = open.randomElement(using: &random) else { continue }
                // A grant that has ended cannot be voided; that is all that may be wrong with it.
                _ = try? credits.engine.call(.voidCreditGrant, ["id": .string(id)])
            case 8:
                guard let id = open.randomElement(using: &random) else { continue }
                _ = try? credits.engine.call(
                    .updateCreditGrant,
                    ["id": .string(id), "priority": .integer(Int64.random(in: 0...3, using: &random))])
            case 9:
                holds += 1
                try credits.reserve(Self.amount(&random), id: "r\(holds)", seconds: 3600 * 3)
            case 10:
                guard holds > 0 else { continue }
                let id = "r\(Int.random(in: 1...holds, using: &random))"
                try credits.release(id, consumed: Self.amount(&random))
            default:
                credits.engine.now = credits.engine.now.advanced(
                    bySeconds: Int64.random(in: 1...10, using: &random) * 1800)
            }
            guard step % 10 == 9 else { continue }
            try credits.checkFigures()
        }
        try credits.checkFigures()
    }

    private static func amount(_ random: inout SeededRandom) -> Amount {
        Amount(nanos: Int128(Int64.random(in: 1...60, using: &random)) * 500_000_000)
    }

    @Test(arguments: [UInt64(11), 12, 13, 14])
    func `burn-down does not depend on how a run of usage is split`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let whole = try CreditFixture()
        let split = try CreditFixture()
        for _ in 0..<20 {
            let further: TextMap<Payload> = [
                "priority": .integer(Int64.random(in: 0...4, using: &random)),
                "grantType": Bool.random(using: &random) ? "PAID" : "PROMOTIONAL",
            ]
            let amount = Self.amount(&random)
            try whole.grant(amount, further)
            try split.grant(amount, further)
        }
        let total = Amount(250)
        try whole.consume(total)
        var rest = total
        while rest > .zero {
            let part = min(rest, Self.amount(&random))
            try split.consume(part)
            rest -= part
        }
        func consumed(_ fixture: CreditFixture) throws -> [Payload?] {
            try fixture.grants().map { $0["consumedAmount"] }
        }
        #expect(try consumed(whole) == consumed(split))
        #expect(try whole.balance()["balance"] == split.balance()["balance"])
    }

    @Test func `1000 grants in random order burn as a plain sort says`() throws {
        var random = SeededRandom(seed: 77)
        let credits = try CreditFixture()
        var expected: [(priority: Int64, expiry: String, rank: Int, index: Int)] = []
        for index in 0..<1000 {
            let priority = Int64.random(in: 0...5, using: &random)
            let day = Int.random(in: 1...28, using: &random)
            let expiry = day < 5 ? nil : "2027-02-\(day < 10 ? "0" : "")\(day)T00:00:00Z"
            let isPaid = Bool.random(using: &random)
            try credits.grant(
                1,
                [
                    "priority": .integer(priority), "expireAt": expiry.map { .string($0) } ?? .null,
                    "grantType": isPaid ? "PAID" : "PROMOTIONAL",
                ])
            expected.append((priority, expiry ?? "9999", isPaid ? 1 : 0, index))
        }
        expected.sort { ($0.priority, $0.expiry, $0.rank, $0.index) < ($1.priority, $1.expiry, $1.rank, $1.index) }
        try credits.consume(400)
        let used = try credits.grants().enumerated().filter { $1["consumedAmount"] == 1 }.map(\.offset)
        #expect(Set(used) == Set(expected.prefix(400).map(\.index)))
        try credits.checkFigures()
    }
}
