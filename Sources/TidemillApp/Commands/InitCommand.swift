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

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        let files = ProjectTemplate.files.map { (url: root.appending(path: $0.name), file: $0) }
        let taken = files.filter { FileManager.default.fileExists(atPath: $0.url.path) }.map(\.file.name)
        guard taken.isEmpty else {
            throw CommandFailure(
                .wrongUse, code: "exists",
                "\(folder.escapingControls) has \(taken.joined(separator: ", ")) already: name another folder, as in "
                    + "`tidemill init my-project`")
        }
        for (url, file) in files {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            // A file that came since the look is kept, too.
            try Data(file.text.utf8).write(to: url, options: .withoutOverwriting)
        }
        let names = ProjectTemplate.files.map(\.name)
        output.show(["folder": .string(root.path), "files": .array(names.map { .string($0) })]) {
            """
            \(names.joined(separator: "\n"))

            Next:
            \(folder == "." ? "" : "  cd \(folder.shellQuoted)\n")  tidemill test                        # the scripts' own test
              tidemill ingest deliveries/calls.ndjson
              tidemill usage                       # or `tidemill run`: takes what comes into spool/inbox
            """
        }
    }
}
