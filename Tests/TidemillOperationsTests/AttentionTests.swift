import Foundation
import Testing
import TidemillCore
import TidemillOperations

struct AttentionTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `docs/attention.md has every code in the words of explain, and no other`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/attention.md"), encoding: .utf8)
        let sections = page.split(separator: "\n## ").dropFirst().map(Self.words)
        let expected = AttentionCode.allCases.map { Self.words($0.text) }
        for (section, code) in zip(sections, expected) { #expect(section == code) }
        #expect(sections.count == expected.count)
    }

    /// Without the ends of lines, which are the page's own.
    private static func words(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func `every part that can be paused has a code of its own, and jobs share one`() {
        for part in PauseTarget.parts {
            #expect(AttentionCode(paused: part.rawValue).rawValue == "\(part.rawValue)_paused")
        }
        #expect(AttentionCode(paused: "nightly") == .jobPaused)
        #expect(AttentionCode(paused: "job") == .jobPaused)
    }

    @Test func `codes are words that fit a label and a heading`() {
        for code in AttentionCode.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "_" || ("a"..."z").contains($0) }, "\(code)")
        }
    }
}
