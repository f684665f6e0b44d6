import Foundation
import Testing
import TidemillCore

struct MetricTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func lines(_ registry: MetricRegistry, of name: String) -> [String] {
        registry.text().split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(name) && !$0.hasPrefix("\(name)s")
        }
    }

    @Test func `docs/metrics.md lists every metric with its kind, labels and words, and no other`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/metrics.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let expected = Metric.all.map { metric in
            let labels = metric.labels.map { label in
                "`\(label.name)`" + (label.values.isEmpty ? "" : " " + label.values.joined(separator: "·"))
            }
            return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels.joined(separator: ", ")) | \(metric.help) |"
        }
        for (row, wanted) in zip(rows, expected) { #expect(row == wanted) }
        #expect(rows.count == expected.count)
    }

    @Test func `with everything in use there are fewer than 2,500 series`() {
        #expect(Metric.all.reduce(0) { $0 + $1.seriesMax } < 2500)
        let names = Metric.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func `what has no room counts under other, and closed labels stay what they are`() {
        let registry = MetricRegistry()
        for number in 0..<500 {
            registry.add(.runsEnded, ["job-\(number)", "done"])
            registry.add(.recordsFiltered, ["rule-\(number)"], by: 2)
        }
        // 300, of which 6 are for the outcomes of "other": 294 jobs have their own, and 206 are others.
        #expect(lines(registry, of: "tidemill_runs_total").count == 295)
        #expect(registry.text().contains("tidemill_runs_total{job_name=\"other\",outcome=\"done\"} 206\n"))
        #expect(lines(registry, of: "tidemill_records_filtered_total").count == 100)
        #expect(registry.text().contains("tidemill_records_filtered_total{rule=\"other\"} 802\n"))
    }

    @Test func `a histogram's buckets add up, each with what is below it`() {
        let registry = MetricRegistry()
        for milliseconds in [50, 100, 400, 7_200_000] {
            registry.observe(.deliveryLag, [], .milliseconds(milliseconds))
        }
        #expect(
            lines(registry, of: "tidemill_delivery_lag_second") == []
                && registry.text().contains(
                    """
                    # TYPE tidemill_delivery_lag_seconds histogram
                    tidemill_delivery_lag_seconds_bucket{le="0.1"} 2
                    tidemill_delivery_lag_seconds_bucket{le="0.5"} 3
                    tidemill_delivery_lag_seconds_bucket{le="1"} 3
                    tidemill_delivery_lag_seconds_bucket{le="5"} 3
                    tidemill_delivery_lag_seconds_bucket{le="15"} 3
                    tidemill_delivery_lag_seconds_bucket{le="60"} 3
                    tidemill_delivery_lag_seconds_bucket{le="300"} 3
                    tidemill_delivery_lag_seconds_bucket{le="3600"} 3
                    tidemill_delivery_lag_seconds_bucket{le="+Inf"} 4
                    tidemill_delivery_lag_seconds_sum 7200.55
                    tidemill_delivery_lag_seconds_count 4

                    """)
        )
    }

    @Test func `a counter whose labels are known begins with zero, and names are escaped`() {
        let registry = MetricRegistry()
        #expect(registry.text().contains("tidemill_recharges_total{outcome=\"declined\"} 0\n"))
        registry.add(.ruleFailures, ["a\"b\\c\nd"])
        #expect(registry.text().contains(#"tidemill_rule_failures_total{rule="a\"b\\c\nd"} 1"#))
    }

    @Test func `nothing is kept where nobody reads`() {
        MetricRegistry.unread.add(.messages)
        MetricRegistry.unread.take([MetricNote(.messages, [], .add(1))])
        #expect(MetricRegistry.unread.text() == "")
    }

    @Test func `money is added up exactly`() throws {
        let registry = MetricRegistry()
        let tenth = try #require(Amount("0.1"))
        registry.take((0..<3).map { _ in MetricNote(.rechargedMoney, ["usd"], .addAmount(tenth)) })
        let large = try #require(Amount("99999999999999999.000000001"))
        registry.take([MetricNote(.rechargedMoney, ["eur"], .addAmount(large))])
        // Floats would say 0.30000000000000004 and 1e+17.
        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("tidemill_recharged_money_total{") }
        #expect(
            lines == [
                "tidemill_recharged_money_total{currency=\"eur\"} 99999999999999999.000000001",
                "tidemill_recharged_money_total{currency=\"usd\"} 0.3",
            ])
    }
}
