import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillWorker

@Suite struct DeliveryLineTests {
    static func line(
        _ state: DeliveryOutcome.State, _ counts: DeliveryCounts, name: String = "a.ndjson", files: Int = 1
    ) -> String {
        DeliveryLine.text(
            DeliveryOutcome(id: DeliveryID("x"), state: state, counts: counts), name: name,
            batch: BatchTime(files: files, duration: .milliseconds(1234)))
    }

    @Test func `one line says what became of a delivery`() {
        let counts = DeliveryCounts(
            applied: 850, filteredBy: ["drop-failed": 60, "drop-test": 40, "idle": 0], duplicate: 40,
            differs: 2, late: 7, rejected: 10)
        #expect(
            Self.line(.done, counts)
                == "a.ndjson: 1000 records: 850 applied, 100 filtered (drop-failed 60, drop-test 40), 40 duplicate (2 differ), 10 rejected, 7 late in 1234 ms"
        )
        #expect(
            Self.line(.done, DeliveryCounts(applied: 1)) == "a.ndjson: 1 record: 1 applied in 1234 ms")
    }

    @Test func `files that are counted together have one time`() {
        #expect(
            Self.line(.done, DeliveryCounts(applied: 2), files: 6)
                == "a.ndjson: 2 records: 2 applied in a batch of 6 files that took 1234 ms")
        let fields = DeliveryLine.fields(
            DeliveryOutcome(id: DeliveryID("x"), state: .done, counts: DeliveryCounts(applied: 2)),
            batch: BatchTime(files: 6, duration: .milliseconds(1234)))
        #expect(fields["batchFiles"].map { "\($0)" } == "6" && fields["batchMilliseconds"].map { "\($0)" } == "1234")
        #expect(fields["milliseconds"] == nil)
    }

    @Test func `a failure and a hold say why`() {
        #expect(
            Self.line(.failed(code: "empty", message: "the file is empty"), DeliveryCounts())
                == "a.ndjson: failed (empty): the file is empty")
        #expect(
            Self.line(.held(rule: "tokens", message: "x.lua:3: nil"), DeliveryCounts())
                == "a.ndjson: held, and ingest is paused: x.lua:3: nil"
        )
    }

    @Test func `names and messages cannot write to the terminal`() {
        let line = Self.line(.failed(code: "bad", message: "a\u{1B}[31m\nb"), DeliveryCounts(), name: "x\r.json")
        #expect(line == "x\\r.json: failed (bad): a\\u{1B}[31m\\nb")
    }

    @Test func `waits double up to their bound`() {
        var backoff = Backoff(first: .milliseconds(100), cap: .seconds(1))
        #expect((0..<6).map { _ in backoff.next() } == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next() == .milliseconds(100))
    }
}
