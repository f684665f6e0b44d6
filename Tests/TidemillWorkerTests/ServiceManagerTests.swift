import Foundation
import Glibc
import ServiceLifecycle
import Synchronization
import Testing
import TidemillCore

@testable import TidemillWorker

/// What a service manager hears, as sd_notify(3) describes it: read from a real datagram socket.
struct ServiceManagerTests {
    /// The socket that a service manager would wait on.
    private final class Manager {
        let path = NSTemporaryDirectory() + "n-\(UInt32.random(in: 0...UInt32.max)).sock"
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = Array(path.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        /// What came so far.
        func heard() -> [String] {
            var messages: [String] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return messages }
                messages.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
        }
    }

    /// Sleeps that end at once, so many of them; then the task is told to end.
    private func time(_ sleeps: Int, slept: @escaping @Sendable (Duration) -> Void = { _ in }) -> WorkerTime {
        let left = Mutex(sleeps)
        return WorkerTime(
            wallclock: SystemWallclock(), now: { ContinuousClock.now },
            sleep: { duration in
                slept(duration)
                let isLast = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                if isLast { throw CancellationError() }
            })
    }

    @Test func `it hears that the worker is ready, alive and stopping`() async throws {
        let manager = try Manager()
        let sleeps = Mutex<[Duration]>([])
        let notices = try #require(
            ServiceManagerNotices(
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "60000000"],
                time: time(2) { duration in sleeps.withLock { $0.append(duration) } }))
        try await notices.run()
        let heard = manager.heard()
        #expect(heard.map { $0.split(separator: "\n")[0] } == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"])
        #expect(heard.allSatisfy { $0.hasPrefix("WATCHDOG") || $0.contains("STATUS=") })
        // Half of what it allows.
        #expect(sleeps.withLock { $0 } == Array(repeating: .seconds(30), count: 3))
    }

    @Test func `it hears no sign of life of a worker whose schedules stand still, and each minute how it is`()
        async throws
    {
        let manager = try Manager()
        // Three sleeps of half a minute.
        let now = Mutex(ContinuousClock.now)
        let pulse = Pulse(at: now.withLock { $0 })
        let slept = time(4) { duration in now.withLock { $0 += duration } }
        let made = ServiceManagerNotices(
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "60000000"],
            time: WorkerTime(wallclock: slept.wallclock, now: { now.withLock { $0 } }, sleep: slept.sleep),
            pulse: pulse, status: { "healthy" })
        let notices = try #require(made)
        try await notices.run()
        // After 30 s; no longer after 60, 90 and 120.
        #expect(
            manager.heard().dropFirst().dropLast() == ["WATCHDOG=1", "STATUS=healthy", "STATUS=healthy"])
    }

    @Test func `signs of life go to whoever asked for them`() async throws {
        let manager = try Manager()
        let unwatched = try #require(
            ServiceManagerNotices(environment: ["NOTIFY_SOCKET": manager.path], time: time(2)))
        try await unwatched.run()
        let another = try #require(
            ServiceManagerNotices(
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"],
                time: time(2)))
        try await another.run()
        #expect(!manager.heard().contains { $0.hasPrefix("WATCHDOG") })
        #expect(ServiceManagerNotices(environment: [:]) == nil)
        #expect(ServiceManagerNotices(environment: ["NOTIFY_SOCKET": "vsock:2:1"]) == nil)
    }

    @Test func `a manager that does not listen is not waited for`() async throws {
        let gone = try #require(
            ServiceManagerNotices(environment: ["NOTIFY_SOCKET": "/nowhere/notify.sock"], time: time(1)))
        try await gone.run()
    }
}
