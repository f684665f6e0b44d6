import Synchronization
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillGraphQL

/// Documents over a table that answers what a test says.
@Suite struct AnswerTests {
    /// What was asked, and what is answered.
    private final class Table: Sendable {
        private let answers: [OperationID: @Sendable (Payload) -> Payload]
        private let log = Mutex<[String]>([])

        init(_ answers: [OperationID: @Sendable (Payload) -> Payload]) { self.answers = answers }

        var asked: [String] { log.withLock { $0 } }

        func perform(_ id: OperationID, _ input: Payload) throws(AskError) -> Payload {
            log.withLock { $0.append("\(id.rawValue) \(input.json)") }
            guard let answer = answers[id] else {
                throw AskError(code: "CustomerNotFound", message: "\(id.rawValue): nobody", isMissing: true)
            }
            return answer(input)
        }
    }

    private func answer(_ text: String, _ variables: TextMap<Payload> = [:], by table: Table) async -> Payload {
        let request = GraphQLRequest(document: text, variables: variables)
        do throws(GraphQLRequest.Refusal) {
            return try await request.prepared().answer(now: Timestamp(microseconds: 0)) {
                (id, input, _) throws(AskError) in try table.perform(id, input)
            }
        } catch { return error.answer }
    }

    private static let acme: Payload = [
        "id": "acme", "name": "Acme", "email": .null, "metadata": ["k": "v"], "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z", "couponId": .null, "defaultPaymentMethod": ["cardExpiryMonth": 4],
    ]

