import ArgumentParser
import Foundation

/// `tidemill schemas DIR`: what the program reads and writes, for other programs.
struct SchemasCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "schemas",
        abstract: "Writes JSON Schemas of config.toml, of records, and of what is answered and printed.",
        discussion: """
            config.schema.json, records.schema.json, result.schema.json (NAME.result.json beside a done file) and \
            error.schema.json (what --json prints of a failure); output/COMMAND.schema.json, what --json prints of each \
            command. Operations: `tidemill operations --openapi`. Editors find \
            the first by `#:schema PATH` at the head of config.toml; `tidemill init` writes both.
            """)

    @Argument(help: "The folder; it is made where there is none.")
    var folder: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        try output.showWritten(
            JSONSchemas.files() + OutputSchemas.files(), to: URL(filePath: folder, directoryHint: .isDirectory))
    }
}

/// `tidemill reference DIR`: the pages of docs/reference, for whoever builds the program.
struct ReferenceCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Writes the pages of docs/reference.", shouldDisplay: false)

    @Argument(help: "The folder.")
    var folder: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        try output.showWritten(References.files(), to: URL(filePath: folder, directoryHint: .isDirectory))
    }
}
