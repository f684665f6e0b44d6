import ArgumentParser
import Foundation
import TidemillCore
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
        try Self.refuse(root, within: try? options.loadConfig().scripts.path)
        let settings = EditorStubs.settings(EditorStubs.files.map(\.name))
        try output.showWritten(EditorStubs.files, to: root)
        guard !FileManager.default.fileExists(atPath: root.appending(path: settings.name).path) else { return }
        try settings.write(below: root)
    }
}

extension StubsCommand {
    /// A folder of scripts is not for what is written anew by a command.
    private static func refuse(_ root: URL, within scripts: String?) throws {
        // Without a configuration nobody knows where scripts are: a folder that has some is one.
        let folder = scripts.map { URL(filePath: $0, directoryHint: .isDirectory).standardizedFileURL.path }
        let place = root.standardizedFileURL.path
        let isWithin = folder.map { place == $0 || place.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") } ?? false
        let own = FileManager.default.enumerator(atPath: root.path)?.prefix(1000).compactMap { $0 as? String }
            .first { $0.hasSuffix(".lua") && !$0.hasSuffix(".d.lua") }
        guard isWithin || own != nil else { return }
        let why = isWithin ? "is the folder of the scripts, or below it" : "has scripts, such as \(own ?? "")"
        throw CommandFailure(
            .wrongUse, code: "scripts",
            "\(root.relativePath.escapingControls) \(why.escapingControls): definitions are written anew each time and are no scripts; name another folder, as in `tidemill stubs .tidemill`"
        )
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
