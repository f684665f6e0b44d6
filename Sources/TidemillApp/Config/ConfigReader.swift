import Foundation
import TidemillCore
import TidemillOperations

/// Collects the problems of one file while its tables are read.
final class ConfigReader {
    let file: String
    let lines: TOMLKeyLines
    let environment: [String: String]
    private(set) var problems: [ConfigProblem] = []
    /// Secrets that are named and not to be had here.
    private(set) var unset: [ConfigProblem] = []
    /// The place of every key that was asked for, also where it is not there; of a list of tables, the first one's.
    private(set) var asked: Set<String> = []

    init(file: String, lines: TOMLKeyLines, environment: [String: String]) {
        self.file = file
        self.lines = lines
        self.environment = environment
    }

    func report(_ code: ConfigProblem.Code, at path: String, _ message: String, hint: String? = nil) {
        problems.append(ConfigProblem(code, file: file, line: lines.line(of: path), message, hint: hint))
    }

    func reportUnset(at path: String, _ message: String, hint: String) {
        unset.append(ConfigProblem(.value, file: file, line: lines.line(of: path), message, hint: hint))
    }

    func ask(_ place: String) { asked.insert(place) }

    /// What is known of the keys that were asked for, in that order: for the reference and the schema.
    private(set) var keys: [ConfigKey] = []

    func note(_ key: ConfigKey) { if !keys.contains(where: { $0.place == key.place }) { keys.append(key) } }

    /// An absolute path, taken from the folder of the file.
    func resolve(_ path: String) -> String {
        let folder = URL(filePath: file).deletingLastPathComponent()
        return URL(filePath: path, relativeTo: folder).standardizedFileURL.path(percentEncoded: false)
    }
}

/// One table being read: every key that is asked for is known, every other one is a problem.
struct ConfigTable {
    let reader: ConfigReader
    let path: String
    private let members: [String: TOMLNode]
    private var known: Set<String> = []

    init(_ members: [String: TOMLNode], at path: String, _ reader: ConfigReader) {
        self.members = members
        self.path = path
        self.reader = reader
    }

    private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private mutating func node(_ key: String) -> TOMLNode? {
        known.insert(key)
        reader.ask(place(key))
        return members[key]
    }

    private mutating func node(_ key: String, _ kind: ConfigKey.Kind, _ standard: Payload?, _ about: String)
        -> TOMLNode?
    {
        reader.note(ConfigKey(place: place(key), kind: kind, standard: standard, about: about))
        return node(key)
    }

    private func expected(_ what: String, for key: String, got node: TOMLNode, hint: String? = nil) {
        let came =
            switch node {
            case .string(let text): "\"\(text.prefix(60))\""
            case .integer(let value): "\(value)"
            case .boolean(let value): "\(value)"
            case .number, .time, .array, .table: node.kind
            }
        reader.report(.value, at: place(key), "\(place(key)) must be \(what), got \(came)", hint: hint)
    }

    /// Keys that nobody asked for, each with the nearest known one.
    func finish() {
        for key in members.keys.sorted() where !known.contains(key) {
            let nearest = Suggestion.nearest(to: key, in: known)
            let hint =
                nearest.map { "did you mean \"\($0)\"?" } ?? "known keys: \(known.sorted().joined(separator: ", "))"
            let where_ = path.isEmpty ? "the configuration" : "[\(path)]"
            reader.report(.unknownKey, at: place(key), "\(where_) has no key \"\(key)\"", hint: hint)
        }
    }

    mutating func table(_ key: String, _ read: (inout ConfigTable) -> Void) {
        // One that is not there has all its defaults.
        let node = node(key) ?? .table([:])
        guard case .table(let members) = node else { return expected("a table, [\(place(key))]", for: key, got: node) }
        var table = ConfigTable(members, at: place(key), reader)
        read(&table)
        table.finish()
    }

    /// A table that means something by being there; whether it is.
    mutating func optionalTable(_ key: String, _ read: (inout ConfigTable) -> Void) -> Bool {
        guard members[key] != nil else {
            known.insert(key)
            return false
        }
        table(key, read)
        return true
    }

    /// What is wrong with the value of a key, in words that follow its name.
    func report(_ key: String, _ what: String, hint: String) {
        reader.report(.value, at: place(key), "\(place(key)) \(what)", hint: hint)
    }

    /// `[[key]]`; nil where there is none.
    mutating func tables<T>(_ key: String, _ read: (inout ConfigTable) -> T) -> [T]? {
        guard let node = node(key) else { return nil }
        guard case .array(let items) = node else {
            expected("a list of tables, [[\(place(key))]]", for: key, got: node)
            return nil
        }
        var result: [T] = []
        for (index, item) in items.enumerated() {
            guard case .table(let members) = item else {
                expected("a list of tables, [[\(place(key))]]", for: key, got: item)
                continue
            }
            var table = ConfigTable(members, at: "\(place(key))[\(index)]", reader)
            result.append(read(&table))
            table.finish()
        }
        return result
    }

