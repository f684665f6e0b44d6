import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations
import TidemillScripting

/// `tidemill init [DIR]`: a new project that works.
struct InitCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a small working project: configuration, scripts with their test, a delivery.",
        discussion: "Nothing that is there is touched: a folder that has one of the files is refused.")

    @Argument(help: "The folder; it is made where there is none.", completion: .directory)
    var folder: String = "."

    @Option(help: "What it begins with: small (a feature, a plan, a job), or example (credits and recharges, too).")
    var with = ProjectTemplate.small

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        let foreign = Self.foreignScripts(below: root)
        try with.write(to: root)
        let names = with.files.map(\.name)
        output.show([
            "folder": .string(root.path), "files": .array(names.map { .string($0) }),
            "foreignScripts": .array(foreign.map { .string($0) }),
        ]) {
            """
            \(names.joined(separator: "\n"))
            \(Self.note(of: foreign))
            Next:
            \(folder == "." ? "" : "  cd \(folder.shellQuoted)\n")  tidemill test                             # the scripts' own tests
              tidemill ingest deliveries/calls.ndjson   # a delivery; `tidemill usage` tells what it came to
              tidemill run                              # takes what comes into spool/inbox; see it by `tidemill dashboard`
            """
        }
    }
}

extension InitCommand {
    /// Scripts that are there already: a worker takes them with the new ones.
    private static func foreignScripts(below root: URL) -> [String] {
        let folder = ScriptFolder(path: root.appending(path: "scripts").path)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return (folder.read().sources + folder.readTests().sources).map { "scripts/\($0.name)" }.sorted()
    }

    private static func note(of foreign: [String]) -> String {
        guard !foreign.isEmpty else { return "" }
        let rest = foreign.count > 5 ? " and \(foreign.count - 5) more" : ""
        return """

            \(foreign.prefix(5).joined(separator: ", ").escapingControls)\(rest) \(foreign.count == 1 ? "was" : "were") there before and \(foreign.count == 1 ? "is" : "are") part of the project now: \
            all files below scripts/ are one version. `tidemill check` says whether they go together.

            """
    }
}

extension ProjectTemplate {
    /// Writes the files below `root`, and what editors need; refuses a folder that has one of them.
    func write(to root: URL, config: (String) -> String = { $0 }) throws {
        var all = try files + EditorStubs.project()
        for index in all.indices where all[index].name == "config.toml" { all[index].text = config(all[index].text) }
        let taken = all.map(\.name).filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
        guard taken.isEmpty else {
            throw CommandFailure(
                .wrongUse, code: "exists",
                "\(root.relativePath.escapingControls) has \(taken.joined(separator: ", ")) already: name another folder, as in "
                    + "`tidemill init my-project`")
        }
        for file in all { try file.write(below: root) }
    }
}

extension FileManager {
    /// Makes a folder and those above it. A file that stands in its place is told as such.
    func makeFolder(_ url: URL) throws {
        var isFolder = ObjCBool(false)
        if fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw CommandFailure(
                .wrongUse, code: "exists",
                "\(url.relativePath.escapingControls) is a file, where a folder is expected: name another place, or move it away"
            )
        }
        try createDirectory(at: url, withIntermediateDirectories: true)
    }
}

extension ProjectTemplate.File {
    /// A file that came since somebody looked is kept, unless it may be written over.
    func write(below root: URL, over: Bool = false) throws {
        let url = root.appending(path: name)
        try FileManager.default.makeFolder(url.deletingLastPathComponent())
        try Data(text.utf8).write(to: url, options: over ? .atomic : .withoutOverwriting)
    }
}
