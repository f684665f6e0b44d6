import Glibc
import HTTPTypes

/// Where and how the server listens, and what bounds it.
public struct DoorSettings: Sendable, Hashable {
    public enum Listen: Sendable, Hashable {
        case tcp(host: String, port: Int)
        case unix(path: String)

        /// `127.0.0.1:7411`, `[::1]:7411`, `localhost:0` or `unix:run/tidemill.sock`; nil for anything else.
        public init?(_ text: String) {
            if text.hasPrefix("unix:") {
                let path = String(text.dropFirst("unix:".count))
                guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
                self = .unix(path: path)
                return
            }
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
                return nil
            }
            var host = String(text[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            guard !host.isEmpty, !host.contains("/") else { return nil }
            self = .tcp(host: host, port: Int(port))
        }

        /// Whether nobody on another machine reaches it.
        public var isLocal: Bool {
            switch self {
            case .unix: true
            case .tcp(let host, _):
                host == "localhost" || host == "::1"
                    || HostName(host).map { $0.isAddress && $0.name.hasPrefix("127.") } ?? false
            }
        }
    }

    public struct Certificate: Sendable, Hashable {
        public var chain: String
        public var key: String

        public init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    public var listen = Listen.tcp(host: "127.0.0.1", port: 7411)
    /// Names by which it may be called, beside addresses and localhost.
    public var hosts: Set<String> = []
    public var certificate: Certificate?
    /// Addresses of proxies whose `X-Forwarded-User` names a person in the audit.
    public var proxies: Set<String> = []
    /// Whether the metrics are told to whoever asks; else only on a local listener without a key.
    public var opensMetrics = false
    /// Requests a second of each key in the long run, 0 for no bound, and at once.
    public var rate = 0
    public var burst = 100
    public var connectionsMax = 10_000
    /// How long requests in progress may take when the server stops.
    public var grace = Duration.seconds(30)
    public var dashboard = DashboardSettings()

    public init() {}

    /// Whether it names a host, without a port.
    public static func isHost(_ text: String) -> Bool { HostName(text)?.name == text.lowercased() }

    /// An address in the one form that the other end of a connection is shown in; nil for what is none.
    public static func address(_ text: String) -> String? {
        var six = in6_addr()
        guard !text.contains(":") || inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        var four = in_addr()
        // An IPv4 address that came to a listener of both.
        let plain = text.lowercased().hasPrefix("::ffff:") ? String(text.dropFirst("::ffff:".count)) : text
        if inet_pton(AF_INET, plain, &four) == 1 { return plain }
        guard text.contains(":") else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &six, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// How long a head says that its body is: 0 where it says nothing. Digits alone come here, and they may be more than a
    /// number holds.
    static func bodyLength(_ fields: HTTPFields) -> Int {
        fields[.contentLength].map(bodyLength) ?? 0
    }

    static func bodyLength(_ digits: String) -> Int { Int(digits) ?? .max }

    /// Connections that wait to be accepted: beyond it a client of a burst waits a second before it tries again.
    static let backlog = 1024
    /// Request line and header fields.
    static let headMax = 16 << 10
    static let bodyMax = 1 << 20
    /// Of requests that carry many records.
    static let longBodyMax = 16 << 20
    /// How long a client may take to send a request, beside a second for each `bytesPerSecond` of it.
    static let sendSeconds: Int64 = 10
    static let bytesPerSecond: Int64 = 64 << 10
    /// How long a connection may be without anything having come.
    static let silentSeconds: Int64 = 20
    /// How long one may take nothing of its answers, while so much of them waits that nothing more is written.
    static let takeSeconds: Int64 = 20
    /// How long is read and dropped what comes behind the last answer, where a body is on its way, and where none is.
    static let lingerSeconds: Int64 = 5
    static let partingSeconds: Int64 = 1
    /// How long one waits for a place where all are taken, and how many do.
    static let standingSeconds: Int64 = 1
    static let standingMax = 64
    /// Clients keep connections for 90 or 300 seconds and fail where a server closes first.
    static let idleSeconds: Int64 = 330
}
