import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// A customer `c` with the credit currency `tok`, and words for what is done with its credits.
final class CreditFixture {
    let engine: EngineFixture
    private var keys = 0

    init() throws {
        engine = try EngineFixture()
        try engine.call(.provisionCustomer, ["id": "c"])
        try engine.call(
            .createCustomCurrency,
            ["id": "tok", "displayName": "Tokens", "units": ["singular": "token", "plural": "tokens"]])
    }

    /// Makes a grant and returns its id.
    @discardableResult
    func grant(_ amount: Amount, _ further: TextMap<Payload> = [:]) throws -> String {
        let input: TextMap<Payload> = [
            "customerId": "c", "currencyId": "tok", "amount": Payload(amount), "grantType": "PROMOTIONAL",
        ]
        let answer = try engine.call(.grantCredits, .object(input.merging(further) { _, new in new }))
        return answer["id"]?.text ?? ""
    }

    @discardableResult
    func grant(_ amount: Int64, _ further: TextMap<Payload> = [:]) throws -> String {
        try grant(Amount(amount), further)
    }

    @discardableResult
    func consume(_ amount: Amount, key: String? = nil) throws -> Payload {
        keys += 1
        return try engine.call(
            .consumeCredits,
            [
                "customerId": "c", "currencyId": "tok", "amount": Payload(amount),
                "idempotencyKey": .string(key ?? "k\(keys)"),
            ])
    }

    @discardableResult
    func consume(_ amount: Int64, key: String? = nil) throws -> Payload { try consume(Amount(amount), key: key) }

    func balance() throws -> Payload {
        try engine.call(.getCreditBalance, ["customerId": "c", "currencyId": "tok"])
    }

    /// All grants, in the order in which they were made.
    func grants() throws -> [Payload] {
        var result: [Payload] = []
        var after: Payload = .null
        repeat {
            let page = try engine.call(
                .listCreditGrants, ["customerId": "c", "currencyId": "tok", "limit": 100, "after": after])
            result += page["data"]?.items ?? []
            after = page["pagination"]?["next"] ?? .null
        } while !after.isNull
        return result
    }

    func grant(_ id: String) throws -> Payload {
        try grants().first { $0["id"]?.text == id } ?? .null
    }

    /// All figures, recomputed from the ledger.
    func checkFigures() throws {
        let report = try CreditVerifier().verify(engine.store)
        #expect(report.differences == [])
        let sum = try ledger().reduce(Amount.zero) { $0 + ($1["amount"]?.amount ?? .zero) }
        #expect(try balance()["available"]?.amount == sum)
    }

    /// All entries of the ledger, in pages of different sizes.
    func ledger(_ further: TextMap<Payload> = [:]) throws -> [Payload] {
        var result: [Payload] = []
        var after: Payload = .null
        repeat {
            let input: TextMap<Payload> = [
                "customerId": "c", "currencyId": "tok", "limit": .integer(result.count % 2 == 0 ? 7 : 100),
                "after": after,
            ]
            let page = try engine.call(.getCreditLedger, .object(input.merging(further) { _, new in new }))
            result += page["data"]?.items ?? []
            after = page["pagination"]?["next"] ?? .null
        } while !after.isNull
        return result
    }

    /// What was announced about credits so far, by type.
    func announced() throws -> [String] {
        try engine.store.read { connection in
            try connection.rows("SELECT type FROM outbox ORDER BY sequence") { $0.text(0) }
        }.filter { $0.hasPrefix("credit_") }
    }
}

extension Payload {
    /// The exact number that this is.
    var amount: Amount {
        switch self {
        case .integer(let value): Amount(value)
        case .number(let digits): Amount(digits) ?? Amount(-999_999)
        case .null, .boolean, .string, .array, .object: Amount(-999_999)
        }
    }
}
