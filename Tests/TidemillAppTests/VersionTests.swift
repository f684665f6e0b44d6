import Foundation
import Testing
import TidemillVersion

/// Which Tidemill this is stands in one place; the changelog and Git know it from elsewhere.
struct VersionTests {
    private static let program = Program(config: "config.toml")

    private static func git(_ arguments: String...) throws -> Program.Ended {
        try program.run("/usr/bin/env", ["git", "-C", Program.projectRoot.path] + arguments, input: nil)
    }

    @Test func `the version is the newest of the changelog`() throws {
        let changelog = try String(contentsOf: Program.projectRoot.appending(path: "CHANGELOG.md"), encoding: .utf8)
        let newest = try #require(changelog.split(separator: "\n").first { $0.hasPrefix("## [") })
        #expect(newest.hasPrefix("## [\(TidemillVersion.number)] - "), "\(newest)")
    }

    @Test func `the program names a commit of this tree, and says nothing where there is none`() throws {
        let lines = try Self.program.run("/usr/bin/env", [Program.path, "--version"], input: nil).text
            .split(separator: "\n").map(String.init)
        #expect(lines.count == 2 && lines.last?.hasPrefix("time zones ") == true)
        let said = lines.first ?? ""
        guard FileManager.default.fileExists(atPath: Program.projectRoot.appending(path: ".git").path) else {
            #expect(said == TidemillVersion.number)
            return
        }
        let match = try #require(try /(\S+) \(([0-9a-f]{12,40})\+?\)/.wholeMatch(in: said), "\(said)")
        #expect(match.1 == TidemillVersion.number)
        #expect(try Self.git("cat-file", "-e", "\(match.2)^{commit}").status == 0)
    }
}
