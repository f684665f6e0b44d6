import Foundation
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillScripting

/// What editors and the reference say of scripts (packaging/lua, docs/reference/lua.md) against what `check` knows and the
/// loaded library has.
struct SurfaceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func stub(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "packaging/lua/\(name).d.lua"), encoding: .utf8)
    }

    private func told(_ text: String) throws -> [String] {
        let library = try ScriptLoader(vars: [:]).load([ScriptSource]())
        return ScriptInspection(
            of: [ScriptSource(name: "a.lua", text: text)], library: library, jobs: ["j"], folderName: "scripts"
        ).problems.map(\.description)
    }

    @Test(arguments: ["tidemill", "client", "events"]) func `definitions are Lua`(name: String) throws {
        let text = try Self.stub(name)
        #expect(text.hasPrefix("---@meta "))
        #expect(throws: Never.self) { try LuaParser.block(of: text) }
    }

    @Test func `every operation that scripts have is defined, below try and each as well, and no other`() throws {
        let text = try Self.stub("client")
        let defined = text.matches(of: #/function client\.((?:try\.|each\.)?\w+)\(input\) end/#).map { String($0.1) }
        let rows = OperationTable.rows.filter(\.isInScripts)
        let expected = rows.flatMap { row in
            [row.id.rawValue, "try.\(row.id.rawValue)"] + (row.isPaged ? ["each.\(row.id.rawValue)"] : [])
        }
        #expect(defined.sorted() == expected.sorted())
        for row in rows {
            #expect(text.contains("---\(row.summary)\n"), "\(row.id.rawValue)")
            for field in row.input {
                #expect(text.contains("---@field \(field.name)"), "\(row.id.rawValue).\(field.name)")
            }
        }
    }

    @Test(arguments: ["json", "later", "log", "lookup", "state", "time"])
    func `a table of the library has the functions that the surface lists`(table: String) throws {
        // Whoever asks for what there is not is told what there is.
        let message = try #require(try told("job { name = 'j', run = function() \(table).zzzzzzzzzz() end }").first)
        let there = try #require(message.split(separator: "there are ").last).split(separator: ", ").map(String.init)
        let listed = LibrarySurface.functions.filter { $0.name.hasPrefix("\(table).") }.map {
            $0.name.dropFirst(table.count + 1)
        }
        #expect((listed.map(String.init) + (table == "json" ? ["null"] : [])).sorted() == there.sorted(), "\(message)")
    }

    @Test func `every function of the surface is there, and in the definitions`() throws {
        let text = try Self.stub("tidemill")
        for function in LibrarySurface.functions where function.name != "test" {
            #expect(
                try told("job { name = 'j', run = function() return \(function.name) end }") == [], "\(function.name)")
            let isTable = function.name == "later"
            #expect(text.contains(isTable ? "later = {}" : "function \(function.name)("), "\(function.name)")
        }
    }

    @Test func `every option of a declaration, and every member of what functions get, is in the definitions`() throws {
        let text = try Self.stub("tidemill")
        for kind in Declaration.Kind.allCases {
            #expect(text.contains("function \(kind.rawValue)(declaration) end"))
            for option in kind.options {
                #expect(
                    text.contains("---@field \(option.name)\(option.isRequired ? "" : "?") "), "\(kind) \(option.name)")
            }
        }
        for value in [KnownValue.event, .wallet, .trigger, .run, .decimal] {
            #expect(!(value.fields + value.functions).isEmpty)
            for name in value.fields + value.functions {
                #expect(text.firstMatch(of: try Regex("---@field \(name)\\?? ")) != nil, "\(value) \(name)")
            }
        }
    }

    @Test func `a test has what the surface lists`() throws {
        let source = try String(contentsOf: Self.root.appending(path: "Sources/CLuaSupport/tests.inc"), encoding: .utf8)
        let effects = source.matches(of: #/(\w+) = effect \\"test\.(?:payments\.)?\w+\\"/#).map { String($0.1) }
        let own = source.matches(of: #/function t\.(\w+)\(/#).map { String($0.1) }
        let listed = (LibrarySurface.testWorld.functions + LibrarySurface.payments.functions).map(\.name)
        #expect(Set(listed) == Set(effects + own))
    }

    @Test func `every event of the engine is defined with its type`() throws {
        let text = try Self.stub("events")
        for row in EngineEventTable.rows { #expect(text.contains("---@field type \"\(row.type)\"\n"), "\(row.type)") }
        #expect(Set(EventTypes.known).isSuperset(of: EngineEventTable.rows.map(\.type)))
    }
}
