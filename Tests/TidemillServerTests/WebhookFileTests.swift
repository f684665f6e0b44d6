import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillServer

/// What a webhook leaves in an inbox.
struct WebhookFileTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    @Test func `a body that is as deep as a record may be becomes a record that is read`() throws {
        let source = WebhookSource(name: "s", folder: "/nowhere", verification: .secret, secrets: ["secret"])
        func record(_ body: String) throws -> Payload {
            try source.record(of: WireRequest("POST", try WireTarget("/webhooks/s"), body: Array(body.utf8)))
        }
        for levels in [63, 64] {
            let body = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
            let made = try record(body)
            #expect(try Payload(json: made.json) == made, "\(levels)")
            #expect(made["payload"]?.text == (levels == 64 ? body : nil))
        }
        // A body that is a record itself has no level more.
        let own = #"{"type":"a","x":"# + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
        let made = try record(own)
        #expect(try Payload(json: made.json) == made && made["payload"] == nil)
    }

    @Test func `what a process left half-written goes with the next start, and what is being written stays`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let names = [".webhook-left.ndjson", ".webhook-busy.ndjson", "webhook-whole.ndjson", ".other"]
        for name in names { try Data("{}".utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
        let busy = open("\(folder)/\(names[1])", O_RDONLY)
        #expect(busy >= 0 && flock(busy, LOCK_EX | LOCK_NB) == 0)
        defer { close(busy) }
        let source = WebhookSource(name: "s", folder: folder, verification: .secret, secrets: ["secret"])
        _ = WebhookReceiver([source]) { Self.now }
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == Set(names.dropFirst()))
    }

    @Test func `a secret of standard webhooks is base64, or signs nothing`() {
        for secret in ["whsec_AAEC", "AAEC"] { #expect(WebhookSource.standardKey(secret) == [0, 1, 2]) }
        #expect(WebhookSource.standardKey("whsec_!!!") == nil)
    }
}
