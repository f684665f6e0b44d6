import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillApp

/// What holds for every operator's row: somebody performs it, its example answers what it describes, and nothing is taken
/// that its description forbids.
struct OperatorRowTests {
    private static let rows = OperationTable.rows.filter { $0.audience == .operator }

    @Test(arguments: rows.map(\.id))
    func `every example runs, and answers what its row describes`(id: OperationID) throws {
        let kit = try OperatorKit()
        let row = OperationTable.row(id)
        for step in row.example.after { try kit.call(step.id, step.input) }
        let answer = try kit.call(id, row.example.input)
        #expect(row.answersList == (answer.items.isEmpty ? answer == [] : true))
        for one in row.answersList ? answer.items : [answer] {
            guard case .object(let members) = one else {
                Issue.record("\(id.rawValue) answered \(answer.json)")
                return
            }
            #expect(Set(row.output.map(\.name)).isSuperset(of: members.keys))
            #expect(Set(members.keys).isSuperset(of: row.output.filter(\.isRequired).map(\.name)))
        }
    }

    @Test(arguments: rows.map(\.id))
    func `a broken field is named, and changes nothing`(id: OperationID) throws {
        let kit = try OperatorKit()
        let row = OperationTable.row(id)
        for step in row.example.after { try kit.call(step.id, step.input) }
        let before = try kit.dump()
        var failures: [String] = []
        for broken in BrokenInput.all(of: row.example.input, row.input) where !broken.mayWork {
            let what = "\(broken.how) at '\(broken.path)'"
            guard let error = kit.failure(id, broken.input) else {
                failures.append("\(what) is accepted")
                continue
            }
            let isNamed = error.message.contains("'\(broken.path)") || error.message.hasSuffix("; and more")
            if error.code != .badUserInput || !isNamed { failures.append("\(what): \(error.message)") }
        }
        #expect(failures.isEmpty, "\(failures.count): \(failures.prefix(8).joined(separator: "\n"))")
        #expect(try kit.dump() == before, "a refused input has written something")
    }

    /// What the engine performs it can take back.
    @Test(arguments: rows.map(\.id).filter { OperatorBackend.handler(of: $0)?.row.effect.isWrite ?? false })
    func `a write has no dry run, and is in no script`(id: OperationID) throws {
        let kit = try OperatorKit()
        let row = OperationTable.row(id)
        for step in row.example.after { try kit.call(step.id, step.input) }
        let before = try kit.dump()
        #expect(kit.failure(id, row.example.input, dryRun: true)?.code == .operationNotAvailable)
        #expect(try kit.dump() == before)
        #expect(!row.isInScripts)
    }

    @Test(arguments: [
        OperationID.voidDelivery, .failDelivery, .retryRejected, .dropRejected, .pause, .resume, .fireJob, .retryRun,
        .cancelRun,
    ])
    func `a write says in the audit who did it`(id: OperationID) throws {
        let kit = try OperatorKit()
        try kit.call(id, OperationTable.row(id).example.input)
        let row = try #require(try kit.call(.listAudit, ["action": .string(id.rawValue)])["data"]?.items.first)
        #expect(row["actorKind"] == "person" && row["actor"] == "ann")
        #expect(row["reason"] == OperationTable.row(id).example.input["reason"])
    }

    @Test func `the API's rows are performed as ever`() throws {
        let kit = try OperatorKit()
        try kit.call(.provisionCustomer, ["id": "c"])
        #expect(try kit.call(.getCustomer, ["id": "c"])["id"] == "c")
        #expect(try kit.call(.getCustomerOverview, ["customerId": "c"])["customer"]?["id"] == "c")
        #expect(kit.failure(.getCustomerOverview, ["customerId": "d"])?.code == .customerNotFound)
        for currency in ["credits", "tokens"] {
            try kit.call(.createCustomCurrency, ["id": .string(currency), "displayName": "Credits"])
        }
        try kit.call(
            .saveAutoRecharge,
            [
                "customerId": "c", "currencyId": "credits", "isEnabled": true, "thresholdType": "CREDIT_AMOUNT",
                "thresholdValue": 20, "targetBalance": 50,
            ])
        let recharges = try kit.call(.getCustomerOverview, ["customerId": "c"])["autoRecharges"]?.items ?? []
        #expect(recharges.map { $0["currencyId"] } == ["credits"])
        #expect(recharges.first?["state"] == "READY")
    }
}
