import Crypto
import Foundation
public import TidemillCore

/// One script as it was read.
public struct ScriptSource: Sendable, Hashable {
    /// The path below the scripts folder: `filters.lua`, `lib/rates.lua`.
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// Files below `lib/` are loaded by `require` only.
    public var isLibrary: Bool { name.hasPrefix("lib/") }
    /// Tests are loaded by `tidemill test` only.
    public var isTest: Bool { name.hasSuffix("_test.lua") }

    /// The same without the call that stands alone in a line, all other lines where they are: what stops there is out of
    /// the way. Nil where a part of something else stands there.
    public func withoutCall(at line: Int) -> ScriptSource? {
        guard let block = try? LuaParser.block(of: text) else { return nil }
        let standing = zip(block.statements, block.lines).filter { $0.1.contains(line) }
        guard standing.count == 1, case .expression = standing[0].0 else { return nil }
        let taken = standing[0].1
        guard block.lines.count(where: { $0.overlaps(taken) }) == 1 else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for number in taken where number <= lines.count { lines[number - 1] = "" }
        return ScriptSource(name: name, text: lines.joined(separator: "\n"))
    }
}

extension ScriptVersionID {
    /// The identity of all scripts together: SHA-256 over names and contents, each with its length, in path order.
    public init(of sources: [ScriptSource]) {
        var hash = SHA256()
        func add(_ text: String) {
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(text.utf8))
        }
        for source in sources.inPathOrder {
            add(source.name)
            add(source.text)
        }
        self.init(hash.finalize().hexadecimal)
    }
}

extension [ScriptSource] {
    /// Bytewise by path: the order in which files are loaded and rules form the pipeline.
    var inPathOrder: [ScriptSource] {
        sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
