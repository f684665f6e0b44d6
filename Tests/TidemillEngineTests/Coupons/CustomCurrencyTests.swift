import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations

struct CustomCurrencyTests {
    @Test func `a currency has the fields of the API and a price`() throws {
        let fixture = try EngineFixture()
        let currency = try fixture.call(
            .createCustomCurrency,
            [
                "id": "tok", "displayName": "Tokens", "description": "", "symbol": "T",
                "units": ["singular": "token", "plural": "tokens"],
                "creditPrice": ["amount": .number("0.00002"), "currency": "USD"],
            ])
        #expect(
            currency == [
                "id": "tok", "displayName": "Tokens", "description": .null, "symbol": "T",
                "units": ["singular": "token", "plural": "tokens"], "metadata": [:],
                "creditPrice": ["amount": .number("0.00002"), "currency": "usd"], "archivedAt": .null,
                "createdAt": "2026-10-01T12:00:00.000Z", "updatedAt": "2026-10-01T12:00:00.000Z",
            ])
    }

    @Test func `an update keeps what is left out; an empty text and null clear`() throws {
        let fixture = try EngineFixture()
        try fixture.call(
            .createCustomCurrency,
            [
                "id": "tok", "displayName": "Tokens", "description": "d", "symbol": "T", "metadata": ["a": "b"],
                "creditPrice": ["amount": 1, "currency": "usd"],
            ])
        let changed = try fixture.call(
            .updateCustomCurrency,
            ["id": "tok", "symbol": "", "creditPrice": .null, "units": ["singular": "t", "plural": "ts"]])
        #expect(changed["symbol"] == .null)
        #expect(changed["creditPrice"] == .null)
        #expect(changed["description"] == "d")
        #expect(changed["metadata"] == ["a": "b"])
        #expect(changed["units"] == ["singular": "t", "plural": "ts"])
        #expect(
            fixture.failure(.updateCustomCurrency, ["currencyId": "tok", "displayName": .null]).message
                == "updateCustomCurrency: 'displayName' cannot be cleared; leave it out to keep it")
        #expect(
            fixture.failure(
                .updateCustomCurrency, ["currencyId": "tok", "creditPrice": ["amount": 0, "currency": "usd"]]
            ).message == "updateCustomCurrency: 'creditPrice.amount' must be above 0, got 0")
    }

    @Test func `archived currencies are left out of lists, keep their id, and come back`() throws {
        let fixture = try EngineFixture()
        for id in ["a", "b"] { try fixture.call(.createCustomCurrency, ["id": .string(id), "displayName": "C"]) }
        #expect(
            try fixture.call(.archiveCustomCurrency, ["currencyId": "a"])["archivedAt"] == "2026-10-01T12:00:00.000Z")
        func ids(_ input: Payload) throws -> [String] {
            try fixture.call(.listCustomCurrencies, input)["data"]?.items?.compactMap { $0["id"]?.text } ?? []
        }
        #expect(try ids([:]) == ["b"])
        #expect(try ids(["status": "ARCHIVED"]) == ["a"])
        #expect(try ids(["status": ["ACTIVE", "ARCHIVED"]]) == ["a", "b"])
        #expect(fixture.failure(.createCustomCurrency, ["id": "a", "displayName": "C"]).code == .duplicatedEntity)
        #expect(fixture.failure(.updateCustomCurrency, ["id": "a", "displayName": "D"]).code == .entityIsArchived)
        #expect(try fixture.call(.unarchiveCustomCurrency, ["currencyId": "a"])["archivedAt"] == .null)
        #expect(try ids([:]) == ["a", "b"])
        #expect(fixture.failure(.archiveCustomCurrency, ["currencyId": "none"]).code == .customCurrencyNotFound)
    }

    @Test func `there are a hundred active currencies at most`() throws {
        let fixture = try EngineFixture()
        for number in 0..<100 {
            try fixture.call(.createCustomCurrency, ["id": .string("c\(number)"), "displayName": "C"])
        }
        #expect(
            fixture.failure(.createCustomCurrency, ["id": "d", "displayName": "D"]).code == .tooManyCustomCurrencies)
        try fixture.call(.archiveCustomCurrency, ["currencyId": "c0"])
        try fixture.call(.createCustomCurrency, ["id": "d", "displayName": "D"])
        #expect(fixture.failure(.unarchiveCustomCurrency, ["currencyId": "c0"]).code == .tooManyCustomCurrencies)
    }

    @Test func `nothing uses a new currency`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCustomCurrency, ["id": "a", "displayName": "A"])
        #expect(try fixture.call(.listCustomCurrencyEntities, ["currencyId": "a"])["data"] == [])
        #expect(fixture.failure(.listCustomCurrencyEntities, ["currencyId": "b"]).code == .customCurrencyNotFound)
    }
}
