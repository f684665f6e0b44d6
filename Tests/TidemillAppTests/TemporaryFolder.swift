import Foundation

/// A folder of its own for one test, removed with it.
final class TemporaryFolder: Sendable {
    let root: String

    init() throws {
        root = NSTemporaryDirectory() + "tidemill-" + UUID().uuidString.lowercased()
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit {
        // What cannot be removed is left to the system's cleaning of its temporary files.
        try? FileManager.default.removeItem(atPath: root)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Writes a file at once: to a hidden name first, then renamed.
    func write(_ name: String, _ data: Data) throws {
        let url = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        let hidden = url.deletingLastPathComponent().appending(path: ".\(UUID().uuidString)")
        try data.write(to: hidden)
        guard rename(hidden.path, url.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// The names in a folder, sorted, hidden ones left out; none where there is no folder.
    func names(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: path(folder)) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { !$0.hasPrefix(".") }.sorted()
    }
}
