public import Foundation
import TidemillCore

/// `gateway = "http"`: a service of the operator's that makes the charges (semantics.md, "Gateway http").
///
/// - `POST url` with `{customerId, currencyId, amount, currency, paymentMethodId}` and the header `Idempotency-Key`
///   answers 2xx with `{status: SUCCEEDED | PENDING | DECLINED, paymentId, declineCode, retryable}`. A decline may come
///   with 402, too; one that does not say whether it is `retryable` is.
/// - `GET url/KEY` answers the same about an earlier charge, or 404 when there is none.
/// - 409 or 422 says that the key was used with another request; 409 with a `Retry-After` that the first request with
///   this key is still at work (draft-ietf-httpapi-idempotency-key-header).
/// - Everything else says nothing about the charge.
public final class HTTPGateway: PaymentGateway {
    public let name = "http"
    public let isPaid = true
    private let url: URL
    private let secret: String?
    private let exchange: HTTPExchange

    /// `secret` travels as a bearer token and appears nowhere else. `timeout` is that of one whole request.
    public init(url: URL, secret: String?, timeout: Duration) {
        self.url = url
        self.secret = secret
        exchange = HTTPExchange(timeout: timeout)
    }

    public func charge(_ request: PaymentRequest) async -> PaymentAnswer {
        var sent = HTTPExchange.Request(method: "POST", url: url)
        sent.headers = headers
        sent.headers["Idempotency-Key"] = request.key
        sent.headers["Content-Type"] = "application/json"
        sent.body = Data(Self.json(request).utf8)
        switch await exchange.perform(sent) {
        case .failed(let reason): return .unknown(reason)
        case .answered(let response):
            switch response.status {
            case 409 where response.hasRetryAfter: return .unknown("409: still at work on the first request")
            case 409, 422: return .keyConflict("the gateway answered \(response.status): the key was used before")
            default: return Self.answer(response)
            }
        }
    }

    public func lookUp(key: String) async -> PaymentAnswer {
        var sent = HTTPExchange.Request(method: "GET", url: url.appending(path: key))
        sent.headers = headers
        switch await exchange.perform(sent) {
        case .failed(let reason): return .unknown(reason)
        case .answered(let response): return response.status == 404 ? .notFound : Self.answer(response)
        }
    }

    private var headers: [String: String] {
        var headers = ["Accept": "application/json", "User-Agent": "tidemill"]
        if let secret { headers["Authorization"] = "Bearer \(secret)" }
        return headers
    }

    /// The amount with its exact digits: no encoder here that would make it binary.
    static func json(_ request: PaymentRequest) -> String {
        let method = request.paymentMethodID.map(quoted) ?? "null"
        return """
            {"customerId":\(quoted(request.customerID.text)),"currencyId":\(quoted(request.currencyID)),\
            "amount":\(request.amount),"currency":\(quoted(request.currency)),"paymentMethodId":\(method)}
            """
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1f}", "\u{7f}":
                result += "\\u00" + CollectionOfOne(UInt8(scalar.value)).hexadecimal
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The fields of an answer; others are not looked at.
    private struct Body: Decodable {
        let status: String
        let paymentId: PaymentID?
        let declineCode: String?
        let retryable: Bool?
    }

    /// Text, or a number as some services have it.
    private struct PaymentID: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do { text = try container.decode(String.self) } catch { text = String(try container.decode(Int64.self)) }
        }
    }

    /// What a response says about the charge. The body is never quoted: it may hold what no log should.
    private static func answer(_ response: HTTPExchange.Response) -> PaymentAnswer {
        let isAnswer = (200..<300).contains(response.status)
        guard isAnswer || response.status == 402 else { return .unknown("the gateway answered \(response.status)") }
        let body: Body
        do { body = try JSONDecoder().decode(Body.self, from: response.body) } catch {
            return .unknown("the gateway answered \(response.status) with a body that is no answer")
        }
        let paymentID = body.paymentId.flatMap { $0.text.isEmpty ? nil : String($0.text.prefix(255)) }
        switch (body.status, isAnswer) {
        case ("SUCCEEDED", true): return .succeeded(paymentID: paymentID)
        case ("PENDING", true): return .pending(paymentID: paymentID)
        case ("DECLINED", _):
            return .declined(
                code: body.declineCode.map { String($0.prefix(100)) }, isRetryable: body.retryable ?? true)
        default: return .unknown("the gateway answered \(response.status) with a status that is none")
        }
    }
}
