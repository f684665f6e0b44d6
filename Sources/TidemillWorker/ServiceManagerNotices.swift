import Foundation
import Glibc
public import ServiceLifecycle

/// Tells the service manager that started the worker how it is: ready, alive, stopping. A datagram to the socket that
/// NOTIFY_SOCKET names, as sd_notify(3) describes it; where it is not set, nobody asked.
public struct ServiceManagerNotices: Service {
    private let socketPath: String
    /// Between two signs of life: half of what the manager allows; nil where it does not watch.
    private let interval: Duration?
    private let time: WorkerTime
    private let pulse: Pulse
    private let status: @Sendable () -> String?

    /// How often it is said how the worker stands: that takes some queries.
    private static let statusInterval = Duration.seconds(60)

    /// Nil where no service manager waits for notices, by what it put into the environment. `pulse`: whether schedules are
    /// looked after. `status` is one line; nil where nothing can be said now.
    public init?(
        environment: [String: String], time: WorkerTime = .system, pulse: Pulse = Pulse(),
        status: @escaping @Sendable () -> String? = { nil }
    ) {
        // A path, or a name of Linux's abstract sockets.
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        socketPath = path
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        // Meant for this process, or for the one that started it.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        interval = microseconds > 0 && isOurs ? .microseconds(microseconds / 2) : nil
        self.time = time
        self.pulse = pulse
        self.status = status
    }

    public func run() async throws {
        send("READY=1\nSTATUS=watching the spool")
        await cancelWhenGracefulShutdown {
            var toldAt = time.now()
            while !Task.isCancelled {
                // Cancelled while waiting: the loop ends.
                do { try await time.sleep(interval ?? Self.statusInterval) } catch { break }
                let now = time.now()
                // A loop that stood for as long as the manager waits does not speak for a worker that works.
                if let interval, pulse.age(at: now) < interval * 2 { send("WATCHDOG=1") }
                if toldAt.duration(to: now) >= Self.statusInterval {
                    toldAt = now
                    if let status = status() { send("STATUS=\(status)") }
                }
            }
        }
        send("STOPPING=1\nSTATUS=stopping: what is in hand is brought to an end")
    }

    /// What cannot be sent is lost: a manager that does not listen is not waited for.
    private func send(_ message: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketPath.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(message.utf8)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0,
                    length)
            }
        }
    }
}