    mutating func string(_ key: String, _ value: inout String, _ about: String = "") {
        guard let node = node(key, .text, value.isEmpty ? nil : .string(value), about) else { return }
        guard case .string(let text) = node, !text.isEmpty, !text.utf8.contains(0) else {
            return expected("a text that is not empty", for: key, got: node)
        }
        value = text
    }

    mutating func optionalString(_ key: String, _ value: inout String?, _ about: String = "") {
        var text = ""
        string(key, &text, about)
        if !text.isEmpty { value = text }
    }

    mutating func boolean(_ key: String, _ value: inout Bool, _ about: String = "") {
        guard let node = node(key, .boolean, .boolean(value), about) else { return }
        guard case .boolean(let flag) = node else { return expected("true or false", for: key, got: node) }
        value = flag
    }

    mutating func integer<T: FixedWidthInteger>(
        _ key: String, in bounds: ClosedRange<T>, _ value: inout T, _ about: String = ""
    ) {
        guard
            let node = node(
                key, .integer(Int64(bounds.lowerBound)...Int64(bounds.upperBound)), .integer(Int64(value)), about)
        else { return }
        guard case .integer(let integer) = node, let number = T(exactly: integer), bounds.contains(number) else {
            return expected("an integer from \(bounds.lowerBound) to \(bounds.upperBound)", for: key, got: node)
        }
        value = number
    }

    mutating func percentages<T: FixedWidthInteger>(_ key: String, _ value: inout [T], _ about: String = "") {
        guard let node = node(key, .percentages, .array(value.map { .integer(Int64($0)) }), about) else { return }
        guard case .array(let items) = node else {
            return expected("a list of percentages such as [80, 100]", for: key, got: node)
        }
        var numbers: [T] = []
        for item in items {
            guard case .integer(let number) = item, (0...1000).contains(number) else {
                return expected("a list of whole percentages from 0 to 1000", for: key, got: item)
            }
            numbers.append(T(number))
        }
        value = numbers
    }

    /// An exact percentage, by its digits as they are written.
    mutating func percentage(_ key: String, _ value: inout Amount?, _ about: String = "") {
        guard let node = node(key, .percentage, value.map { Payload($0) }, about) else { return }
        let amount: Amount? =
            switch node {
            case .integer(let number): Amount(Int64(number))
            case .string(let text): Amount(text)
            case .number(let text): text.flatMap { Amount($0) }
            case .boolean, .time, .array, .table: nil
            }
        guard let amount, amount >= .zero, amount <= Amount(100) else {
            return expected(
                "a percentage from 0 to 100", for: key, got: node, hint: "write it as 20 or 7.7")
        }
        value = amount
    }

    mutating func duration(
        _ key: String, in bounds: ClosedRange<Duration>, _ value: inout Duration, _ about: String = ""
    ) {
        guard let node = node(key, .duration(bounds), .string(DurationText.text(value)), about) else { return }
        let range = "from \(DurationText.text(bounds.lowerBound)) to \(DurationText.text(bounds.upperBound))"
        guard case .string(let text) = node, let duration = DurationText.parse(text, in: .configuration) else {
            return expected(
                "a duration \(range)", for: key, got: node,
                hint: "write it as \"30s\", \"50ms\", \"10m\", \"24h\" or \"30d\"")
        }
        guard bounds.contains(duration) else { return expected("a duration \(range)", for: key, got: node) }
        value = duration
    }

    mutating func size<T: FixedWidthInteger>(
        _ key: String, in bounds: ClosedRange<Int64>, _ value: inout T, _ about: String = ""
    ) {
        guard let node = node(key, .size(bounds), .string(ConfigSize.text(Int64(value))), about) else { return }
        guard case .string(let text) = node, let size = ConfigSize.parse(text) else {
            return expected(
                "a size", for: key, got: node, hint: "write it as \"256MiB\", \"64KiB\", \"1GiB\" or \"1024B\"")
        }
        guard bounds.contains(size), let size = T(exactly: size) else {
            return expected("a size from \(bounds.lowerBound)B to \(bounds.upperBound >> 20)MiB", for: key, got: node)
        }
        value = size
    }

