import Foundation
import Testing

/// Signals that come while a worker starts: from its first word on, none has the system's own effect.
struct EarlySignalTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func `a stop that comes before the worker works ends it in good order`(signal: Int32) throws {
        let mill = try Mill(configuration: "level = \"info\"")
        let pipe = Pipe()
        let worker = try mill.program.start(["run"], err: pipe)
        defer { if worker.isRunning { kill(worker.processIdentifier, SIGKILL) } }
        var log = ""
        while !log.contains("watching") {
            let bytes = pipe.fileHandleForReading.availableData
            guard !bytes.isEmpty else { break }
            log += String(decoding: bytes, as: UTF8.self)
        }
        kill(worker.processIdentifier, SIGHUP)
        kill(worker.processIdentifier, signal)
        worker.waitUntilExit()
        #expect(worker.terminationReason == .exit && worker.terminationStatus == 0, "\(log)")
    }
}
