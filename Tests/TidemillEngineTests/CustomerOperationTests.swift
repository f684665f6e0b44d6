import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

struct CustomerOperationTests {
    @Test func `an id is taken once`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        let error = fixture.failure(.provisionCustomer, ["id": "c"])
        #expect(error.code.rawValue == "DuplicatedEntityNotAllowed")
        #expect(
            error.message
                == "provisionCustomer: the customer \"c\" exists already; change it with updateCustomer")
    }

    @Test func `an unknown customer is not found`() throws {
        let fixture = try EngineFixture()
        for id in [
            OperationID.getCustomer, .updateCustomer, .archiveCustomer, .unarchiveCustomer, .listCustomerResources,
            .detachPaymentMethod,
        ] {
            let error = fixture.failure(id, ["id": "nobody"])
            #expect(error.code.rawValue == "CustomerNotFound")
            #expect(
                error.message
                    == "\(id.rawValue): there is no customer \"nobody\"; create it with provisionCustomer")
        }
    }

    @Test func `an update keeps what is left out, clears null, and replaces metadata whole`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.createCoupon, ["id": "ten-off", "name": "Ten off", "percentOff": 10])
        try fixture.call(
            .provisionCustomer,
            ["id": "c", "name": "N", "email": "e", "couponId": "ten-off", "metadata": ["a": "1", "b": "2"]])
        fixture.now = fixture.now.advanced(bySeconds: 1)
        let customer = try fixture.call(
            .updateCustomer, ["id": "c", "email": .null, "couponId": "", "metadata": ["b": "3"]])
        #expect(customer["name"] == "N")
        #expect(customer["email"] == .null)
        #expect(customer["couponId"] == .null)
        #expect(customer["metadata"] == ["b": "3"])
        #expect(customer["createdAt"] == "2026-10-01T12:00:00.000Z")
        #expect(customer["updatedAt"] == "2026-10-01T12:00:01.000Z")
        #expect(try fixture.call(.getCustomer, ["id": "c"]) == customer)
        #expect(try fixture.call(.updateCustomer, ["id": "c", "metadata": [:]])["metadata"] == [:])
    }

    @Test func `times of calls are whole milliseconds, as the API gives them`() throws {
        let fixture = try EngineFixture()
        fixture.now = Timestamp(microseconds: fixture.now.microseconds + 123_456)
        #expect(
            try fixture.call(.provisionCustomer, ["id": "c"])["createdAt"] == "2026-10-01T12:00:00.123Z")
        let created = try fixture.store.read { try $0.first("SELECT created_at FROM customers") { $0.integer(0) } }
        #expect(created == EngineFixture.start.microseconds + 123_000)
    }

    @Test(
        arguments: [
            (
                OperationID.createFeature, OperationID.archiveFeature,
                ["id": "x", "displayName": "X", "featureType": "BOOLEAN"],
                "exists already; change it with updateFeature",
                "exists already and is archived; bring it back with unarchiveFeature"
            ),
            (
                .createCustomCurrency, .archiveCustomCurrency, ["id": "x", "displayName": "X"],
                "exists already; change it with updateCustomCurrency",
                "exists already and is archived; bring it back with unarchiveCustomCurrency"
            ),
            (
                .createCoupon, .archiveCoupon, ["id": "x", "name": "X", "percentOff": 10],
                "exists already; its discount never changes, so that another needs another id",
                "exists already and is archived, for good; choose another id"
            ),
        ] as [(OperationID, OperationID, Payload, String, String)])
    func `who makes what is archived is shown the way back, or that there is none`(
        create: OperationID, archive: OperationID, input: Payload, known: String, archived: String
    ) throws {
        let fixture = try EngineFixture()
        try fixture.call(create, input)
        #expect(fixture.failure(create, input).message.hasSuffix(known))
        try fixture.call(archive, ["id": "x"])
        #expect(fixture.failure(create, input).message.hasSuffix(archived))
    }

    @Test func `who meets an archived customer is shown the way back`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.importCustomers, ["customers": [["id": "c", "name": "Old"]]])
        #expect(
            fixture.failure(.provisionCustomer, ["id": "c"]).message.hasSuffix(
                "exists already; change it with updateCustomer"))
        try fixture.call(.archiveCustomer, ["id": "c"])
        let again = fixture.failure(.provisionCustomer, ["id": "c"])
        #expect(again.code == .duplicatedEntity)
        #expect(again.message.hasSuffix("exists already and is archived; bring it back with unarchiveCustomer"))
        // The import of the day before changes nothing; one that would is refused, and nothing of it is kept.
        try fixture.call(.importCustomers, ["customers": [["id": "c", "name": "Old"], ["id": "d"]]])
        let renamed = fixture.failure(.importCustomers, ["customers": [["id": "e"], ["id": "c", "name": "New"]]])
        #expect(renamed.code == .entityIsArchived)
        #expect(
            renamed.message
                == "importCustomers: customers[1]: the customer \"c\" is archived; bring it back with unarchiveCustomer"
        )
        #expect(try fixture.call(.getCustomer, ["id": "c"])["name"] == "Old")
        #expect(fixture.failure(.getCustomer, ["id": "e"]).code == .customerNotFound)
        try fixture.call(.createProduct, ["id": "p", "displayName": "P"])
        try fixture.call(.createPlan, ["id": "q", "displayName": "Q", "productId": "p"])
        try fixture.call(.archivePlan, ["id": "q"])
        #expect(
            fixture.failure(.createPlan, ["id": "q", "displayName": "Q", "productId": "p"]).message
                .hasSuffix("and is archived; bring it back with unarchivePlan"))
        try fixture.call(.archiveProduct, ["id": "p"])
        #expect(
            fixture.failure(.createProduct, ["id": "p", "displayName": "P"]).message
                .hasSuffix("and is archived; bring it back with unarchiveProduct"))
    }

    @Test func `an archived customer stays readable and cannot be changed until it is unarchived`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        #expect(try fixture.call(.archiveCustomer, ["id": "c"])["archivedAt"] == "2026-10-01T12:00:00.000Z")
        #expect(fixture.failure(.updateCustomer, ["id": "c", "name": "N"]).code == .entityIsArchived)
        #expect(try fixture.call(.unarchiveCustomer, ["id": "c"])["archivedAt"] == .null)
        try fixture.call(.updateCustomer, ["id": "c", "name": "N"])
    }

    @Test func `pages cover every customer once, forwards and backwards`() throws {
        let fixture = try EngineFixture()
        // Several at one instant, so that the id decides.
        for number in 0..<47 {
            if number.isMultiple(of: 5) { fixture.now = fixture.now.advanced(bySeconds: 1) }
            try fixture.call(.provisionCustomer, ["id": .string("c\(number)"), "name": number < 30 ? "A" : "B"])
        }
        var forwards: [Payload] = []
        var pages: [[Payload]] = []
        var input: Payload = ["limit": 10]
        while true {
            let page = try fixture.call(.listCustomers, input)
            pages.append(page["data"]?.list.compactMap { $0["id"] } ?? [])
            forwards += pages.last ?? []
            guard let next = page["pagination"]?["next"], next != .null else { break }
            input = ["limit": 10, "after": next]
        }
        #expect(forwards.count == 47)
        #expect(Set(forwards).count == 47)
        #expect(pages.map(\.count) == [10, 10, 10, 10, 7])

        var backwards: [[Payload]] = []
        var last = try fixture.call(.listCustomers, input)
        backwards.append(last["data"]?.list.compactMap { $0["id"] } ?? [])
        while let previous = last["pagination"]?["prev"], previous != .null {
            last = try fixture.call(.listCustomers, ["limit": 10, "before": previous])
            backwards.append(last["data"]?.list.compactMap { $0["id"] } ?? [])
        }
        #expect(backwards.reversed() == pages)
    }

    @Test func `lists are filtered exactly`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "a", "name": "Acme", "email": "a@x"])
        fixture.now = fixture.now.advanced(bySeconds: 10)
        try fixture.call(.provisionCustomer, ["id": "b", "name": "Acme ", "email": "b@x"])
        func ids(_ input: Payload) throws -> [Payload] {
            try fixture.call(.listCustomers, input)["data"]?.list.compactMap { $0["id"] } ?? []
        }
        #expect(try ids(["name": "Acme"]) == ["a"])
        #expect(try ids(["email": "b@x"]) == ["b"])
        #expect(try ids(["createdAt": ["gt": "2026-10-01T12:00:00Z"]]) == ["b"])
        #expect(try ids(["createdAt": ["gte": "2026-10-01T12:00:00Z", "lt": "2026-10-01T12:00:10Z"]]) == ["a"])
        #expect(try ids(["name": "nobody"]) == [])
    }

    @Test(arguments: ["x", "zz", "3132", "00", "31322e63ff"])
    func `a cursor that is none is refused`(cursor: String) throws {
        let fixture = try EngineFixture()
        #expect(
            fixture.failure(.listCustomers, ["after": .string(cursor)]).message
                == "listCustomers: 'after' must be a cursor from the `pagination` of an earlier answer, got \"\(cursor)\""
        )
    }

    @Test func `an import creates and updates, and answers what is new`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "old", "name": "Old", "email": "old@x"])
        let answer = try fixture.call(
            .importCustomers, ["customers": [["id": "old", "name": "Older"], ["id": "new", "email": "new@x"]]])
        #expect(answer == ["newCustomers": ["new"]])
        #expect(try fixture.call(.getCustomer, ["id": "old"])["name"] == "Older")
        #expect(try fixture.call(.getCustomer, ["id": "old"])["email"] == "old@x")
        #expect(try fixture.call(.getCustomer, ["id": "new"])["email"] == "new@x")
        let error = fixture.failure(.importCustomers, ["customers": [["id": "x"], ["id": "x"]]])
        #expect(error.message == "importCustomers: 'customers' must hold different customers, got an id twice")
        #expect(fixture.failure(.getCustomer, ["id": "x"]).code == .customerNotFound, "nothing is half-applied")
    }

    @Test func `a payment method is attached, replaced and detached`() throws {
        let fixture = try EngineFixture()
        try fixture.call(.provisionCustomer, ["id": "c"])
        let attach: (String) -> Payload = {
            ["id": "c", "integrationId": "i", "paymentMethodId": .string($0), "vendorIdentifier": "STRIPE"]
        }
        try fixture.call(.attachPaymentMethod, attach("pm_1"))
        let customer = try fixture.call(.attachPaymentMethod, attach("pm_2"))
        #expect(customer["defaultPaymentMethod"]?["billingId"] == "pm_2")
        #expect(customer["integrations"]?.list.count == 1)
        #expect(try fixture.call(.detachPaymentMethod, ["id": "c"])["defaultPaymentMethod"] == .null)
        #expect(fixture.failure(.detachPaymentMethod, ["id": "c"]).code == .paymentMethodNotFound)
    }

    @Test func `a usage report that came too early counts when its customer is provisioned`() throws {
        let fixture = try EngineFixture()
        try fixture.call(
            .createFeature, ["id": "seats", "displayName": "S", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
        let received = fixture.now
        let reports = [
            #"{"customerId":"late","featureId":"seats","value":2.5}"#,
            #"{"customerId":"late","featureId":"nowhere","value":1}"#,
            #"{"customerId":"other","featureId":"seats","value":7}"#,
        ]
        try fixture.store.write { connection in
            for (number, text) in reports.enumerated() {
                let payload = try Payload(json: text)
                try connection.execute(
                    """
                    INSERT INTO rejected_records(delivery, record, line, kind, code, message, customer_id, payload,
                      received_at, rejected_at, state)
                    VALUES ('d', $1, $1, 'usage', 'CustomerNotFound', 'm', $2, $3, $4, $4, 'open')
                    """,
                    [
                        .integer(number + 1), .text(payload["customerId"]?.text), .text(text),
                        .integer(received.microseconds),
                    ])
            }
        }
        fixture.now = fixture.now.advanced(bySeconds: 3600)
        try fixture.call(.provisionCustomer, ["id": "late"])
        let level = try fixture.store.read {
            try CalculatedUsage(connection: $0).counters(customer: CustomerID("late")).map(\.level)
        }
        #expect(level == [Amount("2.5")])
        let states = try fixture.store.read {
            try $0.rows("SELECT state, code FROM rejected_records ORDER BY record") { "\($0.text(0)) \($0.text(1))" }
        }
        #expect(states == ["retried CustomerNotFound", "open FeatureNotFound", "open CustomerNotFound"])
        let at = try fixture.store.read { try $0.first("SELECT at FROM usage_reports") { $0.integer(0) } }
        #expect(at == received.microseconds, "it was used when it arrived")
    }
}

extension Payload {
    /// The items of a list; none for anything else.
    var list: [Payload] { if case .array(let items) = self { items } else { [] } }
}
