import ArgumentParser
import Foundation
import TidemillOperations

/// `tidemill stubs DIR`: what editors need to know of scripts.
struct StubsCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "stubs",
        abstract: "Writes definitions for editors: what scripts may say, with types, examples and errors.",
        discussion: """
            LuaCATS files for lua-language-server, and a .luarc.json that names them where there is none. `tidemill init` \
            puts them into .tidemill; after an update `tidemill stubs .tidemill` makes them anew.
            """)

    @Argument(help: "The folder; it is made where there is none. Not one below scripts.path.")
    var folder: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        let settings = EditorStubs.settings(EditorStubs.files.map(\.name))
        try output.showWritten(EditorStubs.files, to: root)
        guard !FileManager.default.fileExists(atPath: root.appending(path: settings.name).path) else { return }
        try settings.write(below: root)
    }
}

extension Output {
    /// Writes files anew, and says which.
    func showWritten(_ files: [ProjectTemplate.File], to root: URL) throws {
        for file in files { try file.write(below: root, over: true) }
        show(["folder": .string(root.path), "files": .array(files.map { .string($0.name) })]) {
            files.map { root.appending(path: $0.name).relativePath }.joined(separator: "\n")
        }
    }
}
