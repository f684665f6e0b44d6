import Foundation
import Testing

/// What is acknowledged is on disk. Asked of the kernel: a transaction whose last frame is written and not synced is
/// lost with the machine's power, and with it whatever was answered because of it.
struct SyncTests {
    private static func movesIntoDone(_ call: SystemCallTrace.Call) -> Bool {
        call.name.hasPrefix("rename") && call.text.contains(SystemCallTrace.hex("done/"))
    }

    private func expectSynced(
        _ trace: SystemCallTrace, commitsAtLeast: Int, _ location: SourceLocation = #_sourceLocation
    ) {
        let commits = trace.commits
        #expect(commits.count >= commitsAtLeast, sourceLocation: location)
        #expect(commits.unsynced == [], sourceLocation: location)
    }

    @Test func `no file moves to done before what it did is on disk`() throws {
        let mill = try Mill()
        for file in 0..<5 {
            let lines = (0..<50).map {
                """
                {"customerId":"acme","eventName":"llm.inference","idempotencyKey":"\(file)-\($0)","timestamp":"2026-11-01T00:00:00Z","dimensions":{"contextTokens":\($0),"generatedTokens":1,"workload":"chat"}}
                """
            }
            try mill.deliver("file-\(file).ndjson", lines.joined(separator: "\n") + "\n")
        }
        let (ended, trace) = try SystemCallTrace.run(mill.program, ["run", "--once", "--json"])
        #expect(ended.status == 0, "\(ended.err)")
        expectSynced(trace, commitsAtLeast: 5)
        let moves = trace.unsynced(at: Self.movesIntoDone)
        #expect(moves.seen >= 5)
        #expect(moves.unsynced == 0)
    }

    @Test func `no command answers before what it did is on disk`() throws {
        let mill = try Mill()
        try mill.folder.write(
            "events.ndjson",
            """
            {"customerId":"acme","eventName":"llm.inference","idempotencyKey":"1","timestamp":"2026-11-01T00:00:00Z","dimensions":{"contextTokens":1,"generatedTokens":1}}

            """)
        let commands = [
            ["call", "provisionCustomer", #"{"id":"acme"}"#],
            ["call", "updateCustomer", #"{"id":"acme","name":"Acme"}"#],
            ["ingest", mill.folder.path("events.ndjson"), "--json"],
            ["pause", "ingest", "--reason", "a test", "--json"],
        ]
        for command in commands {
            let (ended, trace) = try SystemCallTrace.run(mill.program, command)
            #expect(ended.status == 0, "\(ended.err)")
            expectSynced(trace, commitsAtLeast: 1)
            let answers = trace.unsynced { $0.name.hasPrefix("write") && $0.text.contains("(1<") }
            #expect(answers.seen >= 1, "\(command)")
            #expect(answers.unsynced == 0)
        }
    }
}
