import CLuaSupport
import Foundation
import TidemillCore
import TidemillOperations

/// Reads the functions of scripts without running them: names that there are not, and what calls and answers say wrongly by
/// themselves. Only what is certain is reported: a run that comes there would be told the same.
public struct ScriptInspection {
    private let library: RuleSet
    private let jobs: [String]?
    private let folderName: String
    public private(set) var problems: [ScriptProblem] = []
    private var seen: Set<ScriptProblem> = []
    private var ids = CatalogIDInspection()

    /// - Parameters:
    ///   - library: a loaded state: its names are those that there are.
    ///   - jobs: the names that `later` may name; nil: they are not known.
    public init(of sources: [ScriptSource], library: RuleSet, jobs: [String]?, folderName: String) {
        self.init(library: library, jobs: jobs, folderName: folderName)
        for source in sources.inPathOrder { inspect(source) }
    }

    /// Ids that are close to one of the catalog's and are none: by their place they may be right all the same.
    /// - Parameter known: the ids that there are, beside those that the scripts make by calls.
    public func warnings(known: CatalogIDs) -> [ScriptProblem] { ids.warnings(known: known) }

    private init(library: RuleSet, jobs: [String]?, folderName: String) {
        self.library = library
        self.jobs = jobs
        self.folderName = folderName
    }

    private mutating func inspect(_ source: ScriptSource) {
        // What is no Lua is told by whoever loads it.
        guard let block = try? LuaParser.block(of: source.text) else { return }
        let file = "\(folderName)/\(source.name)"
        let found = problems.count
        let names = ScriptNames.found(in: block)
        let uses = names.library
        let limits = Self.limits(uses)
        let deciding = Self.deciding(uses).merging(names.deciding) { own, _ in own }
        let nulls = uses.filter { $0.name.text == "json.null" }.map(\.line)
        for use in uses {
            if source.isTest, use.name.path == ["test"] { continue }
            if let problem = probe(use.name.path, file, use.line) {
                // What a function hands on is told where it stands.
                if !use.isForwarded { report(problem) }
                continue
            }
            if case .called = use.kind, let refusal = use.functions.lazy.compactMap({ names.refusing[$0] }).first,
                refusal.refuses(use.name.path)
            {
                report(ScriptProblem(file: file, line: use.line, message: refusal.message(use.name.text)))
                continue
            }
            if let message = Self.misuse(use, use.functions.lazy.compactMap { deciding[$0] }.first) {
                report(ScriptProblem(file: file, line: use.line, message: message))
                continue
            }
            if let operation = use.name.operation, let allowed = use.functions.lazy.compactMap({ limits[$0] }).first,
                !allowed.contains(operation.rawValue), OperationTable.row(operation).isInScripts
            {
                let message =
                    "\(use.name.text): the job's 'operations' do not list it; add \"\(operation.rawValue)\""
                report(ScriptProblem(file: file, line: use.line, message: message))
            }
            guard case .called(let arguments) = use.kind else { continue }
            var call = CallInspection(
                name: use.name.path, arguments: arguments, line: use.line, jobs: jobs,
                isNull: { $0.isJSONNull && nulls.contains($0.line) })
            call.inspect()
            for (line, message) in call.findings {
                report(ScriptProblem(file: file, line: line, message: message))
            }
            ids.look(at: use, file)
            if let arguments = call.asked, let problem = probe(use.name.path, file, use.line, arguments) {
                report(problem)
            }
        }
        for use in names.members {
            if use.isCalled, let name = use.value.effect(use.member),
                let refusal = use.functions.lazy.compactMap({ names.refusing[$0] }).first
            {
                report(ScriptProblem(file: file, line: use.line, message: refusal.message(name)))
            }
            inspect(use, file)
        }
        for call in names.indirect where names.refusing[call.function] == nil && deciding[call.function] == nil {
            guard let message = Self.refused(call, names.refusing, deciding) else { continue }
            let by = "'\(call.name)' calls it in line \(call.effect.line)"
            report(ScriptProblem(file: file, line: call.line, message: "\(message); \(by)"))
        }
        problems[found...].sort { $0.line < $1.line }
    }

    // MARK: - Where names do not belong

    /// The tables of the library: what they have are functions that do not take the table itself.
    private static let tables: Set<String> = [
        "client", "json", "later", "log", "lookup", "math", "state", "string", "table", "time", "utf8",
    ]
    /// Why a call of a function of the source is refused what it comes to.
    private static func refused(
        _ call: IndirectEffect, _ refusing: [ObjectIdentifier: EffectRefusal],
        _ deciding: [ObjectIdentifier: KnownValue]
    ) -> String? {
        if let refusal = call.functions.lazy.compactMap({ refusing[$0] }).first {
            return refusal.message(call.effect.name.text)
        }
        return misuse(call.effect, call.functions.lazy.compactMap { deciding[$0] }.first)
    }

