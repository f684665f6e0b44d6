import TidemillCore
import TidemillOperations
import TidemillScripting

/// What editors are told of scripts, as LuaCATS definitions: made from the operation table, the table of events and the
/// surface that `check` knows.
enum EditorStubs {
    /// `tidemill.d.lua`, `client.d.lua` and `events.d.lua`.
    static let files: [ProjectTemplate.File] = {
        var types = LuaTypes(taken: LibrarySurface.classes.map(\.name) + ["Number", "Amount", "Null", "Client"])
        return [
            ProjectTemplate.File(name: "tidemill.d.lua", text: library),
            ProjectTemplate.File(name: "client.d.lua", text: client(&types)),
            ProjectTemplate.File(name: "events.d.lua", text: events(&types)),
        ]
    }()

    /// As a new project has them, with the schema of its configuration.
    static func project() throws -> [ProjectTemplate.File] {
        let schema = try JSONSchemas.files().filter { $0.name == "config.schema.json" }
        return (files + schema).map { ProjectTemplate.File(name: ".tidemill/\($0.name)", text: $0.text) }
            + [settings([".tidemill"])]
    }

    /// What makes editors take definitions from these places, and know which of Lua's own library there is.
    static func settings(_ library: [String]) -> ProjectTemplate.File {
        let content: Payload = [
            "runtime.version": "Lua 5.4", "runtime.path": ["?.lua", "scripts/?.lua"],
            "runtime.builtin": ["io": "disable", "os": "disable", "debug": "disable", "package": "disable"],
            "workspace.library": .array(library.map { .string($0) }), "workspace.checkThirdParty": false,
        ]
        return ProjectTemplate.File(name: ".luarc.json", text: content.prettyJSON + "\n")
    }

    private static func head(_ name: String, _ about: String) -> String {
        "---@meta \(name)\n-- \(about) Made by `tidemill stubs`: a change is written over.\n\n"
    }

    // MARK: - The library

    private static var library: String {
        var text = head("tidemill", "The library of scripts.")
        text += """
            ---What amounts may be given as.
            ---@alias tidemill.Number number|string|tidemill.Decimal

            ---Amounts come as numbers, and as texts where a float would lose digits.
            ---@alias tidemill.Amount number|string

            ---In changes it clears a field; in a mapping it takes a dimension away.
            ---@class tidemill.Null


            """
        for type in LibrarySurface.classes { text += definition(of: type) }
        for kind in Declaration.Kind.allCases {
            let name = "tidemill.\(kind.rawValue.capitalizedFirst)Declaration"
            text += "---@class \(name)\n" + kind.members.map(field).joined() + "\n"
            text += "---@param declaration \(name)\nfunction \(kind.rawValue)(declaration) end\n\n"
        }
        text += "---Values of [vars] in config.toml.\n---@type table<string, any>\nvars = {}\n\n"
        let tables = LibrarySurface.functions.compactMap {
            $0.name.contains(".") ? String($0.name.prefix { $0 != "." }) : nil
        }
        var seen: Set<String> = []
        for table in tables where seen.insert(table).inserted {
            // `later` is called, and has a member.
            if let own = LibrarySurface.functions.first(where: { $0.name == table }) {
                text += "---\(own.about)\n---@class tidemill.\(table.capitalizedFirst)\n"
                text += "---@overload fun(\(own.parameters.map { "\($0.name): \($0.type)" }.joined(separator: ", ")))\n"
            }
            text += "\(table) = {}\n\n"
        }
        text +=
            "---Null in JSON: true in a condition, as everything but nil and false.\n---@type tidemill.Null\njson.null = nil\n\n"
        for function in LibrarySurface.functions where !seen.contains(function.name) {
            text += lines(of: function) + "function \(function.name)(\(arguments(function))) end\n\n"
        }
        return text
    }

    private static func definition(of type: LibrarySurface.Class) -> String {
        var text = "---\(type.about)\n---@class tidemill.\(type.name)\n" + type.fields.map(field).joined()
        text += type.operators.map { "---@operator \($0)\n" }.joined()
        text += (type.functions.map { ($0, false) } + type.methods.map { ($0, true) }).map { function, isMethod in
            "---@field \(function.name) \(signature(of: function, self: isMethod ? "tidemill.\(type.name)" : nil)) \(function.about)\n"
        }.joined()
        return text + "\n"
    }

