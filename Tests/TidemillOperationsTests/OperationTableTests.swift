import Testing
import TidemillCore

@testable import TidemillOperations

struct OperationTableTests {
    @Test(arguments: OperationID.allCases)
    func `a row stands under its own id and says what it is`(id: OperationID) {
        let row = OperationTable.row(id)
        #expect(row.id == id)
        #expect(row.summary.hasSuffix("."))
        #expect(row.input.allSatisfy { $0.about.hasSuffix(".") }, "every field is described")
    }

    @Test(arguments: OperationID.allCases)
    func `a route's placeholders and the subject's field are input fields`(id: OperationID) {
        let row = OperationTable.row(id)
        let fields = Set(row.input.map(\.name))
        let placeholders = row.route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
        #expect(fields.isSuperset(of: placeholders))
        #expect(row.route.path.hasPrefix(row.audience == .client ? "/api/" : "/operations/"))
        switch row.subject {
        case .nobody: break
        case .customer(let field), .subscription(let field): #expect(fields.contains(field))
        }
        // Estimates and previews are posted, and change nothing.
        #expect(row.route.method != .get || row.effect == .read)
    }

    /// Whoever adds a row that names a customer says so: what is due for them, the audit and rights go by it.
    @Test func `a row that takes a customer is about that customer`() {
        for row in OperationTable.rows where row.input.contains(where: { $0.name == "customerId" && $0.isRequired }) {
            #expect(row.subject == .customer("customerId"), "\(row.id.rawValue)")
        }
    }

    @Test func `the subject is found under each name of its field`() {
        func customer(_ id: OperationID, _ input: Payload) -> String? {
            OperationTable.row(id).customer(in: input)?.text
        }
        #expect(customer(.getEntitlements, ["customerId": "c"]) == "c")
        #expect(customer(.getEntitlements, ["id": "c"]) == "c")
        #expect(customer(.archiveCustomer, ["customerId": "c"]) == "c")
        #expect(customer(.getSubscription, ["id": "s"]) == nil)
        #expect(OperationTable.row(.cancelSubscription).subscription(in: ["subscriptionId": "s"]) == "s")
        #expect(OperationTable.row(.getSubscription).subscription(in: ["id": 5]) == nil)
    }

    @Test func `a row is paged when its answer is`() {
        let paged = Dictionary(uniqueKeysWithValues: OperationTable.rows.map { ($0.id, $0.pageField) })
        #expect(paged[.listCustomers] == "data" && paged[.getCreditLedger] == "data")
        #expect(paged[.getCreditUsage] == "series")
        #expect(paged[.getCustomer] == .some(nil) && paged[.getUsageHistory] == .some(nil))
    }

    @Test func `the names of the first release stay`() {
        #expect(
            Set(OperationTable.rows.map(\.id.rawValue)).isSuperset(of: [
                "reportUsage", "reportUsageBulk", "reportEvent", "getUsageHistory", "provisionCustomer", "getCustomer",
                "updateCustomer", "listCustomers", "archiveCustomer", "unarchiveCustomer", "importCustomers",
                "listCustomerResources", "attachPaymentMethod", "detachPaymentMethod", "createProduct", "getProduct",
                "listProducts", "updateProduct", "createFeature", "getFeature", "listFeatures", "updateFeature",
            ]))
    }

    @Test func `examples use only fields that exist`() {
        for row in OperationTable.rows {
            guard case .object(let members) = row.example.input else {
                Issue.record("the example of \(row.id.rawValue) is no object")
                continue
            }
            // A single event is the short form of `events`.
            guard row.id != .reportEvent else { continue }
            #expect(Set(row.input.map(\.name)).isSuperset(of: members.keys), "\(row.id.rawValue)")
        }
    }
}

struct ShapeTests {
    @Test func `what is written is read back the same`() throws {
        let text = """
            {"id":"f1","displayName":"F","featureType":"NUMBER","meterType":"Incremental","metadata":{"a":"b"},
             "meter":{"aggregation":{"function":"SUM","field":"dimensions.tokens"},
                      "filters":[{"conditions":[{"field":"eventName","operation":"IN","values":["a",2,true]}]}]},
             "unitTransformation":{"divide":1000}}
            """
        let input = try CreateFeature.Input.shape.decode(Payload(json: text), as: "createFeature")
        #expect(input.meterType == .incremental)
        #expect(input.meter?.filters[0].conditions[0].values == ["a", "2", "true"])
        #expect(input.unitTransformation == UnitTransformation(divide: 1000, round: .up))
        let written = CreateFeature.Input.shape.encode(input, nulls: .omitted)
        #expect(written["meterType"] == "INCREMENTAL")
        #expect(try CreateFeature.Input.shape.decode(written, as: "again") == input)
    }

    @Test func `an update tells absent, null and a value apart`() throws {
        let input = try UpdateCustomer.Input.shape.decode(
            ["id": "c", "email": .null, "name": "N", "couponId": ""], as: "updateCustomer")
        #expect(input.email == .clear)
        #expect(input.name == .set("N"))
        #expect(input.language == .keep)
        #expect(input.couponID == .set(""))
        #expect(input.metadata == nil)
    }

    @Test func `a field that cannot be cleared refuses null`() {
        do {
            _ = try UpdateFeature.Input.shape.decode(["id": "f", "displayName": .null], as: "updateFeature")
            Issue.record("accepted")
        } catch {
            #expect(error.message == "updateFeature: 'displayName' cannot be cleared; leave it out to keep it")
        }
    }

    @Test func `answers carry explicit nulls and inputs leave them out`() {
        let discount = DiscountDetails(code: nil, fixedAmount: nil, percentage: Amount(20))
        #expect(
            DiscountDetails.shape.encode(discount) == ["code": .null, "fixedAmount": .null, "percentage": 20])
        #expect(DiscountDetails.shape.encode(discount, nulls: .omitted) == ["percentage": 20])
        // Clients look for both on a last page.
        #expect(
            Pagination.shape.encode(Pagination(next: nil, prev: nil), nulls: .omitted) == [
                "next": .null, "prev": .null,
            ])
    }

    @Test func `a script's empty table is an empty list or an empty map`() throws {
        let feature = try CreateFeature.Input.shape.decode(
            ["id": "f", "displayName": "F", "featureType": "BOOLEAN", "metadata": [], "enumConfiguration": [:]], as: "x"
        )
        #expect(feature.metadata.isEmpty)
        #expect(feature.enumConfiguration == [])
    }

    @Test func `a single event and a list of events are both taken, as they came`() throws {
        let event: Payload = [
            "customerId": "c", "eventName": "e", "idempotencyKey": "k", "dimensions": ["x": .number("0.10")],
        ]
        #expect(try ReportEvent.Input.shape.decode(event, as: "reportEvent").events == [event])
        #expect(
            try ReportEvent.Input.shape.decode(["events": [event, event]], as: "reportEvent").events == [event, event])
        #expect(throws: OperationError.self) {
            try ReportEvent.Input.shape.decode(["customerId": "c"], as: "reportEvent")
        }
        #expect(throws: OperationError.self) { try ReportEvent.Input.shape.decode([:], as: "reportEvent") }
    }
}
