import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

/// Promise 1 of architecture.md, with real kills of the real program: workers that share a spool are killed with
/// SIGKILL at random instants, again and again, while files with duplicates arrive. Afterwards every total is exact,
/// every record is accounted for, and nothing is left behind.
///
/// The test knows what it delivered: distinct keys by construction, so the right totals need no program.
struct KillTests {
    /// What was delivered, and what must come out.
    struct Expected {
        var tokens: [String: Int] = [:]
        var records: [String: Int] = [:]
        var distinct = 0
        var filtered = 0
        var bad = 0
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `totals are exact after any number of kills, with two workers on one spool`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let mill = try Mill(configuration: "level = \"warning\"")
        var expected = Expected()
        // Once in good order, so that both workers find a store.
        try mill.runOnce()

        var workers: [Process] = []
        var interrupted = 0
        defer { for worker in workers where worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        for round in 0..<14 {
            while workers.count < 2 { workers.append(try mill.program.start(["run"])) }
            for file in 0..<3 { try deliver(round * 3 + file, to: mill, &random, &expected) }
            // Wall-clock on purpose: the instant of the kill is what is random here. Blocking: a suspended test would be
            // resumed late, because other tests block the pool while they wait for their programs.
            usleep(UInt32.random(in: 5_000...350_000, using: &random))
            let victim = workers.remove(at: Int.random(in: 0..<workers.count, using: &random))
            kill(victim.processIdentifier, SIGKILL)
            victim.waitUntilExit()
            if try !mill.folder.names(in: "spool/work").isEmpty { interrupted += 1 }
            if Bool.random(using: &random), let other = workers.popLast() {
                kill(other.processIdentifier, SIGKILL)
                other.waitUntilExit()
            }
        }
        for worker in workers {
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
        }
        // Otherwise the kills met idle workers, and the test would show nothing.
        #expect(interrupted > 0)
        try mill.runOnce(expecting: nil)
        try check(mill, expected)
    }

    @Test func `an ingest by command that is killed goes on where it was, also without idempotency keys`() throws {
        let mill = try Mill()
        try mill.runOnce()
        // Without keys nothing but the stored position can tell what was taken already.
        let line =
            #"{"customerId":"c","eventName":"llm.inference","dimensions":{"contextTokens":1,"generatedTokens":0}}"#
        let count = 300_000
        try mill.folder.write("many.ndjson", String(repeating: line + "\n", count: count))
        try mill.ingestThroughKills("many.ndjson")
        #expect(try mill.delivery("many.ndjson")?["applied"] == .integer(Int64(count)))
        #expect(try mill.json("deliveries").items.count == 1)
        #expect(try mill.usage("feature-requests") == ["c": "\(count)"])
        #expect(try mill.json("verify")["ok"] == true)
    }

    /// A file of new events, repeats of earlier ones, failed requests and bad records.
    private func deliver(
        _ number: Int, to mill: Mill, _ random: inout SeededRandom, _ expected: inout Expected
    ) throws {
        var lines: [String] = []
        // Every seventh file is long enough for several transactions.
        for index in 0..<(number % 7 == 0 ? 30_000 : Int.random(in: 1...3000, using: &random)) {
            let customer = "c\(Int.random(in: 0..<20, using: &random))"
            let tokens = Int.random(in: 0..<1000, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0:
                expected.bad += 1
                lines.append(#"{"customerId":"\#(customer)","eventName":"llm.inference","timestamp":"soon"}"#)
            case 1..<10:
                expected.filtered += 1
                lines.append(line(customer, "f\(number)-\(index)", tokens, status: "500"))
            case 10..<30 where !lines.isEmpty:
                // A repeat of a record of this file, which may be bad: then it is bad again.
                let repeated = lines[Int.random(in: 0..<lines.count, using: &random)]
                if repeated.contains("soon") { expected.bad += 1 }
                lines.append(repeated)
            default:
                expected.distinct += 1
                expected.tokens[customer, default: 0] += tokens
                lines.append(line(customer, "k\(number)-\(index)", tokens, status: "200"))
            }
        }
        expected.records["file-\(number).ndjson"] = lines.count
        try mill.deliver("file-\(number).ndjson", lines.joined(separator: "\n"))
        // Every fifth file comes once more under another name: all of it is known, but for the bad records.
        if number % 5 == 0 {
            expected.bad += lines.count { $0.contains("soon") }
            expected.records["copy-\(number).ndjson"] = lines.count
            try mill.deliver("copy-\(number).ndjson", lines.joined(separator: "\n"))
        }
    }

    private func line(_ customer: String, _ key: String, _ tokens: Int, status: String) -> String {
        #"{"customerId":"\#(customer)","eventName":"llm.inference","idempotencyKey":"\#(key)","timestamp":"2026-01-01T00:00:00Z","dimensions":{"status":"\#(status)","contextTokens":\#(tokens),"generatedTokens":0}}"#
    }

    private func check(_ mill: Mill, _ expected: Expected) throws {
        #expect(try mill.usage("feature-context-tokens") == expected.tokens.mapValues { "\($0)" })
        #expect(try mill.folder.names(in: "spool/inbox") == [])
        #expect(try mill.folder.names(in: "spool/work") == [])
        let deliveries = try mill.json("deliveries", "--limit", "1000").items
        #expect(deliveries.count == expected.records.count)
        var applied: Int64 = 0
        var filtered: Int64 = 0
        var rejected: Int64 = 0
        for delivery in deliveries {
            let name = delivery["name"]?.text ?? ""
            #expect(delivery["state"] == "done", "\(name)")
            #expect(delivery["records"] == .integer(Int64(expected.records[name] ?? -1)), "\(name)")
            applied += delivery["applied"]?.count ?? 0
            filtered += delivery["filtered"]?.count ?? 0
            rejected += delivery["rejected"]?.count ?? 0
            #expect(try mill.acknowledgement(name)["records"] == delivery["records"], "\(name)")
        }
        #expect(applied == Int64(expected.distinct))
        #expect(filtered == Int64(expected.filtered))
        #expect(rejected == Int64(expected.bad))
        // Each for its own fault: a sound record that is rejected is named.
        let records = try mill.json("rejected", "--limit", "100000").items
        let sound = records.filter { $0["payload"]?.text?.contains("soon") != true }
        #expect(records.count == expected.bad && sound.isEmpty, "\(sound.prefix(3).map(\.json))")
        #expect(try mill.json("verify")["ok"] == true)
    }
}
