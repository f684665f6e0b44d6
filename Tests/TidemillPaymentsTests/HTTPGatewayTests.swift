import Foundation
import Testing
import TidemillCore
import TidemillTestSupport

@testable import TidemillPayments

/// The gateway against a real server: what each answer, and each mishap, is taken for.
struct HTTPGatewayTests {
    let server: PaymentServer

    init() throws { server = try PaymentServer() }

    func gateway(secret: String? = nil, timeout: Duration = .seconds(20)) -> HTTPGateway {
        HTTPGateway(url: server.url, secret: secret, timeout: timeout)
    }

    func request(_ key: String = "w.e.1", amount: String = "0.3") -> PaymentRequest {
        PaymentRequest(
            key: key, customerID: CustomerID("acme"), currencyID: "credits-ai", amount: Amount(amount) ?? .zero,
            currency: "usd", paymentMethodID: "pm_1")
    }

    @Test func `a charge carries its key, its exact amount and the secret`() async throws {
        defer { server.stop() }
        let answer = await gateway(secret: "s3cret").charge(request(amount: "123456789012345678.9"))
        #expect(answer == .succeeded(paymentID: "pay_1"))
        let sent = try #require(server.requests.first)
        #expect(sent.method == "POST")
        #expect(sent.path == "/charges")
        #expect(sent.headers["idempotency-key"] == "w.e.1")
        #expect(sent.headers["authorization"] == "Bearer s3cret")
        #expect(sent.headers["content-type"] == "application/json")
        #expect(
            sent.body
                == #"{"customerId":"acme","currencyId":"credits-ai","amount":123456789012345678.9,"currency":"usd","paymentMethodId":"pm_1"}"#
        )
    }

    @Test func `texts are quoted, and a missing payment method is null`() {
        let request = PaymentRequest(
            key: "k", customerID: CustomerID("a\"\\\n@b"), currencyID: "é", amount: Amount(5), currency: "jpy",
            paymentMethodID: nil)
        #expect(
            HTTPGateway.json(request)
                == #"{"customerId":"a\"\\\u000a@b","currencyId":"é","amount":5,"currency":"jpy","paymentMethodId":null}"#
        )
    }

    @Test func `declines say whether another attempt makes sense`() async {
        defer { server.stop() }
        server.queue(
            .init(.declined, declineCode: "insufficient_funds"),
            .init(.declined, declineCode: "stolen_card", isRetryable: false),
            .init(nil, reply: .with(status: 402, body: #"{"status":"DECLINED"}"#)))
        let gateway = gateway()
        #expect(await gateway.charge(request("1")) == .declined(code: "insufficient_funds", isRetryable: true))
        #expect(await gateway.charge(request("2")) == .declined(code: "stolen_card", isRetryable: false))
        #expect(await gateway.charge(request("3")) == .declined(code: nil, isRetryable: true))
    }

    @Test func `an id may be a number, and may be missing`() async {
        defer { server.stop() }
        server.queue(
            .init(nil, reply: .with(status: 201, body: #"{"status":"SUCCEEDED","paymentId":9}"#)),
            .init(nil, reply: .with(status: 200, body: #"{"status":"SUCCEEDED","other":1.5}"#)))
        #expect(await gateway().charge(request("1")) == .succeeded(paymentID: "9"))
        #expect(await gateway().charge(request("2")) == .succeeded(paymentID: nil))
    }

    @Test func `a look-up tells what became of a key, or that there is nothing`() async {
        defer { server.stop() }
        let gateway = gateway()
        #expect(await gateway.lookUp(key: "w.e.1") == .notFound)
        server.queue(.init(.pending))
        #expect(await gateway.charge(request()) == .pending(paymentID: "pay_1"))
        #expect(await gateway.lookUp(key: "w.e.1") == .pending(paymentID: "pay_1"))
        server.decide("w.e.1", .succeeded)
        #expect(await gateway.lookUp(key: "w.e.1") == .succeeded(paymentID: "pay_1"))
        #expect(server.requests.last?.path == "/charges/w.e.1")
    }

    @Test func `a key that was used for something else is a conflict, one still at work is not`() async {
        defer { server.stop() }
        let gateway = gateway()
        _ = await gateway.charge(request())
        let other = await gateway.charge(request(amount: "0.4"))
        server.queue(
            .init(nil, reply: .with(status: 409, body: "{}")),
            .init(nil, reply: .with(status: 409, headers: ["Retry-After": "1"], body: "{}")))
        let told = await gateway.charge(request("2"))
        let atWork = await gateway.charge(request("3"))
        #expect(Self.kinds([other, told, atWork]) == ["conflict", "conflict", "unknown"])
    }

    @Test(
        arguments: [
            (200, "garbage"), (200, ""), (200, "[]"), (200, #"{"status":"succeeded"}"#), (200, #"{"status":7}"#),
            (200, #"{"paymentId":"pay_9"}"#), (200, #"{"status":"SUCCEEDED","paymentId":[]}"#),
            (402, #"{"status":"SUCCEEDED"}"#), (500, #"{"status":"SUCCEEDED"}"#), (503, "{}"), (400, "{}"),
            (401, "{}"), (404, "{}"), (429, "{}"), (200, String(repeating: " ", count: 70_000)),
        ])
    func `what says nothing about the charge is unknown`(status: Int, body: String) async {
        defer { server.stop() }
        server.queue(.init(nil, reply: .with(status: status, body: body)))
        #expect(Self.kinds([await gateway().charge(request())]) == ["unknown"], "\(status) \(body.prefix(40))")
    }

    @Test func `a lost connection, a time-out and a service that is down are unknown`() async throws {
        server.queue(.init(.succeeded, reply: .dropped), .init(.succeeded, reply: .held))
        let dropped = await gateway().charge(request("1"))
        // Held for longer than this gateway waits.
        let late = await gateway(timeout: .milliseconds(300)).charge(request("2"))
        #expect(Self.kinds([dropped, late]) == ["unknown", "unknown"])
        // What was charged under the key is found by asking again.
        #expect(await gateway().charge(request("1")) == .succeeded(paymentID: "pay_1"))
        #expect(server.paid.count == 2)
        server.stop()
        // Nobody listens on port 1; a port that was just freed may be another test's by now.
        let down = HTTPGateway(
            url: try #require(URL(string: "http://127.0.0.1:1/charges")), secret: nil, timeout: .seconds(20))
        #expect(Self.kinds([await down.charge(request("3"))]) == ["unknown"])
    }

    @Test func `a redirect is not followed: the secret goes to the configured place only`() async throws {
        let other = try PaymentServer()
        defer {
            server.stop()
            other.stop()
        }
        server.queue(
            .init(nil, reply: .with(status: 307, headers: ["Location": other.url.absoluteString], body: "{}")))
        #expect(Self.kinds([await gateway(secret: "s").charge(request())]) == ["unknown"])
        #expect(other.requests.isEmpty)
    }

    @Test func `nobody is charged by the gateway none`() async {
        server.stop()
        let gateway = NoGateway()
        #expect(gateway.isPaid == false)
        #expect(await gateway.charge(request()) == .succeeded(paymentID: nil))
    }

    private static func kinds(_ answers: [PaymentAnswer]) -> [String] {
        answers.map { answer in
            switch answer {
            case .succeeded: "succeeded"
            case .pending: "pending"
            case .declined: "declined"
            case .keyConflict: "conflict"
            case .notFound: "not found"
            case .unknown: "unknown"
            }
        }
    }
}
