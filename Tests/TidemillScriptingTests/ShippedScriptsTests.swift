import Foundation
import Testing
import TidemillOperations
import TidemillScripting

@Suite struct ShippedScriptsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `the shipped scripts load`() throws {
        let contents = ScriptFolder(path: Self.root.appending(path: "scripts").path).read()
        let ruleSet = try ScriptLoader().load(contents)
        #expect(ruleSet.rules.map(\.name) == ["drop-failed", "billed-tokens"])
        #expect(ruleSet.catalog?["features"]?.json.contains("feature-workloads") == true)
    }
}
