import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// What the pages tell to type: each command is there with its options, each piece of configuration is one. Scripts in pages
/// are held by `ScriptInspectionTests` and `ExampleScriptTests`.
struct DocumentedSnippetTests {
    /// README.md and every page of docs/, by their names.
    private static func pages() throws -> [(name: String, text: String)] {
        let root = Program.projectRoot
        let found = FileManager.default.enumerator(at: root.appending(path: "docs"), includingPropertiesForKeys: nil)
        let files = (found?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "md" }
        return try (files + ["README.md", "CONTRIBUTING.md"].map { root.appending(path: $0) }).map {
            ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }
    }

    private static func blocks(_ page: String, of language: String) -> [String] {
        page.split(separator: "```\(language)\n", omittingEmptySubsequences: false).dropFirst()
            .compactMap { $0.split(separator: "```").first.map(String.init) }
    }

    /// A command with the words that lead to it, as the program describes itself.
    private struct Described {
        var options: Set<String> = []
        var commands: [String: Described] = [:]

        init(_ command: Payload) {
            for argument in command["arguments"]?.items ?? [] {
                for name in argument["names"]?.items ?? [] {
                    if name["kind"] == "long", let text = name["name"]?.text { options.insert(text) }
                }
            }
            for inner in command["subcommands"]?.items ?? [] {
                if let name = inner["commandName"]?.text { commands[name] = Described(inner) }
            }
        }
    }

    /// What is wrong with a command line; the words behind `tidemill`.
    private static func fault(_ line: Substring, _ program: Described) -> String? {
        var command = program
        let words = line.split { $0 == " " || $0 == "[" || $0 == "]" || $0 == "|" }
        guard let first = words.first, first.first?.isLowercase == true else { return nil }
        guard let named = program.commands[String(first)] else { return "there is no command \(first)" }
        command = named
        for word in words.dropFirst() {
            guard let inner = command.commands[String(word)] else { break }
            command = inner
        }
        // Of a command with commands of its own, whose options those are is not said.
        let known = command.options.union(command.commands.values.flatMap(\.options))
        for option in line.matches(of: #/(?:^|[ \[|])--([a-z-]+)/#).map({ String($0.1) }) where !known.contains(option)
        {
            return "\(first) has no option --\(option)"
        }
        return nil
    }

    /// The command lines of a page: in running text, in indented lines, and in blocks of a shell.
    private static func commands(_ page: String) -> [Substring] {
        let spoken = page.matches(of: #/`tidemill ([^`\n]+)`/#).map { $0.1 }
        let typed = page.matches(of: #/(?m)^(?: {4}|\$ |)tidemill ([^\n]+)$/#).map { $0.1 }
        return (spoken + typed).map { line in
            let end =
                ["#", "&&", ";", "…", ">", "<"].compactMap { line.range(of: " \($0)")?.lowerBound }.min()
                ?? line.endIndex
            return line[..<end]
        }
    }

    @Test func `every command of the pages is there, with its options`() throws {
        let dump = try Program(config: "config.toml").run(Program.path, ["--experimental-dump-help"], input: nil)
        let program = Described(try #require(try dump.json()["command"], "\(dump.err)"))
        #expect(program.commands.count > 30)
        var count = 0
        for page in try Self.pages() {
            for line in Self.commands(page.text) {
                count += 1
                let fault = Self.fault(line, program)
                #expect(fault == nil, "\(page.name): tidemill \(line): \(fault ?? "")")
            }
        }
        #expect(count > 150)
    }

    @Test func `every piece of configuration of the pages is read without a problem`() throws {
        var count = 0
        for page in try Self.pages() {
            for block in Self.blocks(page.text, of: "toml") {
                count += 1
                let names = block.matches(of: #/"([A-Z_]{4,})"/#).map {
                    (String($0.1), String(repeating: "k", count: 40))
                }
                #expect(throws: Never.self, "\(page.name): \(block)") {
                    try AppConfig.parse(block, file: "/t/config.toml", environment: Dictionary(names) { $1 })
                }
            }
        }
        #expect(count >= 3)
    }

    @Test func `every JSON of the pages is JSON`() throws {
        for page in try Self.pages() where page.name != "records.md" {
            for block in Self.blocks(page.text, of: "json") {
                #expect(throws: Never.self, "\(page.name): \(block.prefix(200))") { try Payload(json: block) }
            }
        }
    }

    @Test func `the index of the pages has each of them`() throws {
        let index = try String(contentsOf: Program.projectRoot.appending(path: "docs/README.md"), encoding: .utf8)
        for page in try Self.pages() where !["README.md", "CONTRIBUTING.md"].contains(page.name) {
            #expect(index.contains("\(page.name))"), "docs/README.md does not link \(page.name)")
        }
    }
}
