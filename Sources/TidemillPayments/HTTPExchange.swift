import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends one request and reads its bounded answer. No cookies, no cache, no proxy, no stored credentials, and no
/// redirects: a secret is sent to the configured place only.
final class HTTPExchange: Sendable {
    struct Request: Sendable {
        let method: String
        let url: URL
        var headers: [String: String] = [:]
        var body: Data?

        init(method: String, url: URL) {
            self.method = method
            self.url = url
        }
    }

    struct Response: Sendable {
        let status: Int
        let hasRetryAfter: Bool
        let body: Data
    }

    enum Outcome: Sendable {
        case answered(Response)
        /// The request may have been carried out nevertheless.
        case failed(String)
    }

    /// The most that an answer may hold.
    static let bodyMax = 64 << 10

    /// A wallet has one request at a time, and all wallets together a few: one thread carries them. It lasts as long as the
    /// process.
    private static let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let timeout: Duration
    private let client: HTTPClient

    init(timeout: Duration) {
        self.timeout = timeout
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // `Connection: close` is a header of this version. A connection that is kept may be closed by the other side just as
        // a charge is sent, whose outcome then is unknown for nothing.
        configuration.httpVersion = .http1Only
        // A request that waits for a connection would wait within its time-out.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // Whoever asked tries again, later and with the same key.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .shared(Self.loop), configuration: configuration)
    }

    /// What could fail of it is of no interest any more.
    deinit { client.shutdown { _ in } }

    /// Ends within the time-out, whatever the other side does, and at once when the task is cancelled.
    func perform(_ request: Request) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { [client, timeout] group in
            group.addTask { await Self.send(request, by: client) }
            group.addTask {
                // Cancelled when there is an answer, or nobody waits for one any more.
                do { try await Task.sleep(for: timeout) } catch { return nil }
                return .failed("no answer within \(timeout)")
            }
            defer { group.cancelAll() }
            while let ended = await group.next() {
                if let ended { return ended }
            }
            return .failed("given up: the worker stops")
        }
    }

    /// Nil when the task was cancelled.
    private static func send(_ request: Request, by client: HTTPClient) async -> Outcome? {
        var sent = HTTPClientRequest(url: request.url.absoluteString)
        sent.method = HTTPMethod(rawValue: request.method)
        sent.headers.add(name: "Connection", value: "close")
        for (name, value) in request.headers { sent.headers.add(name: name, value: value) }
        sent.body = request.body.map { .bytes(ByteBuffer(bytes: $0)) }
        do {
            // The whole is bounded by whoever calls.
            let answer = try await client.execute(sent, deadline: .distantFuture)
            let body = try await answer.body.collect(upTo: bodyMax)
            return .answered(
                Response(
                    status: Int(answer.status.code), hasRetryAfter: answer.headers.contains(name: "Retry-After"),
                    body: Data(body.readableBytesView)))
        } catch {
            return Task.isCancelled ? nil : .failed("the request failed: \(reason(error))")
        }
    }

    /// Without the URL, which may hold what no log should.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case is NIOTooManyBytesError: "the answer is longer than \(bodyMax) bytes"
        case is NIOConnectionError: "cannot connect"
        case is NIOSSLError: "no trusted connection"
        case let error as HTTPClientError: error.shortDescription
        case let error as IOError: error.description
        default: "no answer"
        }
    }
}
