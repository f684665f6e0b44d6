import Testing

@testable import TidemillServer

/// What `diff` prints of the same texts, worked out by hand.
struct SourceDifferenceTests {
    private func shown(_ old: String, _ new: String) -> String {
        SourceDifference(from: old, to: new).lines.map { line in
            switch line.change {
            case .same: " \(line.text)"
            case .added: "+\(line.text)"
            case .removed: "-\(line.text)"
            }
        }.joined(separator: "|")
    }

    @Test(arguments: [
        ("a\nb\nc", "a\nb\nc", " a| b| c"), ("a\nb\nc", "a\nc", " a|-b| c"), ("a\nc", "a\nb\nc", " a|+b| c"),
        ("a\nb\nc", "a\nx\nc", " a|-b|+x| c"), ("", "a", "-|+a"), ("a\na\na", "a\na", " a| a|-a"),
        ("x\na\nb\ny", "x\nb\na\ny", " x|-a| b|+a| y"),
    ])
    func `lines that went and came are told apart`(old: String, new: String, expected: String) {
        #expect(shown(old, new) == expected)
    }

    @Test func `texts that only look alike differ`() {
        #expect(!SourceDifference(from: "name = \"\u{E9}\"", to: "name = \"e\u{301}\"").isEmpty)
    }

    @Test func `a difference shows three lines about each change`() {
        let old = (1...20).map(String.init).joined(separator: "\n")
        let html = SourceDifference(from: old, to: old.replacing("10", with: "<b>")).html.text
        #expect(html.contains("<ins>+ &lt;b&gt;</ins>") && html.contains("<del>− 10</del>"))
        #expect(html.contains("\n  7\n") && html.contains("\n  13\n"))
        #expect(!html.contains("\n  6\n") && !html.contains("\n  14\n"))
    }
}