    @Test func `aliases, fragments, type names and directives do what they say`() async {
        let table = Table([.getCustomer: { _ in Self.acme }])
        let answer = await answer(
            """
            query Q($input: GetCustomerByRefIdInput!, $yes: Boolean!) {
              __typename
              one: getCustomerByRefId(input: $input) { ...A shown: name @include(if: $yes) hidden: name @skip(if: $yes) }
            }
            fragment A on Customer { __typename refId ...B }
            fragment B on Customer { refId customerId defaultPaymentExpirationMonth additionalMetaData awsMarketplaceCustomerId }
            """, ["input": ["customerId": "acme"], "yes": true], by: table)
        #expect(
            answer == [
                "data": [
                    "__typename": "Query",
                    "one": [
                        "__typename": "Customer", "refId": "acme", "customerId": "acme", "shown": "Acme",
                        "defaultPaymentExpirationMonth": 4, "additionalMetaData": ["k": "v"],
                        "awsMarketplaceCustomerId": .null,
                    ],
                ]
            ])
        #expect(table.asked == ["getCustomer {\"id\":\"acme\"}"])
    }

    @Test func `an error has its code, its place and its path`() async {
        let nobody = Table([:])
        #expect(
            await answer("mutation {\n  gone: archiveCustomer(input: { customerId: \"x\" }) { refId }\n}", by: nobody)
                == [
                    "data": .null,
                    "errors": [
                        [
                            "message": "archiveCustomer: nobody", "extensions": ["code": "CustomerNotFound"],
                            "locations": [["line": 2, "column": 3]], "path": ["gone"],
                        ]
                    ],
                ])
        // What may be null is null.
        #expect(
            await answer("{ getCustomerByRefId(input: { customerId: \"x\" }) { refId } }", by: nobody)
                == ["data": ["getCustomerByRefId": .null]])
    }

    @Test func `what must not be null takes away what is around it`() async {
        let table = Table([
            .listCoupons: { _ in
                ["data": [["id": "a", "name": "A"], ["id": "b", "name": .null]], "pagination": ["next": .null]]
            }
        ])
        let answer = await answer("{ coupons { edges { node { refId name } } } }", by: table)
        #expect(answer["data"] == .null)
        #expect(answer["errors"]?.items?.count == 1)
        #expect(answer["errors"]?.items?.first?["path"] == ["coupons", "edges", 1, "node", "name"])
    }

    @Test(arguments: [
        "mutation { archiveCustomer(input: { customerId: \"a\", id: \"b\" }) { refId } }",
        "mutation { provisionCustomer(input: { customerId: \"a\", refId: \"b\" }) { customer { refId } } }",
        "mutation { archiveCustomer(input: \"a\") { refId } }",
    ])
    func `what could mean another object is refused before anything is asked`(document: String) async {
        let table = Table([.archiveCustomer: { _ in Self.acme }, .getCustomer: { _ in Self.acme }])
        let answer = await answer(document, by: table)
        #expect(answer["errors"]?.items?.first?["extensions"] == ["code": "BAD_USER_INPUT"], "\(answer.json)")
        #expect(table.asked == [])
    }

    @Test func `an answer has no more bytes than its bound`() async {
        let long = Payload.string(String(repeating: "x", count: 1 << 20))
        let table = Table([
            .getCustomer: { _ in
                guard case .object(var members) = Self.acme else { return .null }
                members["metadata"] = ["k": long]
                return .object(members)
            }
        ])
        let fields = (0..<20).map { "m\($0): additionalMetaData" }.joined(separator: " ")
        let answer = await answer(
            "{ getCustomerByRefId(input: { customerId: \"a\" }) { \(fields) } }", by: table)
        #expect(answer["errors"]?.items?.first?["extensions"] == ["code": "QUERY_TOO_COMPLEX"])
        #expect(answer.json.utf8.count < 10 << 20)
    }

    @Test func `the same thing is asked once for an answer`() async {
        let table = Table([
            .getEntitlements: { _ in
                [
                    "accessDeniedReason": .null,
                    "entitlements": .array(
                        (0..<3).map { _ in
                            [
                                "type": "FEATURE", "isGranted": true,
                                "feature": ["id": "f", "displayName": "F", "featureType": "NUMBER"],
                            ]
                        }),
                ]
            },
            .getFeature: { _ in ["featureUnits": "seat", "meterType": "FLUCTUATING"] },
        ])
        let answer = await answer(
            "{ cachedEntitlements(query: { customerId: \"c\" }) { hasUnlimitedUsage feature { refId featureUnits meterType } } }",
            by: table)
        let one: Payload = [
            "hasUnlimitedUsage": false, "feature": ["refId": "f", "featureUnits": "seat", "meterType": "Fluctuating"],
        ]
        #expect(answer == ["data": ["cachedEntitlements": .array([one, one, one])]])
        #expect(table.asked.count == 2)
    }

    @Test func `each entry of a page is a place to go on from`() async {
        // Five grants, by pages of the table's own.
        let table = Table([
            .listCreditGrants: { input in
                guard case .integer(let limit)? = input["limit"] else { return .null }
                let start = input["after"]?.text.flatMap { Int($0.dropFirst()) } ?? 0
                let end = min(start + Int(limit), 5)
                return [
                    "data": .array((start..<end).map { ["id": .string("g\($0)")] }),
                    "pagination": ["next": end < 5 ? .string("c\(end)") : .null],
                ]
            }
        ])
        let text =
            "query ($p: CursorPaging) { creditGrants(input: { customerId: \"c\", paging: $p }) { totalCount pageInfo { endCursor hasNextPage } edges { cursor node { grantId } } } }"
        func page(_ paging: Payload) async -> (ids: [String], end: Payload, hasNext: Payload, cursors: [Payload]) {
            let connection = await answer(text, ["p": paging], by: table)["data"]?["creditGrants"]
            #expect(connection?["totalCount"] == 5)
            let edges = connection?["edges"]?.items ?? []
            return (
                edges.compactMap { $0["node"]?["grantId"]?.text }, connection?["pageInfo"]?["endCursor"] ?? .null,
                connection?["pageInfo"]?["hasNextPage"] ?? .null, edges.compactMap { $0["cursor"] }
            )
        }
        let first = await page(["first": 2])
        #expect(first.ids == ["g0", "g1"])
        #expect(first.hasNext == true)
        let second = await page(["first": 2, "after": first.end])
        #expect(second.ids == ["g2", "g3"])
        let third = await page(["first": 2, "after": second.end])
        #expect(third.ids == ["g4"])
        #expect(third.hasNext == false)
        // Behind the last entry there is nothing, and still a place to go on from.
        let beyond = await page(["first": 2, "after": third.end])
        #expect(beyond.ids == [])
        #expect(beyond.end == third.end)
        // From the middle of a page.
        #expect(await page(["first": 3, "after": first.cursors[0]]).ids == ["g1", "g2", "g3"])
    }

    @Test func `what a list cannot be asked for is refused, not passed over`() async {
        let table = Table([:])
        for (argument, word) in [
            ("paging: { last: 3 }", "last"), ("paging: { first: 101 }", "first"),
            ("filter: { billingId: { eq: \"x\" } }", "billingId"),
            ("filter: { status: { neq: ACTIVE } }", "eq"),
            ("sorting: [{ field: startDate, direction: DESC }]", "createdAt"),
            ("paging: { after: \"nonsense\" }", "after"), ("paging: { first: 3, zzz: 1 }", "paging.zzz"),
            ("filter: { createdAt: { zzz: \"2026-01-01T00:00:00Z\" } }", "filter.createdAt.zzz"),
            ("filter: { createdAt: { between: { lower: \"2026-01-01T00:00:00Z\" } } }", "filter.createdAt.between"),
            ("filter: { customerId: { eq: null } }", "null"),
            ("filter: { customerId: { eq: \"a\", zzz: \"b\" } }", "zzz"),
            ("filter: { customer: { zzz: { eq: \"b\" } } }", "filter.customer.zzz"),
            ("filter: { plan: { refId: { like: \"b\" } } }", "like"), ("filter: { zzz: 1 }", "filter.zzz"),
            ("sorting: [{ field: createdAt, direction: ASC, zzz: 1 }]", "zzz"),
            ("sorting: [{ field: createdAt, direction: ASC, nulls: NULLS_LAST }]", "nulls"),
        ] {
            let answer = await answer("{ subscriptions(\(argument)) { edges { node { refId } } } }", by: table)
            #expect(answer["errors"]?.items?.first?["message"]?.text?.contains(word) == true, "\(argument)")
            #expect(table.asked.isEmpty)
        }
    }

    @Test(arguments: [
        "{ creditGrants(input: { customerId: \"c\", zzz: 1 }) { edges { node { grantId } } } }",
        "{ creditGrants(input: { customerId: \"c\", paging: { zzz: 1 } }) { edges { node { grantId } } } }",
        "{ creditsLedger(input: { customerId: \"c\", zzz: 1 }) { edges { node { eventId } } } }",
        "{ creditBalanceSummary(input: { customerId: \"c\", zzz: 1 }) { balances { currencyId } } }",
        "{ getActiveSubscriptions(input: { customerId: \"c\", zzz: 1 }) { subscriptionId } }",
        "mutation { transferSubscription(input: { customerId: \"c\", destinationResourceId: \"r\", sourceResourceId: \"s\", zzz: 1 }) { subscriptionId } }",
        "{ products(filter: { createdAt: { zzz: 1 } }) { edges { node { refId } } } }",
        "{ coupons(filter: { createdAt: { zzz: 1 } }) { edges { node { refId } } } }",
    ])
    func `an unknown field of what is read on the way is refused, since nobody would name it`(document: String) async {
        let table = Table([:])
        let answer = await answer(document, by: table)
        #expect(
            answer["errors"]?.items?.first?["message"]?.text?.contains("zzz' is not offered") == true, "\(answer.json)")
        #expect(table.asked.isEmpty)
    }

    @Test func `inputs are spelled as the table spells them`() async {
        let table = Table([.saveAutoRecharge: { $0 }, .provisionSubscription: { _ in ["subscription": .null] }])
        _ = await answer(
            "mutation ($i: SaveAutoRechargeSettingsInput!) { saveAutoRechargeSettings(input: $i) { customerId } }",
            [
                "i": [
                    "customerId": "c", "currencyId": "t", "isEnabled": true, "thresholdType": "CreditAmount",
                    "grantExpirationPeriod": "OneMonth", "environmentId": "e", "targetBalance": .number("0.1"),
                ]
            ], by: table)
        _ = await answer(
            """
            mutation { createSubscription(subscription: {
              customerId: "c", planId: "p", subscriptionId: "s", addons: [{ addonId: "a", quantity: 2 }]
              minimumSpend: { minimum: { amount: 5.10, currency: USD } }
              entitlements: [{ feature: { featureId: "f", usageLimit: 3 } }, { credit: { customCurrencyId: "t", amount: 1, cadence: MONTH } }]
              priceOverrides: [{ featureId: "f", price: { amount: 1.5, currency: USD } }]
            }) { refId } }
            """, by: table)
        #expect(
            table.asked.map { $0.split(separator: " ", maxSplits: 1)[1] }.map(String.init) == [
                #"{"currencyId":"t","customerId":"c","grantExpirationPeriod":"1_MONTH","isEnabled":true,"targetBalance":0.1,"thresholdType":"CREDIT_AMOUNT"}"#,
                #"{"addons":[{"id":"a","quantity":2}],"customerId":"c","entitlements":[{"id":"f","type":"FEATURE","usageLimit":3},{"amount":1,"cadence":"MONTH","id":"t","type":"CREDIT"}],"id":"s","minimumSpend":{"amount":5.10,"currency":"USD"},"planId":"p","priceOverrides":[{"amount":1.5,"currency":"USD","featureId":"f"}]}"#,
            ])
    }

    @Test func `what is not offered is refused whatever stands in it`() async {
        let answer = await answer(
            "query ($i: CheckoutStateInput!) { checkoutState(input: $i) { anything { at { all } } } }", ["i": [:]],
            by: Table([:]))
        #expect(answer["errors"]?.items?.first?["extensions"]?["code"] == "not_offered")
        let watch = await self.answer(
            "subscription { entitlementsUpdated { ...F } } fragment F on Anything { at }", by: Table([:]))
        #expect(watch["errors"]?.items?.first?["extensions"]?["code"] == "not_offered")
    }

    @Test func `variables are what they are declared to be`() async {
        let table = Table([.getCustomer: { _ in Self.acme }])
        let text = "query ($input: GetCustomerByRefIdInput!) { getCustomerByRefId(input: $input) { refId } }"
        for (variables, message) in [
            ([:], "Variable \"$input\" of required type \"GetCustomerByRefIdInput!\" was not provided."),
            (["input": .null], "Variable \"$input\" of non-null type \"GetCustomerByRefIdInput!\" must not be null."),
            (
                ["input": "c"],
                "Variable \"$input\" got an invalid value at \"$input\"; GetCustomerByRefIdInput cannot represent a string."
            ),
        ] as [(TextMap<Payload>, String)] {
            let error = await answer(text, variables, by: table)["errors"]?.items?.first
            #expect(error?["message"]?.text == message)
            #expect(error?["extensions"]?["code"] == "BAD_USER_INPUT")
        }
        #expect(table.asked.isEmpty)
    }

    @Test func `a derived id is a UUID, the same for ever`() {
        #expect(DerivedUUID.text(of: "customer", "acme") == DerivedUUID.text(of: "customer", "acme"))
        #expect(DerivedUUID.text(of: "plan", "acme") != DerivedUUID.text(of: "customer", "acme"))
        #expect(
            DerivedUUID.text(of: "customer", "acme").wholeMatch(
                of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }

    @Test func `each row of the table is reached by a document, or left out on purpose`() {
        let rows = Set(OperationTable.rows.filter { $0.audience == .client }.map(\.id))
        let reached = Schema.served.operations
        #expect(rows.subtracting(reached).subtracting(Schema.unreached).map(\.rawValue).sorted() == [])
        #expect(Schema.unreached.intersection(reached).map(\.rawValue).sorted() == [])
        #expect(reached.subtracting(rows).map(\.rawValue).sorted() == [])
    }

    @Test func `each type that the schema names is in it, and what is asked on the way only reads`() {
        let schema = Schema.served
        for type in schema.objects.values {
            for field in type.fields.values where !field.isRefused {
                #expect(
                    schema.isLeaf(field.type.name) || !schema.possible(field.type.name).isEmpty,
                    "\(type.name).\(field.name)")
                for case .ask(let ask) in field.sources {
                    let row = OperationTable.row(ask.operation)
                    #expect(!row.effect.isWrite, "\(type.name).\(field.name)")
                    let given = Set(ask.inputs.map(\.name))
                    guard given != ["all"] else { continue }
                    let known = Set(row.input.map(\.name))
                    #expect(given.isSubset(of: known), "\(type.name).\(field.name)")
                    #expect(
                        Set(row.input.filter(\.isRequired).map(\.name)).isSubset(of: given),
                        "\(type.name).\(field.name)")
                }
            }
        }
        for (name, members) in schema.unions {
            for member in members { #expect(schema.objects[member] != nil, "\(name)") }
        }
    }
}
