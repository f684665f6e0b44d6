import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TidemillOperations
import TidemillVersion

/// Requests over kept connections. No cookies, no proxy, and no redirects: the key is sent to the configured place only.
public final class HTTPTransport: ServiceTransport {
    private static let answerMax = 64 << 20
    private static let patience = TimeAmount.seconds(60)

    private let settings: ServiceSettings
    private let client: HTTPClient

    public init(_ settings: ServiceSettings) {
        self.settings = settings
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10), read: Self.patience)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        // Whoever asked tries again, by the rules for the whole request.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// What could fail of it is of no interest any more.
    deinit { client.shutdown { _ in } }

    public func send(_ request: ServiceRequest) async throws(TransportFailure) -> ServiceResponse {
        var sent = HTTPClientRequest(url: settings.base + request.path)
        sent.method = HTTPMethod(rawValue: request.method.rawValue)
        sent.headers.add(name: "X-API-KEY", value: settings.key)
        sent.headers.add(name: "User-Agent", value: "tidemill/\(TidemillVersion.number)")
        sent.headers.add(name: "Accept", value: "application/json")
        if let body = request.body {
            sent.headers.add(name: "Content-Type", value: "application/json")
            sent.body = .bytes(ByteBuffer(bytes: body))
        }
        if let key = request.key { sent.headers.add(name: "Idempotency-Key", value: key) }
        do {
            let answer = try await client.execute(sent, timeout: Self.patience)
            let body = try await answer.body.collect(upTo: Self.answerMax)
            return ServiceResponse(
                status: Int(answer.status.code), body: Array(body.readableBytesView),
                location: answer.headers.first(name: "Location"), retryAfter: Self.wait(answer.headers),
                date: answer.headers.first(name: "Date"))
        } catch {
            throw Self.failure(error)
        }
    }

    /// `retry-after-ms`, then `retry-after` in seconds; a date is not worth reading, the back-off serves.
    private static func wait(_ headers: HTTPHeaders) -> Duration? {
        if let text = headers.first(name: "retry-after-ms"), let value = Int64(text), value > 0 {
            return .milliseconds(value)
        }
        guard let text = headers.first(name: "retry-after"), let value = Int64(text), value > 0 else { return nil }
        return .seconds(value)
    }

    /// Without the URL, and without what the library tells of its own source.
    private static func failure(_ error: any Error) -> TransportFailure {
        switch error {
        case is NIOSSLError, is NIOSSLExtraError:
            return .refused(
                "\(error)".contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError
                    ? "its certificate is not trusted by this machine, not for this name, or not valid at the time of this machine's clock"
                    : "there is no TLS at that port, or none that this program speaks")
        case is NIOTooManyBytesError: return .lost("the answer is longer than \(answerMax >> 20) MiB")
        case is NIOConnectionError: return .notSent("cannot connect: nobody listens there, or the name is not known")
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            return .notSent("cannot connect in time")
        case let error as HTTPClientError: return .lost(error.shortDescription)
        case let error as IOError: return .lost(error.description)
        default: return .lost("the connection ended without an answer")
        }
    }
}
