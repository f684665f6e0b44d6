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

    /// Nil where no service manager waits for notices, by what it put into the environment.
    public init?(
        environment: [String: String], time: WorkerTime = .system
    ) {
        // A path, or a name of Linux's abstract sockets.
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        socketPath = path
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        // Meant for this process, or for the one that started it.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        interval = microseconds > 0 && isOurs ? .microseconds(microseconds / 2) : nil
        self.time = time
    }

    public func run() async throws {
        send("READY=1\nSTATUS=watching the spool")
        await cancelWhenGracefulShutdown {
            // Cancelled while waiting: the loop ends.
            while !Task.isCancelled {
                do { try await time.sleep(interval ?? .seconds(3600)) } catch { break }
                if interval != nil { send("WATCHDOG=1") }
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
