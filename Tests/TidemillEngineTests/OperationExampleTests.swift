import Testing
import TidemillCore
import TidemillEngine
import TidemillStore
import TidemillTestSupport

@testable import TidemillOperations

/// The API's rows; operators' rows are performed by `OperatorRowTests`.
struct OperationExampleTests {
    private static let rows = OperationTable.rows.filter { $0.audience == .client }

    @Test(arguments: rows.map(\.id))
    func `every example runs, and answers what its row describes`(id: OperationID) async throws {
        let fixture = try EngineFixture()
        let row = OperationTable.row(id)
        let context = CallContext(.person, now: fixture.now)
        for step in row.example.after { _ = try await fixture.backend.perform(step.id, step.input, in: context) }
        let answer = try await fixture.backend.perform(id, row.example.input, in: context)
        // Of a list, every item has what is described.
        let one = row.answersList ? answer.items?.first : answer
        guard case .object(let members)? = one else {
            Issue.record("\(id.rawValue) answered \(answer.json)")
            return
        }
        let described = Set(row.output.map(\.name))
        if described.contains("type"), described.contains("hiddenFromWidgets") || id == .checkEntitlement {
            // One of the API's two kinds of entitlement: each has its own fields.
            #expect(described.isSuperset(of: members.keys))
        } else if row.nulls == .omitted {
            #expect(described.isSuperset(of: members.keys))
        } else {
            #expect(Set(members.keys) == described, "every described field is there, null or not")
        }
        let announced = try AnnouncedEvents.faults(in: fixture.store)
        #expect(announced.faults == [])
        #expect(announced.types.subtracting(EngineEventTable.rows.map(\.type)) == [])
    }

    @Test(arguments: rows.filter { $0.effect.isWrite && $0.id != .reportEvent }.map(\.id))
    func `a write whose key is repeated answers the same and changes nothing`(id: OperationID) throws {
        let fixture = try EngineFixture()
        let row = OperationTable.row(id)
        for step in row.example.after { try fixture.call(step.id, step.input) }
        let first = try fixture.call(id, row.example.input, key: "run-1/1")
        let dump = try fixture.dump()
        fixture.now = fixture.now.advanced(bySeconds: 60)
        #expect(try fixture.call(id, row.example.input, key: "run-1/1") == first)
        #expect(try fixture.dump() == dump)
    }

    @Test(arguments: rows.filter { $0.effect.isWrite && $0.id != .reportEvent }.map(\.id))
    func `a dry run answers and keeps nothing`(id: OperationID) throws {
        let fixture = try EngineFixture()
        let row = OperationTable.row(id)
        for step in row.example.after { try fixture.call(step.id, step.input) }
        let dump = try fixture.dump()
        let answer = try fixture.call(id, row.example.input, key: "run-1/1", dryRun: true)
        #expect(answer != .null)
        #expect(try fixture.dump() == dump)
    }

    @Test func `the typed call reads its answer`() async throws {
        let fixture = try EngineFixture()
        try fixture.provision()
        let measurement = try await fixture.backend.perform(
            ReportUsage.self,
            UsageReport(customerID: CustomerID("c"), featureID: FeatureID("seats"), value: Amount(3)),
            in: CallContext(.person, now: fixture.now))
        #expect(measurement.currentUsage == Amount(3))
        #expect(measurement.timestamp == fixture.now)
    }

    @Test func `reportEvent without an ingest is refused`() async throws {
        let fixture = try EngineFixture()
        let bare = try Engine(store: fixture.store)
        await #expect(throws: OperationError.self) {
            try await bare.perform(
                .reportEvent, ReportEvent.row.example.input, in: CallContext(.person, now: EngineFixture.start))
        }
    }
}

extension EngineFixture {
    func dump() throws -> StoreDump { try StoreDump(store) }
}