    /// What is wrong with a name that there is. `given`: what the function around it gets that decides only.
    private static func misuse(_ use: LibraryUse, _ given: KnownValue?) -> String? {
        guard let first = use.name.path.first else { return nil }
        let name = use.name.text
        if case .method = use.kind, tables.contains(first) {
            let table = use.name.path.dropLast().joined(separator: ".")
            let member = use.name.path.last ?? ""
            return
                "\(table):\(member) gives \(member) the table \(table) as its first value; write \(name) with a point"
        }
        guard case .called = use.kind, let given, let refusal = given.refusal else { return nil }
        if use.name.path == ["math", "random"] {
            return given == .event
                ? "math.random is not available in filters and mappings: the same event must always give the same answer"
                : "math.random is not available in policies and grant rules: the same input must always give the same answer"
        }
        guard LibraryName.effects.contains(first) else { return nil }
        let belongs = first == "client" ? "operations are called in jobs" : "it belongs to jobs"
        return "\(name) is not available here: \(belongs); \(refusal)"
    }

    /// The functions that decide only, each with what it gets.
    private static func deciding(_ uses: [LibraryUse]) -> [ObjectIdentifier: KnownValue] {
        var deciding: [ObjectIdentifier: KnownValue] = [:]
        for use in uses where use.name.path.count == 1 {
            guard case .called(let arguments) = use.kind, let fields = arguments.first?.table else { continue }
            for field in fields {
                guard case .name(let key) = field.key, case .function(let function) = field.value.kind,
                    let given = KnownValue.given(to: key, of: use.name.path[0]), given.refusal != nil
                else { continue }
                deciding[ObjectIdentifier(function)] = given
            }
        }
        return deciding
    }

    /// A field that is near one that there is is misspelt; a function that there is not cannot be called.
    private mutating func inspect(_ use: ValueUse, _ file: String) {
        if use.value == .text {
            if use.isCalled, let problem = probe(["string", use.member], file, use.line) { report(problem) }
            return
        }
        let known = use.value.fields + use.value.functions
        if let arguments = use.arguments, let name = use.value.effect(use.member) {
            var call = CallInspection(
                name: name.split(separator: ".").map(String.init), arguments: arguments, line: use.line, jobs: jobs,
                isNull: { _ in false })
            call.inspect()
            for (line, message) in call.findings {
                report(ScriptProblem(file: file, line: line, message: message))
            }
        }
        guard !known.contains(use.member) else { return }
        let isFunction = use.isCalled && !use.value.functions.isEmpty
        let elsewhere = use.value.elsewhere
        let near = Suggestion.nearest(to: use.member, in: isFunction ? use.value.functions : known + elsewhere.keys)
        guard near != nil || isFunction else { return }
        let kind = isFunction ? "function" : "field"
        let there = use.value.functions.joined(separator: ", ")
        report(
            ScriptProblem(
                file: file, line: use.line,
                message: "\(use.value.noun) has no \(kind) '\(use.member)'"
                    + (isFunction && near == nil ? "; it has \(there)" : ""),
                hint: near.map { "did you mean '\(elsewhere[$0] ?? $0)'?" }))
    }

    /// The functions of jobs that may perform some operations only, with these.
    private static func limits(_ uses: [LibraryUse]) -> [ObjectIdentifier: Set<String>] {
        var limits: [ObjectIdentifier: Set<String>] = [:]
        for use in uses where use.name.path == ["job"] {
            guard case .called(let arguments) = use.kind, let fields = arguments.first?.table else { continue }
            var run: LuaFunction?
            var operations: [String]?
            for field in fields {
                guard case .name(let name) = field.key else { continue }
                if name == "run", case .function(let function) = field.value.kind { run = function }
                if name == "operations", let listed = field.value.table {
                    let names = listed.compactMap(\.value.text)
                    operations = names.count == listed.count ? names : nil
                }
            }
            if let run, let operations { limits[ObjectIdentifier(run)] = Set(operations) }
        }
        return limits
    }

    private mutating func report(_ problem: ScriptProblem) {
        if seen.insert(problem).inserted { problems.append(problem) }
    }

    /// Asks the state for a name, in the words that a run would be told.
    private func probe(_ path: [String], _ file: String, _ line: Int, _ arguments: Payload? = nil) -> ScriptProblem? {
        var failure = cls_failure()
        let names = path.map { Array($0.utf8CString.dropLast()) }
        let starts = names.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        let isThere = Array<CChar>(names.joined()).withUnsafeBufferPointer { bytes in
            let texts = names.indices.map { index in
                cls_text(bytes: bytes.baseAddress.map { $0 + starts[index] }, length: UInt32(names[index].count))
            }
            return (arguments?.json ?? "").withText {
                cls_probe(library.state, texts, UInt32(texts.count), $0, &failure)
            }
        }
        guard !isThere else { return nil }
        var message = String(failure.message)
        var hint: String?
        if let found = message.range(of: "; did you mean ") {
            hint = String(message[found.lowerBound...].dropFirst(2))
            message.removeSubrange(found.lowerBound...)
        }
        return ScriptProblem(file: file, line: line, message: message, hint: hint)
    }
}

extension LuaExpression {
    /// Whether it is written as `json.null`.
    fileprivate var isJSONNull: Bool {
        guard case .index(let object, let key) = kind, key.text == "null", case .name("json") = object.kind else {
            return false
        }
        return true
    }
}
