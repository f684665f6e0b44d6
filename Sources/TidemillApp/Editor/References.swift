import TidemillCore
import TidemillOperations
import TidemillScripting

/// The pages of docs/reference, from the same tables as everything else.
enum References {
    static func files() throws -> [ProjectTemplate.File] {
        [
            ProjectTemplate.File(name: "operations.md", text: operations),
            ProjectTemplate.File(name: "lua.md", text: lua),
            ProjectTemplate.File(name: "events.md", text: events),
            ProjectTemplate.File(name: "config.md", text: try config()),
            ProjectTemplate.File(name: "exit-codes.md", text: exitCodes),
        ]
    }

    private static func head(_ title: String, _ about: String) -> String {
        "# \(title)\n\n\(about) Made from the source by `.ci/reference`.\n"
    }

    private static func table(_ titles: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
        return "\n" + line(titles) + line(titles.map { _ in "---" })
            + rows.map { line($0.map { $0.replacing("|", with: "\\|").oneLine }) }.joined()
    }

    // MARK: - Operations

    private static var operations: String {
        var text = head(
            "Operations",
            """
            What `tidemill call NAME`, scripts (`client.NAME`), deliveries and HTTP may ask. A field in **bold** is required; \
            what is indented belongs to the field above. Beside the errors named, bad input (`BadUserInput`) and a store that \
            cannot be used can happen to each. docs/openapi.json has the same as OpenAPI.
            """)
        var shown: [String: String] = [:]
        for (title, audience) in [
            ("Operations of the API", OperationRow.Audience.client), ("For operators", .operator),
        ] {
            text += "\n# \(title)\n"
            for row in OperationTable.rows where row.audience == audience {
                text += "\n## \(row.id.rawValue)\n\n\(row.summary.oneLine)\n\n"
                text += "\(row.effect.isWrite ? "Writes" : "Reads"). `\(row.route.method.rawValue) \(row.route.path)`"
                text +=
                    row.errors.isEmpty
                    ? "\n" : ". Errors: \(row.errors.map { "`\($0.rawValue)`" }.joined(separator: ", "))\n"
                text += table(["input", "type", "meaning"], rows(row.input))
                let output = table(
                    [row.answersList ? "answers a list of" : "answers", "type", "meaning"], rows(row.output))
                if let other = shown[output] {
                    text += "\nAnswers as [\(other)](#\(other.lowercased())).\n"
                } else {
                    text += output
                    shown[output] = row.id.rawValue
                }
                text += "\n```json\n\(row.example.input.json)\n```\n"
            }
        }
        return text
    }

    private static func rows(_ fields: [FieldDescription], depth: Int = 0) -> [[String]] {
        fields.flatMap { field -> [[String]] in
            let name = field.isRequired ? "**\(field.name)**" : field.name
            let type = field.type + (field.bounds.map { ", \($0)" } ?? "") + (field.isNullable ? "; null clears" : "")
            return [[String(repeating: "&nbsp;&nbsp;", count: depth) + name, type, field.about]]
                + rows(field.fields, depth: depth + 1)
        }
    }

    // MARK: - Lua

    private static var lua: String {
        var text = head(
            "The library of scripts",
            """
            Declarations, functions, and what functions get. `client.NAME`, `client.try.NAME` and `client.each.NAME` are the \
            [operations](operations.md). Types are those of LuaCATS: `?` may be nil. `tidemill stubs` writes all of it for \
            editors; docs/design/scripts.md says why it is as it is.
            """)
        text += "\n## Declarations\n"
        for kind in Declaration.Kind.allCases {
            text += "\n### \(kind.rawValue)\n" + table(["key", "type", "meaning"], kind.members.map(row))
        }
        text += "\n## Functions\n"
        text += table(["function", "returns", "meaning"], LibrarySurface.functions.map { function($0) })
        text += "\n`json.null` is null in JSON; `vars.NAME` is a value of `[vars]` in config.toml.\n"
        text += "\n## What functions get\n"
        for type in LibrarySurface.classes {
            text += "\n### \(type.name)\n\n\(type.about)\n" + table(["field", "type", "meaning"], type.fields.map(row))
            let calls = type.functions.map { function($0) } + type.methods.map { function($0, before: ":") }
            text += table(["function", "returns", "meaning"], calls)
        }
        return text
    }

    private static func row(_ member: LibrarySurface.Member) -> [String] {
        ["`\(member.name)\(member.isOptional ? "?" : "")`", "`\(member.type)`", member.about]
    }

    private static func function(_ function: LibrarySurface.Function, before: String = "") -> [String] {
        let given = function.parameters.map { "\($0.name)\($0.isOptional ? "?" : ""): \($0.type)" }
        return [
            "`\(before)\(function.name)(\(given.joined(separator: ", ")))`",
            function.returns.isEmpty ? "" : "`\(function.returns.joined(separator: ", "))`", function.about,
        ]
    }

    // MARK: - Events

    private static var events: String {
        var text = head(
            "Events of the engine",
            """
            What the engine announces of itself, in the transaction of its cause: jobs and grant rules that are `on` the type \
            are started by it (docs/jobs.md). `tidemill trigger TYPE` drops a webhook of the same shape. Fields in **bold** are \
            always there. Each event has those of the first table, too.
            """)
        text += table(["field", "type", "meaning"], rows(EngineEventRow.common))
        var shown: [String: String] = [:]
        for row in EngineEventTable.rows {
            text += "\n## \(row.type)\n\n\(row.about)\n"
            let fields = table(["field", "type", "meaning"], rows(row.fields))
            if let other = shown[fields] {
                text += "\nFields as of `\(other)`.\n"
            } else {
                text += fields
                shown[fields] = row.type
            }
        }
        return text
    }

    // MARK: - Exit codes

    private static var exitCodes: String {
        head(
            "Exit codes",
            "What every command ends with. With `--json` the document of a failure has a `code` and a `message`.")
            + table(
                ["code", "meaning"],
                [["0", "Done."]] + CommandFailure.Exit.allCases.map { ["\($0.rawValue)", $0.about] })
    }

    // MARK: - Configuration

    private static func config() throws -> String {
        var text = head(
            "Configuration",
            """
            Every key of config.toml with its default; one without has none. The shipped config.toml is the same as a file to \
            copy, and `tidemill schemas` writes it as JSON Schema.
            """)
        var section: String?
        var rows: [[String]] = []
        func flush() {
            guard let section else { return }
            text += (section.isEmpty ? "" : "\n## \(section)\n") + table(["key", "kind", "default", "meaning"], rows)
            rows = []
        }
        for key in try ConfigKey.all() {
            let path = key.sections.map(\.name).joined(separator: ".")
            let isList = key.sections.last?.isList == true
            let own = path.isEmpty ? "" : isList ? "[[\(path)]]" : "[\(path)]"
            if own != section {
                flush()
                section = own
            }
            rows.append(["`\(key.name)`", key.words, key.standard.map { "`\($0.json)`" } ?? "", key.about])
        }
        flush()
        return text
    }
}
