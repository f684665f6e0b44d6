import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations

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
        try with.write(to: root)
        let names = with.files.map(\.name)
        output.show(["folder": .string(root.path), "files": .array(names.map { .string($0) })]) {
            """
            \(names.joined(separator: "\n"))

            Next:
            \(folder == "." ? "" : "  cd \(folder.shellQuoted)\n")  tidemill test                             # the scripts' own tests
              tidemill ingest deliveries/calls.ndjson   # a delivery; `tidemill usage` tells what it came to
              tidemill run                              # takes what comes into spool/inbox; see it by `tidemill dashboard`
            """
        }
    }
}

extension ProjectTemplate {
    /// Writes the files below `root`, and what editors need; refuses a folder that has one of them.
    func write(to root: URL) throws {
        let all = try files + EditorStubs.project()
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

extension ProjectTemplate.File {
    /// A file that came since somebody looked is kept, unless it may be written over.
    func write(below root: URL, over: Bool = false) throws {
        let url = root.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url, options: over ? .atomic : .withoutOverwriting)
    }
}
