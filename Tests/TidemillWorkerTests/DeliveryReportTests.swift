import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

@Suite struct DeliveryReportTests {
    @Test(arguments: [nil, "the file is empty"] as [String?])
    func `a report has one message, whatever there is to say`(message: String?) throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let id = DeliveryID("1")
        let found = try kit.store.write { connection in
            try DeliveryLedger.register([DeliveryLedgerTests.new("1")], owner: "A", spool: "s", on: connection)
            try connection.execute(
                "UPDATE deliveries SET state = 'failed', code = 'empty', message = $1", [.text(message)])
            return try DeliveryLedger.find(id, on: connection)
        }
        let late = LateWrite(delivery: id, name: "a.json", bytes: 5)
        let report = DeliveryReport(delivery: try #require(found), hasAnswers: false, late: late, store: kit.store)
        let path = kit.path + "/report.json"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o640)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var text = FileText(descriptor: descriptor, path: path)
        try report.write(to: &text)
        try text.flush()
        let written = try String(contentsOfFile: path, encoding: .utf8)
        #expect(written.components(separatedBy: "\"message\":").count == 2, "\(written)")
        let payload = try Payload(json: written)
        #expect(payload["unreadBytes"] == 5)
        #expect(payload["message"]?.text == [message, late.message].compactMap(\.self).joined(separator: "; "))
    }
}
