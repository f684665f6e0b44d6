import Glibc
import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The server: one listener for the API, the receiver of webhooks, health and metrics. It listens before the store is
/// open, so that webhooks are taken while it migrates; what needs the store is refused until `serve` gives it.
public final class HTTPDoor: Sendable {
    private let settings: DoorSettings
    private let desk: DoorDesk
    private let logger: Logger

    public init(_ settings: DoorSettings, _ desk: DoorDesk, logger: Logger) {
        self.settings = settings
        self.desk = desk
        self.logger = logger
    }

    /// Of the process, to its end: the library goes on with tasks of its own when a server has ended, or never listened,
    /// and loops that are shut down by then complain of each.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    /// Listens until it is told to stop; then answers what is in progress, within the grace time. `listening` is told the
    /// URL, once; where the address cannot be had, `run` throws.
    public func run(listening: @escaping @Sendable (String) -> Void) async throws {
        do {
            let file: SocketFile? =
                if case .unix(let path) = settings.listen { try SocketFile(path) } else { nil }
            defer { file?.leave() }
            let service = try service(bound: file?.hidden) {
                guard file?.listens() ?? true else { return false }
                listening($0)
                return true
            }
            // Before the listener is closed.
            try await withGracefulShutdownHandler {
                try await service.run()
            } onGracefulShutdown: {
                file?.leave()
            }
            try file?.check()
        } catch {
            throw DoorError(message: "cannot listen on \(settings.listen.shown): \(words(error))")
        }
    }

    /// - Parameter listening: is told the URL; false ends the server.
    private func service(
        bound path: String?, _ listening: @escaping @Sendable (String) -> Bool
    ) throws -> any Service {
        let places = ConnectionPlaces(max: settings.connectionsMax)
        var channel = HTTP1Channel.Configuration(additionalChannelHandlers: [ConnectionGuard(places)])
        channel.httpDecoder = .init(
            maxHeaderFieldSize: DoorSettings.headMax, maxHeaderListSize: DoorSettings.headMax, maxHeaderFieldCount: 100)
        let configuration = channel
        let isEncrypted = settings.certificate != nil
        var builder = HTTPServerBuilder {
            DoorChannel(http: HTTP1Channel(responder: $0, configuration: configuration), isEncrypted: isEncrypted)
        }
        if let certificate = settings.certificate {
            builder = try certificate.secured(builder)
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let address: BindAddress =
            switch settings.listen {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let place): .unixDomainSocket(path: path ?? place)
            }
        let desk = desk
        let shown = settings.listen
        let scheme = settings.certificate == nil ? "http" : "https"
        return try builder.buildServer(
            configuration: ServerConfiguration(
                address: address, backlog: DoorSettings.backlog,
                // Those who stand are told, in place of hearing nothing.
                availableConnectionsDelegate: .maximum(
                    settings.connectionsMax + DoorSettings.standingMax, logger: quiet)),
            eventLoopGroup: Self.loops, logger: quiet,
            responder: { request, writer, channel in
                try await DoorResponder.respond(desk, request, writer, channel)
            },
            onServerRunning: { channel in
                if !listening(shown.url(scheme, port: channel.localAddress?.port)) { channel.close(promise: nil) }
            })
    }

    /// What came in the way, and what to do.
    private func words(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        switch (error.errnoCode, settings.listen) {
        case (EADDRINUSE, .tcp(let host, let port)):
            return
                "another process has port \(port) of \(host); end that one, or give another port (0 takes any that is free)"
        case (EADDRNOTAVAIL, .tcp(let host, _)):
            return "this machine has no address \(host); give one of its own, or 127.0.0.1"
        case (EACCES, .tcp(_, let port)) where port < 1024:
            return "port \(port) needs rights that this process does not have; give a port above 1023"
        case (let code, _): return "\(String(cString: strerror(code))) (errno \(code))"
        }
    }
}

/// Why the server does not listen.
public struct DoorError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}

extension DoorSettings {
    /// Where a browser of this machine finds it; nil on a socket of the file system, and where the port is any free one.
    public var url: String? {
        guard case .tcp(_, let port) = listen, port != 0 else { return nil }
        return listen.url(certificate == nil ? "http" : "https", port: port)
    }
}

extension DoorSettings.Listen {
    var shown: String {
        switch self {
        case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    func url(_ scheme: String, port: Int?) -> String {
        switch self {
        case .tcp(let host, let asked): "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port ?? asked)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
