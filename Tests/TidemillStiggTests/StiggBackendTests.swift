import Synchronization
import Testing
import TidemillCore
import TidemillGraphQL
import TidemillOperations

@testable import TidemillStigg

/// Answers requests by a list, in order, and notes them.
private final class ListedTransport: ServiceTransport {
    private let answers: Mutex<[Result<ServiceResponse, TransportFailure>]>
    let sent = Mutex<[ServiceRequest]>([])

    init(_ answers: [Result<ServiceResponse, TransportFailure>]) { self.answers = Mutex(answers) }

    func send(_ request: ServiceRequest) async throws(TransportFailure) -> ServiceResponse {
        sent.withLock { $0.append(request) }
        let next = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .lost("nothing more is listed") }
        return try next.get()
    }
}

struct StiggBackendTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let grant: Payload = [
        "customerId": "acme", "currencyId": "credits", "amount": 5, "grantType": "PROMOTIONAL", "displayName": "Hello",
    ]

    private func backend(_ transport: ListedTransport, seconds: Int = 60) throws -> StiggBackend {
        var patience = StiggBackend.Patience()
        patience.whole = .seconds(seconds)
        return StiggBackend(
            try ServiceSettings(baseURL: "https://api.example.com/stigg/", key: "server-1"), transport: transport,
            patience: patience, sleep: { _ in })
    }

    private func context(sentBefore: Int64? = nil) -> CallContext {
        var context = CallContext(.run(id: "r/0", sequence: 1), now: Self.now, idempotencyKey: "r/0/1")
        context.sentBefore = sentBefore.map { Self.now.advanced(bySeconds: -$0) }
        return context
    }

    private func answer(_ status: Int, _ json: String) -> Result<ServiceResponse, TransportFailure> {
        .success(ServiceResponse(status: status, body: Array(json.utf8)))
    }

    private func failure(
        _ id: OperationID, _ input: Payload, _ context: CallContext, by backend: StiggBackend
    ) async -> OperationError.Code? {
        do throws(OperationError) { _ = try await backend.perform(id, input, in: context) } catch { return error.code }
        return nil
    }

    @Test func `every operation of the API that Stigg has is a request, and its path names no field`() {
        for row in OperationTable.rows where row.audience == .client && Offer.refusal(row.id) == nil {
            let request = RequestRoute.request(row, row.example.input)
            #expect(request.path.hasPrefix("/api/") && !request.path.contains("{"), "\(row.id)")
        }
    }

    @Test func `what has no route there is asked by a document`() {
        let asked = OperationID.allCases.filter { ServiceDocument($0) != nil }
        #expect(
            Set(asked) == [
                .getPaywall, .getCreditBalance, .estimateSubscription, .estimateSubscriptionUpdate, .previewNextInvoice,
                .saveAutoRecharge, .updateCreditGrant, .unarchivePlan, .unarchiveAddon, .listAddonOverageCharges,
            ])
    }

    @Test func `the document of auto-recharge speaks their spelling, and the answer ours`() throws {
        let document = try #require(ServiceDocument(.saveAutoRecharge))
        let variables = document.variables([
            "customerId": "acme", "currencyId": "credits", "isEnabled": true, "thresholdType": "CREDIT_AMOUNT",
            "grantExpirationPeriod": "1_MONTH",
        ])
        #expect(variables["input"]?["thresholdType"] == "CreditAmount")
        #expect(variables["input"]?["grantExpirationPeriod"] == "OneMonth")
        let answer = document.answer(of: [
            "saveAutoRechargeSettings": ["thresholdType": "DollarAmount", "grantExpirationPeriod": "OneYear"]
        ])
        #expect(answer["thresholdType"] == "DOLLAR_AMOUNT" && answer["grantExpirationPeriod"] == "1_YEAR")
    }

    @Test func `a lost answer is asked for again by the same key`() async throws {
        let transport = ListedTransport([
            .failure(.lost("reset")), answer(429, "{}"), .failure(.notSent("refused")),
            answer(200, #"{"data":{"id":"g"}}"#),
        ])
        let found = try await backend(transport).perform(.grantCredits, Self.grant, in: context())
        #expect(found == ["id": "g"])
        let sent = transport.sent.withLock { $0 }
        #expect(sent.map(\.key) == ["r/0/1", "r/0/1", "r/0/1", "r/0/1"])
        #expect(sent.allSatisfy { $0.path == "/api/v1/credits/grants" && $0.method == .post })
    }

    @Test func `a service that never answers leaves the outcome open, one that cannot be reached does not`()
        async throws
    {
        let lost = try backend(ListedTransport([.failure(.lost("reset"))]), seconds: 0)
        #expect(await failure(.grantCredits, Self.grant, context(), by: lost) == .outcomeUnknown)
        let away = try backend(ListedTransport([.failure(.notSent("refused"))]), seconds: 0)
        #expect(await failure(.grantCredits, Self.grant, context(), by: away) == .serviceUnavailable)
    }

    @Test func `what was sent a day ago is repeated only where a repeat does no harm`() async throws {
        let transport = ListedTransport([
            answer(200, #"{"data":{"id":"acme"}}"#), answer(404, #"{"message":"gone","code":"PlanNotFound"}"#),
        ])
        let backend = try backend(transport)
        let day = context(sentBefore: 86_400)
        #expect(await failure(.grantCredits, Self.grant, day, by: backend) == .outcomeForgotten)
        #expect(transport.sent.withLock { $0.isEmpty })
        #expect(try await backend.perform(.updateCustomer, ["id": "acme", "name": "A"], in: day) == ["id": "acme"])
        // A thing that is gone was deleted.
        #expect(try await backend.perform(.deletePlanEntitlement, ["planId": "p", "id": "f"], in: day) == [:])
        #expect(await failure(.deletePlanEntitlement, ["planId": "p", "id": "f"], context(), by: backend) != nil)
    }

    @Test func `a customer that is there already after a lost answer is compared`() async throws {
        let duplicate = answer(409, #"{"message":"exists","code":"DuplicatedEntityNotAllowed"}"#)
        let same = try backend(
            ListedTransport([
                .failure(.lost("reset")), duplicate, answer(200, #"{"data":{"id":"acme","name":"Acme","email":null}}"#),
            ]))
        let input: Payload = ["id": "acme", "name": "Acme"]
        #expect(try await same.perform(.provisionCustomer, input, in: context())["id"] == "acme")
        let other = try backend(
            ListedTransport([
                .failure(.lost("reset")), duplicate, answer(200, #"{"data":{"id":"acme","name":"Somebody"}}"#),
            ]))
        #expect(await failure(.provisionCustomer, input, context(), by: other) == .duplicatedEntity)
    }

    @Test func `a reported usage carries the key of its effect, and is known by it for a week`() async throws {
        let transport = ListedTransport([answer(200, #"{"data":{"usages":[{"value":3}],"credits":[]}}"#)])
        let usage: Payload = ["customerId": "acme", "featureId": "seats", "value": 3]
        let answer = try await backend(transport).perform(.reportUsage, usage, in: context(sentBefore: 2 * 86_400))
        #expect(answer == ["value": 3])
        let body = try Payload(json: transport.sent.withLock { $0.first?.body ?? [] })
        #expect(body["usages"]?.items?.first?["idempotencyKey"] == "r/0/1")
    }

    @Test func `a clock that is wrong is named with what is refused`() async throws {
        // 2027-01-15T08:00:00Z is `now`; the service's clock says ten minutes less.
        let date = "Fri, 15 Jan 2027 07:50:00 GMT"
        let response = ServiceResponse(status: 401, body: Array("{}".utf8), date: date)
        let backend = try backend(ListedTransport([.success(response)]))
        var told = ""
        do throws(OperationError) {
            _ = try await backend.perform(.getCustomer, ["id": "acme"], in: context())
        } catch {
            told = error.message
        }
        #expect(told.contains("clock is 10 minutes ahead of the service's"))
        #expect(ClockSkew.words("Fri, 15 Jan 2027 07:58:00 GMT", now: Self.now) == nil)
        #expect(ClockSkew.words("yesterday", now: Self.now) == nil)
    }

    @Test(arguments: [
        ("http://api.stigg.io", "server-1"), ("ftp://api.stigg.io", "server-1"), ("https://", "server-1"),
        ("https://api.stigg.io?x=1", "server-1"), ("https://api.stigg.io", ""), ("https://api.stigg.io", "a b"),
    ])
    func `settings that would leak or lose the key are refused, without it`(url: String, key: String) {
        do throws(ServiceSettings.Fault) {
            _ = try ServiceSettings(baseURL: url, key: key)
            Issue.record("taken: \(url)")
        } catch {
            #expect(!error.description.contains("server-1") && !error.description.contains("a b"))
        }
    }
}
