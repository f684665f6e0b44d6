import Foundation
import Testing
import TidemillOperations

/// Records that end the process: the worker is killed whenever it is at one, and goes on without it in the end.
struct PoisonTests {
    /// A filter that says when it is at the record, and stays there until the worker is killed.
    private static let script = """
        catalog { features = { { id = "calls", displayName = "Calls", featureType = "NUMBER",
          meterType = "INCREMENTAL", meter = { aggregation = { ["function"] = "COUNT" } } } } }
        filter { name = "trap", event = "call", keep = function(event)
          if event.dimensions.poison then print("at the poison"); while true do end end
          return true
        end }
        """

    private func event(_ number: Int, _ more: String = "") -> String {
        #"{"customerId": "acme", "eventName": "call", "idempotencyKey": "k\#(number)", "dimensions": {\#(more)}}"#
    }

    /// Starts workers and kills each at the record, until one gets past it.
    /// - Returns: how many were killed.
    private func killAtThePoison(_ mill: Mill) throws -> Int {
        for killed in 0..<12 {
            let pipe = Pipe()
            let worker = try mill.program.start(["run", "--once"], err: pipe)
            defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
            var log = ""
            while true {
                let bytes = pipe.fileHandleForReading.availableData
                if bytes.isEmpty { break }
                log += String(decoding: bytes, as: UTF8.self)
                if log.contains("at the poison") { kill(worker.processIdentifier, SIGKILL) }
            }
            worker.waitUntilExit()
            if worker.terminationReason == .exit { return killed }
        }
        return 12
    }

    private func mill() throws -> Mill {
        let mill = try Mill(scripts: ["rules.lua": Self.script], configuration: "[limits]\nrule_time = \"60s\"")
        try mill.runOnce()
        return mill
    }

    @Test(arguments: [0, 5]) func `a line that ends workers is set aside, and all others count`(at index: Int) throws {
        let mill = try mill()
        let lines = (0..<8).map { event($0, $0 == index ? #""poison": true"# : "") }
        try mill.deliver("bad.ndjson", lines.joined(separator: "\n"))
        try mill.deliver("good.ndjson", event(100))
        let killed = try killAtThePoison(mill)
        // One unnoted, one that took it over, one with small batches, and four in the very record.
        #expect(killed == 7)
        #expect(try mill.usage("calls") == ["acme": "8"])
        let delivery = try #require(try mill.delivery("bad.ndjson"))
        #expect(delivery["state"] == "done" && delivery["applied"] == 7 && delivery["rejected"] == 1)
        let rejected = try mill.json("rejected").items
        #expect(rejected.count == 1)
        #expect(rejected.first?["code"] == "poison")
        #expect(rejected.first?["line"]?.count == Int64(index + 1))
    }

    @Test func `a record of an array that ends workers is set aside, and can be retried`() throws {
        let mill = try mill()
        try mill.deliver("bad.json", "[\(event(1)), \(event(2, #""poison": true"#)), \(event(3))]")
        #expect(try killAtThePoison(mill) == 7)
        #expect(try mill.usage("calls") == ["acme": "2"])
        #expect(try mill.delivery("bad.json")?["rejected"] == 1)
        // The script is mended: nothing is lost.
        try mill.folder.write(
            "scripts/rules.lua", Self.script.replacingOccurrences(of: "while true do end", with: ""))
        #expect(try mill.program.run("rejected", "retry", "--all").status == 0)
        #expect(try mill.usage("calls") == ["acme": "3"])
    }

    @Test func `a worker that is killed in the middle of harmless files rejects nothing`() throws {
        let mill = try mill()
        try mill.deliver("late.ndjson", event(9, #""poison": true"#))
        for file in 0..<20 { try mill.deliver("file\(file).ndjson", event(200 + file)) }
        #expect(try killAtThePoison(mill) == 7)
        #expect(try mill.usage("calls") == ["acme": "20"])
        #expect(try mill.json("rejected").items.count == 1)
    }
}