    private static func field(_ member: LibrarySurface.Member) -> String {
        "---@field \(member.name)\(member.isOptional ? "?" : "") \(member.type) \(member.about)\n"
    }

    private static func arguments(_ function: LibrarySurface.Function) -> String {
        function.parameters.map(\.name).joined(separator: ", ")
    }

    private static func signature(of function: LibrarySurface.Function, self receiver: String?) -> String {
        let own = receiver.map { ["self: \($0)"] } ?? []
        let given = function.parameters.map { "\($0.name)\($0.isOptional ? "?" : ""): \($0.type)" }
        let returns = function.returns.isEmpty ? "" : ": \(function.returns.joined(separator: ", "))"
        return "fun(\((own + given).joined(separator: ", ")))\(returns)"
    }

    private static func lines(of function: LibrarySurface.Function) -> String {
        "---\(function.about)\n"
            + function.parameters.map { "---@param \($0.name)\($0.isOptional ? "?" : "") \($0.type) \($0.about)\n" }
            .joined()
            + function.returns.map { "---@return \($0)\n" }.joined()
    }

    // MARK: - Operations

    private static func client(_ types: inout LuaTypes) -> String {
        var calls = """
            ---The operations. A call raises a table `{code, message}`; see `try` and `each`.
            ---@class tidemill.Client
            client = {}

            ---Returns nil and the error in place of raising it.
            client.try = {}

            ---Goes over all pages.
            client.each = {}


            """
        for row in OperationTable.rows where row.isInScripts {
            let name = row.id.rawValue.capitalizedFirst
            let input = types.record(row.input, named: "\(name)Input", .input)
            let output = types.record(row.output, named: "\(name)Output", .output) + (row.answersList ? "[]" : "")
            let isOptional = row.input.contains { $0.isRequired } ? "" : "?"
            let parameter = "---@param input\(isOptional) \(input)\n"
            calls += "---\(row.summary.oneLine)\n"
            if !row.errors.isEmpty {
                calls += "---\n---Errors: \(row.errors.map(\.rawValue).joined(separator: ", "))\n"
            }
            calls += "---\n---```lua\n---client.\(row.id.rawValue) \(row.example.input.luaText)\n---```\n"
            calls += "\(parameter)---@return \(output)\nfunction client.\(row.id.rawValue)(input) end\n\n"
            calls += "\(parameter)---@return \(output)? answer\n---@return tidemill.Error? error\n"
            calls += "function client.try.\(row.id.rawValue)(input) end\n\n"
            guard let page = row.pageField, let field = row.output.first(where: { $0.name == page }) else { continue }
            let items = types.valueType(of: field, in: name, .output)
            let item = items.hasSuffix("[]") ? String(items.dropLast(2)) : "any"
            calls += "\(parameter)---@return fun(): \(item)\nfunction client.each.\(row.id.rawValue)(input) end\n\n"
        }
        return head("tidemill.client", "Every operation that scripts may perform.") + types.definitions() + calls
    }

    // MARK: - Events

    private static func events(_ types: inout LuaTypes) -> String {
        var text = ""
        var names: [String] = []
        for row in EngineEventTable.rows {
            let family = LuaTypes.className(String(row.type.prefix { $0 != "." }))
            let base = types.record(
                Array(EngineEventRow.common.dropFirst()) + row.fields, named: "\(family)Event", .output)
            let name = "tidemill.event.\(LuaTypes.className(row.type))"
            names.append(name)
            text += "---\(row.about)\n---@class \(name): \(base)\n---@field type \"\(row.type)\"\n\n"
        }
        text +=
            "---@alias tidemill.EventType \(EngineEventTable.rows.map { "\"\($0.type)\"" }.joined(separator: "|"))\n\n"
        text += "---@alias tidemill.EngineEvent \(names.joined(separator: "|"))\n"
        return head("tidemill.events", "Webhooks and events of the engine, by their type.") + types.definitions() + text
    }
}
