import Foundation

/// Tests/Fixtures/instants.tsv: what every reader and writer of instants is held to, whatever language it is written in.
public enum InstantVectors {
    /// `text` is nil where `input` is no instant.
    public static func all() throws -> [(input: String, text: String?)] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try String(contentsOf: root.appending(path: "Tests/Fixtures/instants.tsv"), encoding: .utf8)
        return file.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "\t")
            return (String(parts[0]), parts[1] == "-" ? nil : String(parts[1]))
        }
    }
}
