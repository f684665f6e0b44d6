import Foundation
// The client of the standard library: a wallet has one request at a time, and all wallets together a few. A package of
// its own would bring an event loop and a TLS library for that.
import FoundationNetworking
import Synchronization

/// Sends one request and reads its bounded answer. No cookies, no cache, no stored credentials, and no redirects: a
/// secret is sent to the configured place only.
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

    private let timeout: Duration
    private let session: URLSession
    private let transfers = Transfers()

    init(timeout: Duration) {
        self.timeout = timeout
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // A request that waits for a connection would wait within its time-out.
        configuration.httpMaximumConnectionsPerHost = 64
        session = URLSession(configuration: configuration, delegate: transfers, delegateQueue: nil)
    }

    /// The session keeps its delegate until it is told to end.
    deinit { session.invalidateAndCancel() }

    /// Ends within the time-out, whatever the other side does, and at once when the task is cancelled.
    func perform(_ request: Request) async -> Outcome {
        var sent = URLRequest(url: request.url)
        sent.httpMethod = request.method
        sent.httpBody = request.body
        for (name, value) in request.headers { sent.setValue(value, forHTTPHeaderField: name) }
        // The session's own time-out counts from the last byte that moved; the sleeper below bounds the whole.
        sent.timeoutInterval = max(1, Double(timeout.components.seconds) + 1)
        let task = session.dataTask(with: sent)
        let sleeper = Task { [timeout, transfers] in
            try await Task.sleep(for: timeout)
            transfers.end(task, because: "no answer within \(timeout)")
        }
        defer { sleeper.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfers.begin(task, continuation)
                task.resume()
                if Task.isCancelled { transfers.end(task, because: "given up: the worker stops") }
            }
        } onCancel: {
            transfers.end(task, because: "given up: the worker stops")
        }
    }
}

/// The requests under way, as the session's delegate. Each is answered once: by the response, the bound or the clock.
private final class Transfers: NSObject, URLSessionDataDelegate, Sendable {
    private struct Transfer {
        let continuation: CheckedContinuation<HTTPExchange.Outcome, Never>
        var body = Data()
    }

    private let transfers = Mutex<[Int: Transfer]>([:])

    func begin(_ task: URLSessionTask, _ continuation: CheckedContinuation<HTTPExchange.Outcome, Never>) {
        transfers.withLock { $0[task.taskIdentifier] = Transfer(continuation: continuation) }
    }

    func end(_ task: URLSessionTask, because reason: String) {
        finish(task, .failed(reason))
        task.cancel()
    }

    private func finish(_ task: URLSessionTask, _ outcome: HTTPExchange.Outcome) {
        let transfer = transfers.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        transfer?.continuation.resume(returning: outcome)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLong = transfers.withLock { transfers in
            guard var transfer = transfers.removeValue(forKey: dataTask.taskIdentifier) else { return false }
            transfer.body.append(data)
            transfers[dataTask.taskIdentifier] = transfer
            return transfer.body.count > HTTPExchange.bodyMax
        }
        if isTooLong { end(dataTask, because: "the answer is longer than \(HTTPExchange.bodyMax) bytes") }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            let code = (error as? URLError)?.code.rawValue ?? (error as NSError).code
            return finish(task, .failed("the request failed (\(code)): \(Self.reason(error))"))
        }
        guard let response = task.response as? HTTPURLResponse else { return finish(task, .failed("no response")) }
        let body = transfers.withLock { $0[task.taskIdentifier]?.body } ?? Data()
        finish(
            task,
            .answered(
                HTTPExchange.Response(
                    status: response.statusCode,
                    hasRetryAfter: response.value(forHTTPHeaderField: "Retry-After") != nil, body: body)))
    }

    /// Where the service wants us to go instead is not where the operator sends the secret: its answer is the redirect.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    /// Without the URL, which may hold what no log should.
    private static func reason(_ error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .timedOut: "time-out"
        case .cannotConnectToHost, .cannotFindHost: "cannot connect"
        case .networkConnectionLost: "the connection was lost"
        case .secureConnectionFailed, .serverCertificateUntrusted: "no trusted connection"
        case .cancelled: "cancelled"
        default: "no answer"
        }
    }
}
