import Dispatch
import Foundation
import Glibc
import Logging
import TidemillCore

@testable import TidemillTriggers

/// A spool in a temporary folder, with a present that the test moves.
final class SpoolKit {
    let path: String
    let spool: Spool
    let inbox: Inbox
    let wake = WakeUp()
    let start = ContinuousClock.now
    var elapsed = Duration.zero
    let wallclock = Timestamp(rfc3339: "2026-11-22T10:00:00Z")!

    static let settle = Duration.seconds(2)

    init(at path: String? = nil, events: Bool = true, sizeMax: Int64 = 1 << 20, storeID: String = "store-1") throws {
        let path = path ?? NSTemporaryDirectory() + "/tidemill-spool-\(UUID().uuidString)"
        self.path = path
        let settings = SpoolSettings(path: path, settle: Self.settle, sizeMax: sizeMax)
        spool = try Spool(settings, storeID: storeID, logger: Self.logger)
        // Not started: what the kernel reported is read when the inbox looks, and nothing happens beside the test.
        let inotify = events ? Inotify(queue: DispatchQueue(label: "test"), wake: wake) : nil
        inbox = Inbox("inbox", spool: spool, inotify: inotify, start: start)
    }

    static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    var now: ContinuousClock.Instant { start.advanced(by: elapsed) }

    func look() throws -> InboxStateMachine.Look { try inbox.look(now: now) }

    func ready() throws -> [String] { try look().ready.map(\.name) }

    /// Looks, and claims all that is ready.
    func claimReady() throws -> [ClaimedFile] {
        let look = try look()
        return try inbox.claim(look.ready, at: wallclock, now: now).files
    }

    func file(_ name: String, in folder: String = "inbox") -> String { "\(path)/\(folder)/\(name)" }

    func write(_ name: String, _ text: String = "{}", in folder: String = "inbox") throws {
        let descriptor = open(file(name, in: folder), O_WRONLY | O_CREAT | O_TRUNC, 0o640)
        try check(descriptor >= 0)
        defer { close(descriptor) }
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    }

    func append(_ name: String, _ text: String) throws {
        let descriptor = open(file(name), O_WRONLY | O_APPEND)
        try check(descriptor >= 0)
        defer { close(descriptor) }
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    }

    /// Writes in `tmp/` and renames into the inbox.
    func deliver(_ name: String, _ text: String = "{}") throws {
        try write(name, text, in: "tmp")
        try check(rename(file(name, in: "tmp"), file(name)) == 0)
    }

    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").filter { !$0.hasPrefix(".") }.sorted()
    }

    func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(self.path)/\(path)")), as: UTF8.self)
    }
}

/// A system call of the test itself that must not fail.
func check(_ isTrue: Bool) throws {
    struct Failed: Error { let reason: String }
    if !isTrue { throw Failed(reason: String(cString: strerror(errno))) }
}
