import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations
import TidemillStore

/// `tidemill backup FILE`: a consistent copy of the store while the worker runs.
struct BackupCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Makes a consistent copy of the store while the worker runs.",
        discussion: """
            The copy is of the moment at which the command began, checked, readable by its owner alone, and there as a \
            whole or not at all. To go back to it, stop the worker and put it in place of the store, without the \
            store's -wal and -shm files.
            """)

    @Argument(help: "Where the copy goes; a name that is not taken.", completion: .file())
    var file: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let bar = ShareBar(output, "copying")
        do {
            try app.store.backup(to: file, progress: { bar.show($0, of: $1) })
        } catch {
            bar.clear()
            throw error
        }
        bar.clear()
        // The copy is made, whatever keeps this from being noted.
        try? app.store.write { try Sequences.set(.backedUpAt, to: app.clock.now.microseconds, on: $0) }
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int64 ?? 0
        output.show(.object(["file": .string(file), "bytes": .integer(size)])) {
            "\(file.escapingControls): \(Figures.grouped(size)) bytes"
        }
    }
}
