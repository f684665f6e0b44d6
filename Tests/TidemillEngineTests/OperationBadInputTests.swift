import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillTestSupport

/// Goal: whatever is wrong with any field of any operation, the answer is a bad-input error that names the field, and
/// nothing is written. Method: from the field descriptions of each row, every field of the example is broken in every way
/// that its description forbids, one at a time; containers that the example leaves out are made up with the broken field
/// alone. What a description cannot rule out (a null that means "left out") is performed as a dry run.
struct OperationBadInputTests {
    @Test(arguments: OperationTable.rows.filter { $0.audience == .client }.map(\.id))
    func `a broken field is named, and changes nothing`(id: OperationID) throws {
        let fixture = try EngineFixture()
        let row = OperationTable.row(id)
        for step in row.example.after { try fixture.call(step.id, step.input) }
        // A single event is the short form of `events`.
        let base: Payload = id == .reportEvent ? ["events": [row.example.input]] : row.example.input
        let before = try fixture.dump()
        var failures: [String] = []
        for broken in BrokenInput.all(of: base, row.input) {
            if let failure = judge(id, broken, fixture) { failures.append(failure) }
        }
        #expect(failures.isEmpty, "\(failures.count): \(failures.prefix(12).joined(separator: "\n"))")
        #expect(try fixture.dump() == before, "a refused input has written something")
    }

    private func judge(_ id: OperationID, _ broken: BrokenInput, _ fixture: EngineFixture) -> String? {
        let context = CallContext(.person, now: fixture.now, dryRun: broken.mayWork)
        let what = "\(id.rawValue) with \(broken.how) at '\(broken.path)'"
        do throws(OperationError) {
            _ = try fixture.backend.performNow(id, broken.input, in: context)
            return broken.mayWork ? nil : "\(what) is accepted"
        } catch {
            if broken.mayWork, !error.isStoreFailure { return nil }
            guard error.code == .badUserInput || error.code == .invalidArgument else {
                return "\(what) answers \(error.code.rawValue): \(error.message)"
            }
            return error.message.contains("'\(broken.path)") || error.message.hasSuffix("; and more")
                ? nil : "\(what) is not named: \(error.message)"
        }
    }
}
