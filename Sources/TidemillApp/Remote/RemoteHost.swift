import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import TidemillCore
import TidemillOperations

/// A server of this program, asked by `POST /operations/NAME`. The key comes from TIDEMILL_KEY. Its certificate is believed
/// where this machine trusts who issued it, or the file of `--ca` or TIDEMILL_CA does.
final class RemoteHost: CommandHost {
    static let keyVariable = "TIDEMILL_KEY"
    static let issuersVariable = "TIDEMILL_CA"
    /// An operation may work for long: the server says so by not answering.
    private static let patience = TimeAmount.minutes(10)
    private static let answerMax = 256 << 20

    private let base: String
    private let key: String
    private let client: HTTPClient

    init(
        _ url: String, trusting issuers: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let parts = URL(string: url)
        guard let parts, ["http", "https"].contains(parts.scheme), parts.host()?.isEmpty == false else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--url must be an http or https URL such as http://127.0.0.1:7411")
        }
        guard let key = environment[Self.keyVariable], !key.isEmpty else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--url needs a key: set \(Self.keyVariable); `tidemill keys add NAME --scope operator` makes one where the server runs"
            )
        }
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure(.wrongUse, code: "usage", "\(Self.keyVariable) has characters that no key has")
        }
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
        // A redirect would take the key to another host.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10), read: Self.patience)
        let named = environment[Self.issuersVariable] ?? ""
        if let issuers = issuers ?? (named.isEmpty ? nil : named) {
            configuration.tlsConfiguration = try Self.tls(trusting: issuers)
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Nothing is in progress any more, and the process ends.
        try? client.syncShutdown()
    }

    func context(reason: String?) -> CallContext {
        CallContext(.person, now: SystemWallclock().now, actor: Person.current, reason: reason)
    }

    private static func tls(trusting path: String) throws -> TLSConfiguration {
        // The library says no more than that it failed.
        guard let issuers = try? NIOSSLCertificate.fromPEMFile(path), !issuers.isEmpty else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--ca (or \(issuersVariable)): \(path.escapingControls) cannot be read, or holds no certificate in PEM form; give the certificate of who issued the server's"
            )
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = [.certificates(issuers)]
        return tls
    }

    /// Why nobody answers. Of a certificate the library tells where in its source it failed.
    private static func words(_ error: any Error) -> String {
        let words = "\(error)"
        guard words.contains("CERTIFICATE_VERIFY_FAILED") else { return words }
        return
            "its certificate is not for this name, or this machine does not trust who issued it; give the issuer's certificate by --ca FILE, or add it to the machine's (update-ca-certificates)"
    }

    func performNow(_ id: OperationID, _ input: Payload, in context: CallContext) throws(OperationError) -> Payload {
        guard !context.dryRun else {
            throw Self.failure(.wrongUse, "usage", "--dry-run works where the store is: leave --url out")
        }
        let answer: HTTPClient.Response
        do {
            var request = try HTTPClient.Request(url: "\(base)/operations/\(id.rawValue)", method: .POST)
            request.headers.add(name: "X-API-KEY", value: key)
            request.headers.add(name: "Content-Type", value: "application/json")
            if let key = context.idempotencyKey, OperationTable.row(id).effect.isWrite {
                request.headers.add(name: "Idempotency-Key", value: key)
            }
            if let reason = context.reason?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) {
                request.headers.add(name: "X-Tidemill-Reason", value: reason)
            }
            request.body = .string(input.json)
            answer = try client.execute(request: request).wait()
        } catch {
            throw Self.failure(.failed, "http", "\(base) does not answer: \(Self.words(error))")
        }
        var body = answer.body ?? ByteBuffer()
        guard body.readableBytes <= Self.answerMax else {
            throw Self.failure(.failed, "http", "\(base) answered more than \(Self.answerMax >> 20) MiB")
        }
        let payload: Payload
        do { payload = try Payload(json: body.readBytes(length: body.readableBytes) ?? []) } catch {
            throw Self.failure(
                .failed, "http", "\(base) answered \(answer.status.code) and no JSON; is it a server of Tidemill?")
        }
        guard answer.status.code == 200 else { throw Self.error(payload, answer.status.code, base) }
        return payload
    }

    private static func error(_ payload: Payload, _ status: UInt, _ base: String) -> OperationError {
        let code = payload["code"]?.text ?? "http"
        let message = payload["message"]?.text ?? "\(base) answered \(status)"
        if let known = OperationError.Code(rawValue: code) { return OperationError(known, message) }
        return failure(.failed, code, message)
    }

    private static func failure(_ exit: CommandFailure.Exit, _ code: String, _ message: String) -> OperationError {
        OperationError(.operationNotAvailable, message, cause: CommandFailure(exit, code: code, message))
    }
}
