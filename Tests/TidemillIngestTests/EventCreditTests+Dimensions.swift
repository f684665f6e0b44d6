import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Credits that events burned are told apart by the events' dimensions, though the ledger has one row for many of them.
extension EventCreditTests {
    /// `tags:credits:events` of each series, the largest first, and the total.
    private func usage(_ backend: Engine, _ groupBy: Payload) throws -> (series: [String], total: Payload?) {
        let answer = try backend.performNow(
            .getCreditUsage, ["customerId": "c", "currencyId": "tok", "timeRange": "LAST_DAY", "groupBy": groupBy],
            in: CallContext(.person, now: SystemWallclock().now))
        let series = (answer["series"]?.items ?? []).map { series in
            let tags = (series["tags"]?.items ?? []).map { $0["value"]?.text ?? "?" }
            let points = (series["points"]?.items ?? []).reduce(Amount.zero) { sum, point in
                sum + (point["value"].flatMap { Amount($0.json) } ?? .zero)
            }
            #expect(Payload(points) == series["totalCredits"], "the points add up")
            let feature = series["featureId"]?.text.map { "\($0)/" } ?? ""
            return
                "\(feature)\(tags.joined(separator: ",")):\(series["totalCredits"]?.json ?? ""):\(series["eventCount"]?.json ?? "")"
        }
        return (series, answer["totalCredits"])
    }

    @Test func `a flat rate by one dimension, by two, and by the feature`() async throws {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "amount": .number("0.001")])
        // x: (3 + 500) × 0.001 = 0.503; y: 1.5; none: 0.007.
        let text =
            event("a", #""tokens": 3, "model": "x", "tier": 1"#)
            + event("b", #""tokens": 1500, "model": "y", "tier": 1"#)
            + event("c", #""tokens": 500, "model": "x", "tier": 2"#) + event("d", #""tokens": 7"#)
            + event("s", #""tokens": 900, "model": "x""#, customer: "stranger")
        _ = try await fixture.processor.process([try fixture.deliver(Data(text.utf8))])
        #expect(try ledger(backend).count == 1, "one row for all of them")
        let byModel = try usage(backend, "model")
        #expect(byModel.series == ["y:1.5:1", "x:0.503:2", ":0.007:1"])
        #expect(byModel.total == .number("2.01"))
        #expect(
            try usage(backend, "featureId,model,tier").series == [
                "tokens/y,1:1.5:1", "tokens/x,2:0.5:1", "tokens/,:0.007:1", "tokens/x,1:0.003:1",
            ])
        #expect(
            try usage(backend, "tier,featureId,model,tokens").series.first == "tokens/1,y,1500:1.5:1",
            "three dimensions and the feature, in the order of the question")
        #expect(throws: OperationError.self) { try usage(backend, "tier,model,tokens,region") }
        #expect(try usage(backend, "featureId").series == ["tokens/:2.01:4"])
        // Nothing of it shows as metadata of the ledger.
        #expect(try ledger(backend).first?["metadata"] == .null)
    }

    @Test func `a formula by dimension; what a voided delivery burned is given back to the same dimensions`()
        async throws
    {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "costFormula": "tokens * weight"])
        let good = event("a", #""tokens": 2, "weight": 3, "model": "x""#)
        // 10 × 0.5 = 5 and 4 × 1 = 4; the last has no weight, and is free.
        let bad =
            event("b", #""tokens": 10, "weight": "0.5", "model": "x""#)
            + event("c", #""tokens": 4, "weight": 1, "model": "y""#)
            + event("d", #""tokens": 4, "model": "y""#)
        _ = try await fixture.processor.process([try fixture.deliver(Data(good.utf8))])
        let delivery = try fixture.deliver(Data(bad.utf8))
        let outcomes = try await fixture.processor.process([delivery])
        #expect(outcomes.count == 1)
        #expect(try usage(backend, "model").series == ["x:11:2", "y:4:1"])
        try fixture.store.write { connection in
            _ = try DeliveryLedger.finish(
                delivery.id, owner: fixture.owner, as: .done, at: SystemWallclock().now, on: connection)
        }
        try fixture.engine.void(delivery.id, by: "ann", reason: "test data", now: SystemWallclock().now)
        let after = try usage(backend, "model")
        #expect(after.series == ["x:6:1", "y:0:0"])
        #expect(after.total == 6)
    }

    @Test func `a new rate, a new meter and another file: each row is told apart as it was burned`() async throws {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "amount": 1])
        _ = try await fixture.processor.process([
            try fixture.deliver(Data((event("a", #""tokens": 5, "model": "x""#) + event("b", #""tokens": 1"#)).utf8))
        ])
        _ = try backend.performNow(
            .updateFeature,
            ["id": "tokens", "meter": ["aggregation": ["function": "COUNT"], "filters": []]],
            in: CallContext(.person, now: SystemWallclock().now))
        _ = try await fixture.processor.process([
            try fixture.deliver(Data((event("c", #""tokens": 5, "model": "x""#) + event("d", #""model": "y""#)).utf8))
        ])
        let found = try usage(backend, "model")
        // Whichever version of the meter answers while the new one is filled in: all of it is told apart.
        #expect(Set(found.series.map { $0.split(separator: ":").first.map(String.init) ?? "" }).isSuperset(of: ["x"]))
        #expect(found.series.contains { $0.hasPrefix(":1:") }, "b alone has no model: \(found.series)")
        #expect(
            try balance(backend).flatMap { Amount($0.json) } == Amount(1000)
                - (found.total.flatMap { Amount($0.json) } ?? .zero))
    }

    @Test func `where the events are gone the row has no dimensions, and counts all the same`() async throws {
        let (fixture, backend) = try shop(rate: ["currencyId": "tok", "amount": 2])
        let text = event("a", #""tokens": 3, "model": "x""#) + event("b", #""tokens": 4, "model": "y""#)
        _ = try await fixture.processor.process([try fixture.deliver(Data(text.utf8))])
        #expect(try usage(backend, "model").series == ["y:8:1", "x:6:1"])
        _ = try fixture.store.write { try $0.execute("DELETE FROM raw_blocks") }
        #expect(try usage(backend, "model").series == [":14:2"])
    }
}
