import Foundation
import Testing
import TidemillOperations
import TidemillCore
import TidemillScripting

@Suite struct LoadingTests {
    // MARK: - require

    @Test func `lib files load once, by require, and are shared`() throws {
        let rules = try Rules(sources: [
            ScriptSource(name: "a.lua", text: "local c = require 'lib.counter' c.add()"),
            ScriptSource(
                name: "b.lua",
                text:
                    "local c = require 'lib.counter' c.add() mapping { name = 'm', map = function() return { dimensions = { n = c.count() } } end }"
            ),
            ScriptSource(
                name: "lib/counter.lua",
                text:
                    "local n = 0 local up = require 'lib.deep.up' return { add = function() n = up(n) end, count = function() return n end }"
            ),
            ScriptSource(name: "lib/deep/up.lua", text: "return function(n) return n + 1 end"),
        ])
        #expect(try rules.apply() == .mapped([.init(dimensions: ["n": .integer(2)])]))
    }

    static let escapes = [
        "os", "lib", "lib.", "lib..x", "lib/rates", "../lib.rates", "lib.../../etc/passwd", "lib.rates.lua\\0",
        "/etc/passwd", "",
        "lib.ra tes", "filters",
    ]

    @Test(arguments: escapes)
    func `require stays below lib`(_ name: String) throws {
        let error = #expect(throws: ScriptLoadError.self) {
            try Rules(sources: [
                ScriptSource(name: "a.lua", text: "require '\(name)'"), ScriptSource(name: "filters.lua", text: ""),
                ScriptSource(name: "lib/rates.lua", text: "return 1"),
            ])
        }
        #expect(error?.problems.count == 1)
        #expect(
            error?.problems.first?.message.hasPrefix("require takes a name below lib/ such as \"lib.rates\"") == true)
    }

    @Test func `a missing and a circular require say so`() throws {
        let missing = #expect(throws: ScriptLoadError.self) {
            try Rules(sources: [
                ScriptSource(name: "a.lua", text: "require 'lib.rate'"), ScriptSource(name: "lib/rates.lua", text: ""),
            ])
        }
        #expect(
            missing?.problems.map(\.description) == [
                "scripts/a.lua:1: require \"lib.rate\": there is no lib/rate.lua (did you mean lib/rates.lua?)"
            ])
        let circular = #expect(throws: ScriptLoadError.self) {
            try Rules(sources: [
                ScriptSource(name: "a.lua", text: "require 'lib.x'"),
                ScriptSource(name: "lib/x.lua", text: "\nreturn require 'lib.x'"),
            ])
        }
        #expect(
            circular?.problems.map(\.description) == [
                "scripts/lib/x.lua:2: lib/x.lua requires itself, directly or through other files"
            ])
    }

    @Test func `a version is named by names and contents`() {
        let one = ScriptVersionID(of: [ScriptSource(name: "a", text: "bc"), ScriptSource(name: "d", text: "")])
        #expect(one == ScriptVersionID(of: [ScriptSource(name: "d", text: ""), ScriptSource(name: "a", text: "bc")]))
        #expect(one != ScriptVersionID(of: [ScriptSource(name: "ab", text: "c"), ScriptSource(name: "d", text: "")]))
        // From Python's hashlib: each piece after its length, as a little-endian 64-bit number.
        #expect(
            ScriptVersionID(of: [ScriptSource(name: "a", text: "")]).text
                == "49a1af1b982d48d444434b4fdd5a935bad437b5e211cfd8c9f18b975e2cc1e31")
    }

    // MARK: - The folder

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/scripts")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }  // only tidying up
        try body(folder)
    }

    @Test func `a folder is read in path order, without tests, hidden files and what is no Lua`() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "lib"), withIntermediateDirectories: true)
            for (name, text) in [
                ("b.lua", "B"), ("a.lua", "A"), ("lib/x.lua", "X"), ("a_test.lua", "T"), (".#a.lua", "hidden"),
                ("notes.txt", "N"),
            ] {
                try Data(text.utf8).write(to: folder.appending(path: name))
            }
            let contents = ScriptFolder(path: folder.path).read()
            #expect(contents.problems.isEmpty)
            #expect(
                contents.sources == [
                    ScriptSource(name: "a.lua", text: "A"), ScriptSource(name: "b.lua", text: "B"),
                    ScriptSource(name: "lib/x.lua", text: "X"),
                ])
        }
    }

    @Test func `what cannot be taken is reported with its place`() throws {
        try withFolder { folder in
            try Data("ok\nb\u{E9}d".unicodeScalars.map { UInt8($0.value) }).write(
                to: folder.appending(path: "latin.lua"))
            try Data(repeating: 0x20, count: (1 << 20) + 1).write(to: folder.appending(path: "large.lua"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "out.lua").path, withDestinationPath: "/etc/passwd")
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "lib").path, withDestinationPath: "/etc")
            try Data("return 1".utf8).write(to: folder.appending(path: "fine.lua"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "same.lua").path, withDestinationPath: "fine.lua")
            #expect(mkfifo(folder.appending(path: "pipe.lua").path, 0o600) == 0)
            let contents = ScriptFolder(path: folder.path).read()
            #expect(contents.sources.map(\.name) == ["fine.lua", "same.lua"])
            #expect(
                Set(contents.problems.map(\.description)) == [
                    "scripts/latin.lua:2: not valid UTF-8 (save the file as UTF-8)",
                    "scripts/large.lua: larger than 1 MiB",
                    "scripts/out.lua: a link that leaves the scripts folder",
                    "scripts/lib: a link that leaves the scripts folder", "scripts/pipe.lua: not a regular file",
                ])
            let error = #expect(throws: ScriptLoadError.self) { try ScriptLoader().load(contents) }
            #expect(error?.problems.count == 5)
        }
    }

    @Test func `a folder that is not there is a problem`() {
        let contents = ScriptFolder(path: "/nowhere/scripts").read()
        #expect(
            contents.problems.map(\.description) == [
                "/nowhere/scripts: the scripts folder cannot be read (create it, or set scripts.path in config.toml)"
            ])
    }

    @Test func `the fingerprint changes with the files`() throws {
        try withFolder { folder in
            let scripts = ScriptFolder(path: folder.path)
            let empty = scripts.fingerprint()
            try Data("A".utf8).write(to: folder.appending(path: "a.lua"))
            let one = scripts.fingerprint()
            try Data("AB".utf8).write(to: folder.appending(path: "a.lua"))
            let two = scripts.fingerprint()
            try FileManager.default.removeItem(at: folder.appending(path: "a.lua"))
            #expect(Set([empty, one, two]).count == 3)
            #expect(scripts.fingerprint() == empty)
        }
    }

    @Test func `work on a Lua thread runs in order and gives back errors`() async throws {
        struct Odd: Error {}
        let thread = DedicatedThread()
        #expect(try thread.wait { 5 } == 5)
        #expect(throws: Odd.self) { try thread.wait { throw Odd() } }
        #expect(try await thread.run { "x" } == "x")
        let names = Texts()
        for number in 0..<100 { thread.enqueue { names.append("\(number)") } }
        try thread.wait {}
        #expect(names.all == (0..<100).map(String.init))
    }
}
