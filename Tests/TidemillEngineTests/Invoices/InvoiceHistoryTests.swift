import Foundation
import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTestSupport

/// Random months of calls, some of which arrive when their month is over or billed, against invoices that Python works out
/// with its decimals from the reports alone.
struct InvoiceHistoryTests {
    private struct Report: Encodable {
        let arrival: String
        let at: String
        let calls: Int
    }

    /// By whole months from June 2026. A report that arrives before its month's invoice is final is on that; a later one
    /// costs what the month comes to with it less what it came to without, on the next invoice.
    private static let calculation = """
        import json, sys
        from decimal import Decimal as D, ROUND_HALF_UP
        def cents(x): return x.quantize(D("0.01"), ROUND_HALF_UP)
        reports = json.load(sys.stdin)
        def total(calls):
            lines = D(60) + cents(calls * D("0.375"))
            left = lines - cents(lines * D(15) / 100)
            return left + cents(left * D("7.7") / 100)
        print(format(total(D(0)).normalize(), "f"))
        def day(month, time): return "2026-%02d-01T%s:00Z" % (month, time)
        def month(r): return int(r["at"][5:7])
        def isLate(r): return r["arrival"] >= day(month(r) + 1, "01:00")
        billed = {m: sum((D(r["calls"]) for r in reports if month(r) == m and not isLate(r)), D(0)) for m in range(6, 10)}
        first, late = dict(billed), {}
        for r in sorted(filter(isLate, reports), key=lambda r: r["arrival"]):
            m = month(r)
            due = next(n for n in range(m + 2, 13) if r["arrival"] < day(n, "00:00"))
            late[due] = late.get(due, 0) + total(billed[m] + r["calls"]) - total(billed[m])
            billed[m] += r["calls"]
        for m in range(6, 10):
            print(format((total(first[m]) + late.get(m + 1, 0)).normalize(), "f"))
        """

    /// Arrivals in order: within the month that they are of, in its grace, or after it.
    private func history(_ random: inout SeededRandom) -> [Report] {
        var reports: [Report] = []
        for month in 6...9 {
            for _ in 0..<6 {
                let at = String(
                    format: "2026-%02d-%02dT%02d:00:00Z", month, Int.random(in: 1...28, using: &random),
                    Int.random(in: 0...23, using: &random))
                let (minute, hour) = (Int.random(in: 1...59, using: &random), Int.random(in: 2...23, using: &random))
                let arrival =
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: String(format: "2026-%02d-01T00:%02d:00Z", month + 1, minute)
                    case 1: String(format: "2026-%02d-01T%02d:00:00Z", month + 1, hour)
                    default: at
                    }
                reports.append(Report(arrival: arrival, at: at, calls: Int.random(in: 1...99, using: &random)))
            }
        }
        return reports.sorted { $0.arrival < $1.arrival }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `every invoice is what decimals say`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let reports = history(&random)
        let shop = try EngineFixture()
        try shop.accountShop()
        try shop.plan("odd", monthly: 60, annually: 600, calls: Amount("0.375"))
        try shop.call(.createCoupon, ["id": "less", "name": "less", "percentOff": 15])
        try shop.subscribe(
            "odd",
            [
                "id": "s", "billingPeriod": "MONTHLY", "appliedCoupon": ["couponId": "less"],
                "billingInformation": ["taxPercentage": .number("7.7")],
            ])
        let work = (7...10).flatMap { month in
            ["00:00", "01:00"].map { String(format: "2026-%02d-01T%@:00Z", month, $0) }
        }
        // A worker's step comes before what arrives at its instant.
        let steps = (work.map { ($0, nil as Report?) } + reports.map { ($0.arrival, $0) })
            .sorted { ($0.0, $0.1 == nil ? 0 : 1) < ($1.0, $1.1 == nil ? 0 : 1) }
        for (time, report) in steps {
            guard let report else {
                try shop.work(at: time)
                continue
            }
            try shop.at(time)
            try shop.use(Int64(report.calls), at: report.at)
            try shop.work(at: time)
        }
        let totals = try shop.invoices().map { $0["total"]?.json ?? "?" }
        let expected = try DecimalOracle.lines(Self.calculation, reports)
        #expect(totals == expected)
        #expect(try shop.invoices().allSatisfy { $0["state"] == "OPEN" })
        #expect(try shop.verifyInvoices() == [])
    }
}
