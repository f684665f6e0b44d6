import Foundation
import TidemillCore
import TidemillOperations

/// Reads the options of a declaration whose shape is checked; collects what its values say wrongly, in words.
struct DeclarationReading {
    private let options: TextMap<Payload>
    /// `'jitter' must be …`, each with a hint where there is one.
    private(set) var problems: [(message: String, hint: String?)] = []

    init(_ declaration: Declaration) {
        options = declaration.options
    }

    mutating func job(_ declaration: Declaration) -> JobDeclaration {
        var job = JobDeclaration(name: declaration.name, file: declaration.file, line: declaration.line)
        job.schedule = options["schedule"]?.text
        job.timezone = timezone()
        if let file = options["on"]?["file"]?.text {
            job.files = NamePattern(file, isEventType: false)
        } else {
            job.on = patterns()
        }
        job.source = word("source")
        job.overlap = word("overlap") ?? job.overlap
        if let catchUp = options["catchup"] {
            job.catchUp.window = duration(catchUp["window"], "catchup.window") ?? job.catchUp.window
            job.catchUp.mode = (catchUp["mode"]?.text).flatMap { .init(rawValue: $0) } ?? job.catchUp.mode
        }
        job.jitter = duration(options["jitter"], "jitter")
        job.serial = serial()
        job.timeout = duration(options["timeout"], "timeout") ?? job.timeout
        if let retries = options["retries"] { job.retries = self.retries(retries) }
        if case .array(let names) = options["operations"] { job.operations = operations(names) }
        job.isEnabled = options["enabled"] != .boolean(false)
        return job
    }

    mutating func recharge(_ declaration: Declaration) -> RechargeDeclaration {
        RechargeDeclaration(
            name: declaration.name, file: declaration.file, line: declaration.line,
            currencyID: options["currency"]?.text ?? "")
    }

    mutating func grant(_ declaration: Declaration) -> GrantDeclaration {
        GrantDeclaration(
            name: declaration.name, file: declaration.file, line: declaration.line, on: patterns(),
            source: word("source"), schedule: options["schedule"]?.text, timezone: timezone(),
            existing: word("existing") ?? .keep)
    }

    // MARK: - Options

    private func word<Word: RawRepresentable<String>>(_ name: String) -> Word? {
        options[name]?.text.flatMap { Word(rawValue: $0) }
    }

    private func serial() -> JobDeclaration.Serial? {
        switch options["serial"] {
        case .string: .customer
        case .boolean(true): .all
        default: nil
        }
    }

    private mutating func patterns() -> [NamePattern] {
        let names: [String] =
            switch options["on"] {
            case .string(let name): [name]
            case .array(let items): items.compactMap(\.text)
            default: []
            }
        if names.contains(where: { $0.isEmpty || $0.utf8.count > 255 }) {
            problems.append(("'on' must name types of 1 to 255 bytes", nil))
        }
        return names.map { NamePattern($0) }
    }

    private mutating func timezone() -> String? {
        guard let name = options["timezone"]?.text else { return nil }
        if Zone(identifier: name) == nil { problems.append(("'timezone': \(Zone.problem(name))", nil)) }
        return name
    }

    private mutating func duration(_ value: Payload?, _ name: String) -> Duration? {
        guard let text = value?.text else { return nil }
        if let duration = DurationText.parse(text), duration > .zero { return duration }
        problems.append(("'\(name)' must be \(DurationText.expectation)", nil))
        return nil
    }

    private mutating func retries(_ value: Payload) -> JobDeclaration.Retries {
        var retries = JobDeclaration.Retries()
        if let max = value["max"] {
            if case .integer(let count) = max, (0...1000).contains(count) {
                retries.max = Int(count)
            } else {
                problems.append(("'retries.max' must be a whole number from 0 to 1000", nil))
            }
        }
        retries.first = duration(value["first"], "retries.first") ?? retries.first
        retries.cap = duration(value["cap"], "retries.cap") ?? retries.cap
        let factor: Double? =
            switch value["factor"] {
            case .integer(let whole): Double(exactly: whole)
            case .number(let digits): Double(digits)
            default: retries.factor
            }
        if let factor, (1...100).contains(factor) {
            retries.factor = factor
        } else {
            problems.append(("'retries.factor' must be a number from 1 to 100", nil))
        }
        return retries
    }

    private mutating func operations(_ names: [Payload]) -> Set<OperationID> {
        var result: Set<OperationID> = []
        for name in names.compactMap(\.text) {
            if let operation = OperationID(rawValue: name) {
                let row = OperationTable.row(operation)
                if row.isInScripts {
                    result.insert(operation)
                } else {
                    problems.append(("'operations': \(row.refused("in scripts").message)", nil))
                }
                continue
            }
            let known = OperationTable.rows.filter(\.isInScripts).map(\.id.rawValue)
            let near = Suggestion.nearest(to: name, in: known)
            problems.append(
                ("'operations' names no operation \"\(name.prefix(80))\"", near.map { "did you mean \"\($0)\"?" }))
        }
        return result
    }
}
