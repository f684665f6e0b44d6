import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Events that take usage back (useautumn/autumn PR 2742: a month's calls of −70). A billing period burns what its usage
/// comes to, and never less than nothing, in whatever order it comes; half a credit a token, of 1000. Figures by hand.
extension EventCreditTests {
    private static let half: Payload = ["currencyId": "tok", "amount": .number("0.5")]

    private func deliver(_ values: [Int], _ fixture: IngestFixture, _ key: String) async throws -> DeliveryID {
        let text = values.enumerated().map { event("\(key).\($0)", #""tokens": \#($1)"#) }.joined()
        let delivery = try fixture.deliver(Data(text.utf8))
        _ = try await fixture.processor.process([delivery])
        return delivery.id
    }

    private func void(_ delivery: DeliveryID, _ fixture: IngestFixture) throws {
        try fixture.store.write { connection in
            _ = try DeliveryLedger.finish(
                delivery, owner: fixture.owner, as: .done, at: SystemWallclock().now, on: connection)
        }
        _ = try fixture.engine.void(delivery, by: "ann", reason: "test", now: SystemWallclock().now)
    }

    private func differences(_ fixture: IngestFixture) throws -> [String] {
        try CreditVerifier().verify(fixture.store).differences
    }

    @Test func `events that take usage back give back what it burned, and below nothing what comes later makes up`()
        async throws
    {
        let (fixture, engine) = try shop(rate: Self.half)
        for (index, step) in [(20, "990"), (-8, "994"), (-100, "1000"), (60, "1000"), (40, "994")].enumerated() {
            _ = try await deliver([step.0], fixture, "k\(index)")
            // 20, 12, −88, −28, 12 tokens.
            #expect(try balance(engine) == Payload(json: step.1), "after \(step.0)")
        }
        let named = try fixture.store.read { try NegativeUsage.recent(now: SystemWallclock().now, on: $0) }
        #expect(named?.count == 1 && named?.newest.usage == Amount(-88), "as it stood when usage was taken back last")
        #expect(try differences(fixture) == [])
    }

    @Test(arguments: [
        [[20, -8]], [[-8, 20]], [[20], [-8]], [[-8], [20]], [[5, -8], [15]], [[-4], [20, -4]], [[-8, 5, 15]],
    ])
    func `order and files do not matter`(files: [[Int]]) async throws {
        let (fixture, engine) = try shop(rate: Self.half)
        for (index, file) in files.enumerated() { _ = try await deliver(file, fixture, "f\(index)") }
        #expect(try balance(engine) == 994)
        #expect(try differences(fixture) == [])
    }

    @Test func `what is given back goes to the grants it came from, the last first`() async throws {
        let (fixture, engine) = try shop(rate: Self.half)
        func grants() throws -> [Payload?] {
            let page = try engine.performNow(
                .listCreditGrants, ["customerId": "c", "currencyId": "tok"],
                in: CallContext(.person, now: SystemWallclock().now))
            return (page["data"]?.items ?? []).sorted { $0["amount"]?.json ?? "" < $1["amount"]?.json ?? "" }
                .map { $0["consumedAmount"] }
        }
        _ = try engine.performNow(
            .grantCredits,
            ["customerId": "c", "currencyId": "tok", "amount": 4, "grantType": "PROMOTIONAL", "priority": 1],
            in: CallContext(.person, now: SystemWallclock().now))
        _ = try await deliver([20], fixture, "a")
        #expect(try grants() == [6, 4])
        _ = try await deliver([-6], fixture, "b")
        #expect(try grants() == [3, 4], "3 of the 6 that were burned last")
        _ = try await deliver([-10], fixture, "c")
        #expect(try grants() == [0, 2])
        #expect(try differences(fixture) == [])
    }

    @Test func `a formula gives back what as much usage costs`() async throws {
        let (fixture, engine) = try shop(rate: ["currencyId": "tok", "costFormula": "ceil(tokens / 1000) * 2"])
        _ = try await deliver([1200, 300], fixture, "a")
        #expect(try balance(engine) == 994, "4 and 2")
        _ = try await deliver([-1200], fixture, "b")
        #expect(try balance(engine) == 998)
    }

    @Test func `voiding what gave back burns it again, and voiding what burned gives back once`() async throws {
        for isGiverFirst in [true, false] {
            let (fixture, engine) = try shop(rate: Self.half)
            let burning = try await deliver([20], fixture, "a")
            let giving = try await deliver([-8], fixture, "b")
            #expect(try balance(engine) == 994)
            if isGiverFirst {
                try void(giving, fixture)
                #expect(try balance(engine) == 990)
                try void(burning, fixture)
            } else {
                try void(burning, fixture)
                #expect(try balance(engine) == 1000, "−8 tokens")
                try void(giving, fixture)
            }
            #expect(try balance(engine) == 1000)
            _ = try await deliver([2], fixture, "c")
            #expect(try balance(engine) == 999)
            #expect(try differences(fixture) == [])
        }
    }

    @Test func `nothing is won by void where grants have ended since`() async throws {
        let (fixture, engine) = try shop(rate: Self.half)
        func call(_ id: OperationID, _ input: Payload) throws -> Payload {
            try engine.performNow(id, input, in: CallContext(.person, now: SystemWallclock().now))
        }
        let gift = try call(
            .grantCredits,
            ["customerId": "c", "currencyId": "tok", "amount": 12, "grantType": "PROMOTIONAL", "priority": 1])
        _ = try await deliver([20], fixture, "a")
        #expect(try balance(engine) == 1002)
        _ = try call(.voidCreditGrant, ["id": gift["id"] ?? .null])
        // What comes back to it is gone with it.
        let giving = try await deliver([-8], fixture, "b")
        #expect(try balance(engine) == 1000)
        try void(giving, fixture)
        #expect(try balance(engine) == 1000, "nobody had those 4")
        #expect(try differences(fixture) == [])
    }

    /// What the usage that counts comes to, and never less than nothing: told apart from the engine by addition alone.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `whatever is delivered and voided, the period burns what it comes to`(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let (fixture, engine) = try shop(rate: Self.half)
        var counted: [(id: DeliveryID, sum: Int)] = []
        for step in 0..<14 {
            if counted.count > 1, Int.random(in: 0..<3, using: &random) == 0 {
                let gone = counted.remove(at: Int.random(in: 0..<counted.count, using: &random))
                try void(gone.id, fixture)
            } else {
                let values = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    Int.random(in: -20...20, using: &random)
                }
                counted.append((try await deliver(values, fixture, "s\(step)"), values.reduce(0, +)))
            }
            let sum = max(0, counted.reduce(0) { $0 + $1.sum })
            #expect(try balance(engine) == Payload(json: sum % 2 == 0 ? "\(1000 - sum / 2)" : "\(999 - sum / 2).5"))
        }
        #expect(try differences(fixture) == [])
    }
}
