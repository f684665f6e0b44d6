import TOMLKit
import TidemillCore
import TidemillOperations

/// What is known of a key of the configuration: for the reference and the schema.
struct ConfigKey {
    enum Kind {
        case text
        case textOrTexts
        case boolean
        case integer(ClosedRange<Int64>)
        case percentages
        case percentage
        case duration(ClosedRange<Duration>)
        case size(ClosedRange<Int64>)
        case choice([String])
        case choices([String])
        case names
        /// A table of values of any kind.
        case anything
    }

    /// `spool.inbox[0].path`: lists of tables by their first one.
    let place: String
    let kind: Kind
    /// Nil where leaving it out means something of its own.
    let standard: Payload?
    let about: String

    /// Every key that the program reads, in the order of the shipped file.
    static func all() throws -> [ConfigKey] {
        try AppConfig.reading("[[spool.inbox]]\n[http]\n[[http.key]]\n[[http.webhook]]\n").keys
    }

    /// The sections of the place, `spool` and `inbox`, and whether it is one of a list; and the key's own name.
    var sections: [(name: String, isList: Bool)] {
        place.split(separator: ".").dropLast().map {
            ($0.hasSuffix("[0]") ? String($0.dropLast(3)) : String($0), $0.hasSuffix("[0]"))
        }
    }
    var name: String { place.split(separator: ".").last.map(String.init) ?? place }

    /// What may be given, in words.
    var words: String {
        switch kind {
        case .text: "text"
        case .textOrTexts: "text, or a list of texts"
        case .boolean: "boolean"
        case .integer(let bounds): "integer, \(bounds.lowerBound) to \(bounds.upperBound)"
        case .percentages: "list of percentages"
        case .percentage: "percentage"
        case .duration(let bounds):
            "duration, \(DurationText.text(bounds.lowerBound)) to \(DurationText.text(bounds.upperBound))"
        case .size(let bounds): "size, \(ConfigSize.text(bounds.lowerBound)) to \(ConfigSize.text(bounds.upperBound))"
        case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .choices(let names): "list of " + names.map { "`\($0)`" }.joined(separator: ", ")
        case .names: "list of names"
        case .anything: "table of values"
        }
    }

    /// As JSON Schema 2020-12.
    var schema: Payload {
        var members: TextMap<Payload> =
            switch kind {
            case .text: ["type": "string", "minLength": 1]
            case .textOrTexts: ["type": ["string", "array"], "minLength": 1, "items": ["type": "string"]]
            case .boolean: ["type": "boolean"]
            case .integer(let bounds):
                ["type": "integer", "minimum": .integer(bounds.lowerBound), "maximum": .integer(bounds.upperBound)]
            case .percentages: ["type": "array", "items": ["type": "integer", "minimum": 0, "maximum": 1000]]
            case .percentage: ["type": ["number", "string"], "minimum": 0, "maximum": 100]
            case .duration: ["type": "string", "pattern": "^[0-9.]+ *[a-z]+( +[0-9.]+ *[a-z]+)*$"]
            case .size: ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|TiB)$"]
            case .choice(let names): ["enum": .array(names.map { .string($0) })]
            case .choices(let names):
                ["type": "array", "minItems": 1, "items": ["enum": .array(names.map { .string($0) })]]
            case .names: ["type": "array", "maxItems": 100, "items": ["type": "string", "minLength": 1]]
            case .anything: ["type": "object"]
            }
        if !about.isEmpty { members["description"] = .string(about) }
        if let standard { members["default"] = standard }
        return .object(members)
    }
}

extension AppConfig {
    /// A reader that has read `text`.
    static func reading(_ text: String) throws -> ConfigReader {
        let reader = ConfigReader(file: "config.toml", lines: TOMLKeyLines(text), environment: [:])
        guard case .table(let members) = TOMLNode(try TOMLTable(string: text)) else { return reader }
        var root = ConfigTable(members, at: "", reader)
        var config = AppConfig()
        config.read(&root)
        return reader
    }
}