    mutating func choice<T: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: inout T, _ about: String = ""
    ) {
        guard let node = node(key, .choice(T.allCases.map(\.rawValue)), .string(value.rawValue), about) else { return }
        guard case .string(let text) = node, let choice = T(rawValue: text) else {
            return expected(Self.oneOf(T.allCases.map(\.rawValue)), for: key, got: node)
        }
        value = choice
    }

    mutating func optionalChoice<T: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: inout T?, _ about: String = ""
    ) {
        guard let node = node(key, .choice(T.allCases.map(\.rawValue)), nil, about) else { return }
        guard case .string(let text) = node, let choice = T(rawValue: text) else {
            return expected(Self.oneOf(T.allCases.map(\.rawValue)), for: key, got: node)
        }
        value = choice
    }

    mutating func choices<T: RawRepresentable<String> & CaseIterable & Hashable>(
        _ key: String, _ value: inout Set<T>, _ about: String = ""
    ) {
        guard
            let node = node(
                key, .choices(T.allCases.map(\.rawValue)),
                .array(T.allCases.filter(value.contains).map { .string($0.rawValue) }), about)
        else { return }
        let names = T.allCases.map(\.rawValue)
        guard case .array(let items) = node, !items.isEmpty else {
            return expected("a list of \(Self.oneOf(names))", for: key, got: node)
        }
        var chosen: Set<T> = []
        for item in items {
            guard case .string(let text) = item, let choice = T(rawValue: text) else {
                var hint: String?
                if case .string(let text) = item {
                    hint = Suggestion.nearest(to: text, in: names).map { "did you mean \"\($0)\"?" }
                }
                return expected("a list of \(Self.oneOf(names))", for: key, got: item, hint: hint)
            }
            chosen.insert(choice)
        }
        value = chosen
    }

    /// A list of names, each of 1 to 255 bytes; 100 at most.
    mutating func names(_ key: String, _ value: inout Set<String>, _ about: String = "") {
        guard let node = node(key, .names, .array(value.sorted().map { .string($0) }), about) else { return }
        guard case .array(let items) = node, items.count <= 100 else {
            return expected("a list of at most 100 names", for: key, got: node)
        }
        var names: Set<String> = []
        for item in items {
            guard case .string(let name) = item, (1...255).contains(name.utf8.count), !name.utf8.contains(0) else {
                return expected("a list of names such as [\"time\"]", for: key, got: item)
            }
            names.insert(name)
        }
        value = names
    }

    /// KEY, KEY_env (a variable) or KEY_file (a path): at most one of them.
    mutating func secret(_ key: String, _ value: inout Secret?, _ about: String = "") {
        var found: [String] = []
        for (name, what) in [
            (key, about), ("\(key)_env", "Names the variable that has it."),
            ("\(key)_file", "Names the file that has it."),
        ] {
            var text = ""
            string(name, &text, what)
            guard !text.isEmpty else { continue }
            found.append(name)
            if name == key {
                value = Secret(text)
            } else if name.hasSuffix("_env") {
                guard let set = reader.environment[text], !set.isEmpty else {
                    reader.reportUnset(
                        at: place(name), "\(place(name)) names the variable \(text), which is not set",
                        hint: "export \(text)")
                    continue
                }
                value = Secret(set)
            } else {
                do {
                    let content = try String(contentsOfFile: reader.resolve(text), encoding: .utf8)
                    value = Secret(content.trimmingCharacters(in: .whitespacesAndNewlines))
                } catch {
                    reader.reportUnset(
                        at: place(name), "\(place(name)) names \(text), which cannot be read",
                        hint: "check path and permissions")
                }
            }
        }
        if found.count > 1 {
            reader.report(
                .conflict, at: place(found[1]),
                "\(found.map { place($0) }.joined(separator: " and ")) give the same secret", hint: "keep one of them")
        }
    }

    /// Whether the file says where the secret is, to be had or not.
    func names(secret key: String) -> Bool {
        [key, "\(key)_env", "\(key)_file"].contains { members[$0] != nil }
    }

    /// As `secret`; KEY_env may name several variables, of which those that are set count: the old and the new one.
    mutating func secrets(_ key: String, _ value: inout [Secret], _ about: String = "") {
        let variables =
            "Names the variable that has it; or a list, of which those count that are set: the old and the new."
        reader.note(ConfigKey(place: place("\(key)_env"), kind: .textOrTexts, standard: nil, about: variables))
        if case .array(let items)? = members["\(key)_env"] {
            _ = node("\(key)_env")
            for item in items.prefix(10) {
                guard case .string(let name) = item else {
                    return expected("a list of the names of variables", for: "\(key)_env", got: item)
                }
                if let set = reader.environment[name], !set.isEmpty { value.append(Secret(set)) }
            }
            if value.isEmpty {
                reader.reportUnset(
                    at: place("\(key)_env"), "\(place("\(key)_env")) names variables of which none is set",
                    hint: "export one of them")
            }
            return
        }
        var one: Secret?
        secret(key, &one, about)
        if let one { value = [one] }
    }

    /// Values of any kind that JSON has.
    mutating func payloads(_ key: String, _ value: inout TextMap<Payload>, _ about: String = "") {
        guard let node = node(key, .anything, nil, about) else { return }
        guard case .table(let members) = node else { return expected("a table, [\(place(key))]", for: key, got: node) }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let payload = member.payload else {
                reader.report(
                    .value, at: "\(place(key)).\(name)",
                    "\(place(key)).\(name) must be a text, number, boolean, list or table, got \(member.kind)",
                    hint: "write dates as text, leave out nan and inf")
                continue
            }
            value[name] = payload
        }
    }

    static func oneOf(_ names: [String]) -> String {
        let quoted = names.map { "\"\($0)\"" }
        return quoted.count < 2
            ? quoted.joined() : "\(quoted.dropLast().joined(separator: ", ")) or \(quoted[quoted.count - 1])"
    }
}
