import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

@testable import TidemillWorker

@Suite struct IngestLoopTests {
    @Test func `all that waits is handled, acknowledged and counted`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for number in 1...3 { try kit.deliver("\(number).ndjson", lines: number) }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 3)
        #expect(totals.counts.applied == 6)
        #expect(!totals.needsAttention)
        #expect(kit.names("inbox").isEmpty && kit.names("work").isEmpty)
        #expect(
            kit.done == [
                "1.ndjson", "1.ndjson.result.json", "2.ndjson", "2.ndjson.result.json", "3.ndjson",
                "3.ndjson.result.json",
            ])
        let rows = try kit.rows()
        #expect(rows.map(\.state) == [.done, .done, .done])
        #expect(rows.allSatisfy { $0.isAcknowledged })
        #expect(rows.map(\.keptAs) == (1...3).map { "done/2026-11-22/\($0).ndjson" })
        #expect(rows.allSatisfy { row in row.finishedAt.map { $0 >= row.receivedAt } == true })
    }

    @Test func `a result file says what became of the records`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.ndjson", lines: 4)
        try await kit.loop().run(once: true)
        let report = try kit.report("a.ndjson.result.json")
        let row = try #require(try kit.rows().first)
        #expect(report["delivery"] == .string(row.id.text))
        #expect(report["name"] == "a.ndjson")
        #expect(report["state"] == "done")
        #expect(report["records"] == 4)
        #expect(report["applied"] == 4)
        #expect(report["rejected"] == 0)
        #expect(report["size"] == 12)
        #expect(report["answers"] == [])
        #expect(report["rejections"] == [])
        #expect(report["receivedAt"] == Payload(row.receivedAt))
    }

    @Test func `answers and rejections are listed in record order`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.ndjson", lines: 1)
        let store = kit.store
        kit.processor.beforeEachGroup { deliveries in
            // More than one page of each.
            try store.write { connection in
                for record in 1...1500 {
                    try connection.execute(
                        "INSERT INTO delivery_answers(delivery, record, answer) VALUES ($1, $2, $3)",
                        [.text(deliveries[0].id.text), .integer(record), .text("{\"value\":\(record)}")])
                    try connection.execute(
                        """
                        INSERT INTO rejected_records(delivery, record, line, kind, code, message, payload, received_at, rejected_at, state)
                        VALUES ($1, $2, $2, 'event', 'bad', 'a "quoted" reason', $3, 0, 0, 'open')
                        """, [.text(deliveries[0].id.text), .integer(record + 2000), .blob(Data())])
                }
                try connection.execute("UPDATE deliveries SET rejected = 1500")
            }
        }
        try await kit.loop().run(once: true)
        let report = try kit.report("a.ndjson.result.json")
        guard case .array(let answers)? = report["answers"], case .array(let rejections)? = report["rejections"] else {
            Issue.record("no lists")
            return
        }
        #expect(answers.map { $0["record"] } == (1...1500).map { .integer($0) })
        #expect(answers[7]["answer"] == ["value": 8])
        #expect(rejections.map { $0["record"] } == (2001...3500).map { .integer($0) })
        #expect(rejections[0]["message"] == "a \"quoted\" reason")
        #expect(rejections[0]["line"] == 2001)
    }

    @Test func `files start in order of time and name, small ones together and large ones alone`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        // The present of both files' times is the same; names decide. 3 bytes a line.
        try kit.deliver("c.ndjson", lines: 1)
        try kit.deliver("a.ndjson", lines: 1)
        try kit.deliver("b.ndjson", lines: 3_000_000)
        for name in ["a.ndjson", "b.ndjson", "c.ndjson"] {
            var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, "\(kit.spoolPath)/inbox/\(name)", &times, 0) == 0)
        }
        try await kit.loop().run(once: true)
        #expect(kit.processor.groups == [["a.ndjson"], ["b.ndjson"], ["c.ndjson"]])
    }

    @Test func `many small files share groups of a thousand`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for number in 0..<2300 { try kit.deliver("\(number).json") }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 2300)
        #expect(kit.processor.groups.map(\.count) == [1000, 1000, 300])
        #expect(kit.done.count == 4600)
    }

    @Test func `a busy inbox does not starve another`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for number in 0..<1500 { try kit.deliver("\(number).json", inbox: "busy") }
        try kit.deliver("quiet.json", inbox: "quiet")
        let loop = try kit.loop(spool: kit.spool(inboxes: ["busy", "quiet"]))
        try await loop.run(once: true)
        let turn = try #require(kit.processor.groups.firstIndex { $0.contains("quiet.json") })
        #expect(turn <= 1)
        #expect(kit.processor.processed.count == 1501)
    }

    @Test func `an unreadable file goes to failed with its error`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("bad.json")
        try kit.deliver("good.json")
        kit.processor.answer("bad.json", .state(.failed(code: "empty", message: "the file is empty")))
        let totals = try await kit.loop().run(once: true)
        #expect(totals.failed == 1 && totals.done == 1)
        #expect(totals.needsAttention)
        #expect(kit.names("failed") == ["bad.json", "bad.json.error.json"])
        let report = try kit.report("bad.json.error.json")
        #expect(report["code"] == "empty")
        #expect(report["message"] == "the file is empty")
        #expect(try kit.rows().first { $0.name == "bad.json" }?.message == "the file is empty")
    }

    @Test func `what is refused is reported and counted`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("notes.txt")
        let events = Events()
        let totals = try await kit.loop(observe: events.observe).run(once: true)
        #expect(totals.refused == 1 && totals.needsAttention)
        #expect(kit.names("inbox") == ["notes.txt"])
    }

    @Test func `once waits out the settle time of a file written in place`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let loop = try kit.loop(usesEvents: false)
        try kit.deliver("a.json")
        let totals = try await loop.run(once: true)
        #expect(totals.done == 1 && totals.left == 0)
    }

    @Test func `once leaves a file that is being written and says so`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        let writer = open(kit.spoolPath + "/inbox/a.json", O_WRONLY | O_CREAT, 0o640)
        defer { close(writer) }
        _ = write(writer, "{", 1)
        let totals = try await kit.loop(spool: spool).run(once: true)
        #expect(totals.done == 0 && totals.left == 1 && totals.needsAttention)
        #expect(kit.names("inbox") == ["a.json"])
    }

    @Test func `the same content is delivered again as another delivery`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for _ in 0..<2 {
            try kit.deliver("a.json")
            try await kit.loop().run(once: true)
        }
        #expect(try kit.rows().count == 2)
        #expect(kit.done.count == 4)
    }

    @Test func `an inbox's accepted kinds travel with its deliveries`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        try await kit.loop().run(once: true)
        #expect(kit.processor.processed.map(\.accepts) == [[.event, .usage]])
        #expect(kit.processor.processed.map(\.inbox) == ["inbox"])
    }

    // MARK: - Running on

    @Test func `a file renamed in is taken and acknowledged without waiting for a timer`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let events = Events()
        let loop = try kit.loop(time: .system, observe: events.observe)
        async let totals = loop.run()
        await events.idle()
        try kit.deliver("a.json")
        await events.acknowledged("a.json")
        try kit.deliver("b.json")
        await events.acknowledged("b.json")
        loop.requestStop()
        #expect(try await totals.done == 2)
    }

    @Test func `stopping interrupts a delivery, and the next worker finishes it`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json", lines: 7)
        let began = Events()
        kit.processor.beforeEachGroup { _ in
            began.observe(.idle)
            // As the processor does: goes on until it is cancelled.
            while !Task.isCancelled { await Task.yield() }
        }
        do {
            let loop = try kit.loop()
            async let totals = loop.run()
            await began.idle()
            loop.requestStop()
            #expect(try await totals.done == 0)
        }
        #expect(try kit.rows().map(\.state) == [.claimed])
        #expect(kit.names("work").count == 1)
        kit.processor.beforeEachGroup(nil)
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 1 && totals.counts.applied == 7)
    }

    @Test func `two workers on one spool process every file once`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for number in 0..<400 { try kit.deliver("\(number).json") }
        let loops = try (0..<2).map { _ in try kit.loop() }
        let done = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for loop in loops { tasks.addTask { try await loop.run(once: true).done } }
            return try await tasks.reduce(0, +)
        }
        #expect(done == 400)
        #expect(kit.done.count == 800)
        #expect(try kit.rows().reduce(0) { $0 + $1.applied } == 400)
    }

    @Test func `ingest can be stopped before it begins`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        let loop = try kit.loop()
        loop.requestStop()
        #expect(try await loop.run().done == 0)
        #expect(kit.names("inbox") == ["a.json"])
    }
}
