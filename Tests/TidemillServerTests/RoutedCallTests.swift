import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillServer

/// Goal: what comes by a route of the API is the same call as the operation by its name, for every row and every way to
/// break its fields: then both doors answer the same. Method: an input is written as clients of the API write it (names of
/// the path encoded, the rest in the query of a GET and in the body of others) and read back by the routes.
struct RoutedCallTests {
    private let routes = RouteTable()

    /// Nil where the path cannot carry the input.
    private func request(_ row: OperationRow, _ input: Payload) throws -> WireRequest? {
        guard let sent = ClientRequest(row, input) else { return nil }
        return WireRequest(sent.method, try WireTarget(sent.target), body: sent.body)
    }

    private func planned(_ row: OperationRow, _ input: Payload) throws -> PlannedCall? {
        guard let request = try request(row, input) else { return nil }
        guard case .route(let route, let names) = routes.match(request.method, request.target.segments) else {
            return nil
        }
        return try PlannedCall(request, route, names)
    }

    private static let routed = OperationTable.rows.filter { $0.audience == .client && $0.id != .getCoupons }

    @Test func `of all rows two have examples that name what no path can`() {
        // By who pays and the number: the id is made by the server.
        let others = Self.routed.filter { ClientRequest($0, $0.example.input) == nil }.map(\.id)
        #expect(others == [.getInvoice, .voidInvoice])
    }

    @Test(arguments: routed.filter { ClientRequest($0, $0.example.input) != nil }.map(\.id))
    func `a route leads to its row with the same input`(id: OperationID) throws {
        let row = OperationTable.row(id)
        let call = try #require(try planned(row, row.example.input))
        #expect(call.row.id == id && call.ignored == [])
        let typed = row.route.method == .get ? Self.words(row.example.input) : row.example.input
        let read = row.route.method == .get ? Self.words(call.input) : call.input
        #expect(read == typed)
    }

    /// A query has texts only: numbers compare by their digits.
    private static func words(_ input: Payload) -> Payload {
        switch input {
        case .integer, .number, .boolean: .string(input.json)
        case .object(let members): .object(members.mapValues(words))
        // One value of a filter is a list of one.
        case .array(let items): items.count == 1 ? words(items[0]) : .array(items.map(words))
        default: input
        }
    }

    @Test(arguments: OperationTable.rows.filter { $0.audience == .client && $0.route.method != .get }.map(\.id))
    func `what is wrong with a field comes through as it was sent`(id: OperationID) throws {
        let row = OperationTable.row(id)
        let base: Payload = id == .reportEvent ? ["events": [row.example.input]] : row.example.input
        var looked = 0
        for broken in BrokenInput.all(of: base, row.input) where broken.how != "an unknown field" {
            let call: PlannedCall
            do {
                guard let read = try planned(row, broken.input) else { continue }
                call = read
            } catch let error as WireError {
                // A path that cannot carry it is refused with the code that the operation would answer.
                looked += 1
                #expect(error.code == "BadUserInput" && error.status == 400, "\(broken.how) at \(broken.path)")
                continue
            }
            // Where `usages` itself is broken away, the same route is the single report.
            guard call.row.id == id else { continue }
            looked += 1
            // As JSON carries it: a whole number of nineteen digits is one. Items of a broken shape may have members that
            // no field is known by: these are passed over.
            let sent = try Payload(json: Array(broken.input.json.utf8))
            if call.ignored.isEmpty { #expect(call.input == sent, "\(broken.how) at \(broken.path)") }
        }
        #expect(looked > 0 || row.input.allSatisfy { row.route.path.contains("{\($0.name)}") })
    }

    @Test func `an unknown field is passed over and named, wherever it stands`() throws {
        let row = OperationTable.row(.createPlan)
        guard case .object(var members) = row.example.input else { return }
        members["zzz"] = 1
        members["metadata"] = ["zzz": "kept"]
        let call = try #require(try planned(row, .object(members)))
        #expect(call.ignored == ["zzz"] && call.input["zzz"] == nil && call.input["metadata"]?["zzz"] == "kept")
    }

    @Test func `what looks like a misspelt field of usage stays, to be refused`() throws {
        let report: Payload = [
            "customerId": "a", "featureId": "f", "value": 1, "customer_id": "a", "ts": 1, "loyalty": 1,
        ]
        for (row, input) in [
            (OperationTable.row(.reportUsage), report),
            (OperationTable.row(.reportUsageBulk), ["usages": [report]] as Payload),
        ] {
            let call = try #require(try planned(row, input))
            #expect(call.row.id == row.id && call.ignored.count == 1)
            let read = call.input["usages"]?.items?.first ?? call.input
            #expect(read["customer_id"] != nil && read["ts"] != nil && read["loyalty"] == nil)
        }
    }

    @Test func `null in place of a list of reports is left out`() throws {
        let body = #"{"usages":null,"customerId":"a","featureId":"f","value":1}"#
        let request = WireRequest("POST", try WireTarget("/api/v2/usage"), body: Array(body.utf8))
        guard case .route(let route, let names) = routes.match(request.method, request.target.segments) else {
            Issue.record("there is no route")
            return
        }
        let call = try PlannedCall(request, route, names)
        #expect(call.row.id == .reportUsage && call.input["usages"] == nil && call.input["customerId"] == "a")
    }

    @Test func `what clients may call and is not there is told apart from what never was`() throws {
        func kind(_ method: String, _ path: String) throws -> String {
            switch routes.match(method, try WireTarget(path).segments) {
            case .route: "route"
            case .notOffered: "not offered"
            case .otherMethods(let methods): methods.joined(separator: ",")
            case .none: "none"
            }
        }
        #expect(try kind("GET", "/api/v1/contracts") == "not offered")
        #expect(try kind("PUT", "/api/v1-beta/customers/c/entities") == "not offered")
        #expect(try kind("DELETE", "/api/v1/customers") == "GET,POST")
        #expect(try kind("GET", "/api/v1/nothing") == "none")
        #expect(try kind("GET", "/prefix/of/api/v1/customers/api") == "route")
        #expect(try kind("POST", "/api/v1/customers/import") == "route")
    }
}
