import CLuaSupport
import TidemillCore
import Foundation
import TidemillOperations

/// Takes sources through a fresh state: run every file, check all declarations, build the pipeline, seal.
struct ScriptLoading {
    let state: OpaquePointer
    let folderName: String
    private(set) var problems: [ScriptProblem] = []
    /// Those that a file ended with.
    private(set) var stops: [ScriptProblem] = []
    private(set) var check = DeclarationCheck()
    /// Of a test file, with the references of their functions.
    private(set) var tests: [(test: ScriptTest, function: Int64)] = []
    private let isTestFile: Bool

    /// - Parameter isTestFile: whether the sources are a test file and the files that it may require.
    init(state: OpaquePointer, folderName: String, isTestFile: Bool = false) {
        self.state = state
        self.folderName = folderName
        self.isTestFile = isTestFile
    }

    var sortedProblems: [ScriptProblem] {
        var seen: Set<ScriptProblem> = []
        // A broken lib/ file is met by every file that requires it: one report is enough.
        return problems.filter { seen.insert($0).inserted }
            .enumerated()
            .sorted { ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset) }
            .map(\.element)
    }

    mutating func load(_ sources: [ScriptSource], vars: TextMap<Payload>) {
        var failure = cls_failure()
        if !vars.isEmpty {
            let json = Payload.object(vars).json
            let done = json.withText { cls_set_vars(state, $0, &failure) }
            if !done { report(failure, file: "") }
        }
        let ordered = sources.inPathOrder.filter { isTestFile || !$0.isTest }
        for source in ordered {
            let added = source.name.withText { name in
                "\(folderName)/\(source.name)".withText { chunk in
                    source.text.withText { cls_add_source(state, name, chunk, $0, &failure) }
                }
            }
            if !added { report(failure, file: source.name) }
        }
        for source in ordered {
            // lib/ files are run by require; compiling them finds the mistakes of those that nothing requires yet.
            let done = source.name.withText {
                source.isLibrary && !source.isTest ? cls_compile(state, $0, &failure) : cls_load(state, $0, &failure)
            }
            if !done {
                report(failure, file: source.name, hint: Self.wordOfLua(failure, source))
                if let last = problems.last { stops.append(last) }
            }
        }
        for index in 0..<cls_declaration_count(state) {
            let declaration = cls_declaration_at(state, index)
            if isTestFile {
                addTest(declaration)
                continue
            }
            guard let kind = Declaration.Kind(cls_kind(UInt32(declaration.kind))) else { continue }
            let file = String(declaration.file)
            let source = kind == .catalog ? ordered.first { "\(folderName)/\($0.name)" == file }?.text : nil
            check.add(
                kind: kind, file: file, line: Int(declaration.line), value: DeclaredValue.read(declaration),
                source: source ?? "")
        }
        problems += check.problems
        for (rule, function) in check.rules where !add(rule, function: function) {
            problems.append(ScriptProblem(file: rule.file, line: rule.line, message: "not enough memory for the rule"))
        }
        if !cls_seal(state, &failure) { report(failure, file: "") }
    }

    private mutating func addTest(_ declaration: cls_declaration) {
        let file = String(declaration.file)
        let line = Int(declaration.line)
        guard cls_kind(UInt32(declaration.kind)) == CLS_TEST,
            case .table(let members) = DeclaredValue.read(declaration), case .string(let name) = members["name"],
            case .function(let function) = members["run"]
        else {
            problems.append(
                ScriptProblem(
                    file: file, line: line, message: "a test file declares tests, and nothing else",
                    hint: "declare it in a script beside it"))
            return
        }
        if let other = tests.first(where: { $0.test.name == name }) {
            problems.append(
                ScriptProblem(
                    file: file, line: line,
                    message: "the name of the test is taken by the one in line \(other.test.line)",
                    hint: "names of a file's tests are unique"))
        }
        tests.append((ScriptTest(name: name, file: file, line: line), function))
    }

    private func add(_ rule: Rule, function: Int64) -> Bool {
        let kind = rule.kind == .filter ? CLS_FILTER : CLS_MAPPING
        // The names' bytes must hold still together: one buffer, cut into pieces.
        let names = (rule.eventNames ?? []).map { Array($0.utf8) }
        let bytes = names.flatMap { $0 }.map { CChar(bitPattern: $0) }
        return bytes.withUnsafeBufferPointer { buffer in
            var start = 0
            let texts = names.map { name in
                defer { start += name.count }
                return cls_text(bytes: buffer.baseAddress.map { $0 + start }, length: UInt32(name.count))
            }
            return rule.name.withText { name in
                rule.file.withText { file in
                    cls_rules_add(state, kind, function, name, file, UInt32(rule.line), texts, UInt32(texts.count))
                }
            }
        }
    }

    /// What to write where a word of the language stands for a field's name: `function = "SUM"`.
    private static func wordOfLua(_ failure: cls_failure, _ source: ScriptSource) -> String? {
        guard String(failure.message).contains("near '='"), failure.line > 0 else { return nil }
        let lines = source.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard Int(failure.line) <= lines.count else { return nil }
        let names = lines[Int(failure.line) - 1].split(separator: "=").map { piece in
            piece.reversed().drop { $0 == " " || $0 == "\t" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                .reversed()
        }
        guard let word = names.lazy.map({ String($0) }).first(where: { LuaToken.words.contains($0) }) else {
            return nil
        }
        return "`\(word)` is a word of Lua: as a field's name write [\"\(word)\"] = …"
    }

    private mutating func report(_ failure: cls_failure, file: String, hint given: String? = nil) {
        var message = String(failure.message)
        var hint = given
        // The C layer appends its suggestion to the message; a problem keeps it apart.
        if let found = message.range(of: "; did you mean ") {
            hint = String(message[found.lowerBound...].dropFirst(2))
            message.removeSubrange(found.lowerBound...)
        }
        let named = String(failure.file)
        let place = named.isEmpty && !file.isEmpty ? "\(folderName)/\(file)" : named
        problems.append(ScriptProblem(file: place, line: Int(failure.line), message: message, hint: hint))
    }
}

extension Declaration.Kind {
    fileprivate init?(_ kind: cls_kind) {
        switch kind {
        case CLS_CATALOG: self = .catalog
        case CLS_FILTER: self = .filter
        case CLS_MAPPING: self = .mapping
        case CLS_RECHARGE: self = .recharge
        case CLS_GRANT: self = .grant
        case CLS_JOB: self = .job
        default: return nil
        }
    }
}
