import Foundation
import Testing
import TidemillCore
import TidemillScripting
import TidemillStore

@Suite struct ScriptVersionsTests {
    private let good = [
        ScriptSource(name: "a.lua", text: "-- one\n"), ScriptSource(name: "lib/b.lua", text: "return \"é\""),
    ]
    private let bad = [ScriptSource(name: "a.lua", text: "x =")]

    private func withStore(_ body: (_ open: () throws -> SQLiteStore) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // only tidying up
        try body { try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "test") }
    }

    @Test func `the last good version survives a restart with a broken folder`() throws {
        try withStore { open in
            let first = try open()
            try first.write { connection in
                #expect(try ScriptVersions.current(on: connection) == nil)
                try ScriptVersions.save(good, state: .good, now: Timestamp(microseconds: 5), on: connection)
                try ScriptVersions.setCurrent(
                    ScriptVersionID(of: good), now: Timestamp(microseconds: 6), on: connection)
                let problem = ScriptProblem(file: "scripts/a.lua", line: 1, message: "unexpected symbol near <eof>")
                try ScriptVersions.save(
                    bad, state: .broken, problems: [problem], now: Timestamp(microseconds: 7), on: connection)
            }
            try first.close()

            let second = try open()
            let (current, broken) = try second.read { connection in
                (
                    try ScriptVersions.current(on: connection),
                    try ScriptVersions.load(ScriptVersionID(of: bad), on: connection)
                )
            }
            #expect(current?.sources == good)
            #expect(current?.state == .good)
            #expect(current?.createdAt == Timestamp(microseconds: 5))
            #expect(current.map { ScriptVersionID(of: $0.sources) } == ScriptVersionID(of: good))
            #expect(broken?.state == .broken)
            #expect(broken?.problems == "scripts/a.lua:1: unexpected symbol near <eof>")
            try second.close()
        }
    }

    @Test func `saving again keeps one row and the newer state`() throws {
        try withStore { open in
            let store = try open()
            let stored = try store.write { connection in
                try ScriptVersions.save(
                    good, state: .broken,
                    problems: [ScriptProblem(file: "", line: 0, message: "vars.x is not defined")],
                    now: Timestamp(microseconds: 1), on: connection)
                try ScriptVersions.save(good, state: .good, now: Timestamp(microseconds: 2), on: connection)
                return try ScriptVersions.load(ScriptVersionID(of: good), on: connection)
            }
            #expect(stored?.state == .good)
            #expect(stored?.problems == nil)
            #expect(stored?.createdAt == Timestamp(microseconds: 1))
            try store.close()
        }
    }

    @Test func `an unknown version is nil`() throws {
        try withStore { open in
            let store = try open()
            #expect(try store.read { try ScriptVersions.load(ScriptVersionID("none"), on: $0) } == nil)
            try store.close()
        }
    }
}
