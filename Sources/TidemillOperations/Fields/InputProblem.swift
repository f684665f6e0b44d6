import TidemillCore

/// Where in an input a value stands: `usages[3].value`. Empty for the input itself.
/// Made for every field that is read and shown only where something is wrong, so it is put into words only then.
public struct FieldPath: Sendable, CustomStringConvertible {
    /// What this is a part of; nil where the step says it all.
    private let whole: Whole?
    private let step: Step
    /// What the first item of a list is called: 0 as in JSON, 1 as in Lua.
    private let firstIndex: Int

    private enum Step: Sendable {
        case words(String)
        case member(String)
        case item(Int)
    }

    private final class Whole: Sendable {
        let path: FieldPath

        init(_ path: FieldPath) {
            self.path = path
        }
    }

    public init(_ description: String = "", firstIndex: Int = 0) {
        self.init(nil, .words(description), firstIndex)
    }

    private init(_ whole: Whole?, _ step: Step, _ firstIndex: Int) {
        self.whole = whole
        self.step = step
        self.firstIndex = firstIndex
    }

    public func member(_ name: String) -> FieldPath {
        FieldPath(asWhole, .member(name), firstIndex)
    }

    public func item(_ index: Int) -> FieldPath {
        FieldPath(asWhole, .item(index), firstIndex)
    }

    /// Nil for the input itself, which goes without saying.
    private var asWhole: Whole? {
        if case .words(let words) = step, words.isEmpty { nil } else { Whole(self) }
    }

    public var description: String {
        let before = whole.map(\.path.description) ?? ""
        return switch step {
        case .words(let words): words
        case .member(let name): before.isEmpty ? Self.shown(name) : "\(before).\(Self.shown(name))"
        case .item(let index): "\(before)[\(firstIndex + index)]"
        }
    }

    /// The steps that lead here from the input: names, and `[0]` for the first item of a list.
    public var steps: [String] {
        let before = whole?.path.steps ?? []
        return switch step {
        case .words(let words): words.isEmpty ? before : before + [words]
        case .member(let name): before + [name]
        case .item(let index): before + ["[\(index)]"]
        }
    }

    /// The name of the field; nil for an item of a list, and for what is named in words.
    private var fieldName: String? { if case .member(let name) = step { name } else { nil } }

    /// What stands there; nil where nothing does.
    private func value(in input: Payload) -> Payload? {
        switch step {
        case .words(let words): words.isEmpty ? input : nil
        case .member(let name): (whole.map { $0.path.value(in: input) } ?? input)?[name]
        case .item(let index):
            (whole.map { $0.path.value(in: input) } ?? input)?.items.flatMap { index < $0.count ? $0[index] : nil }
        }
    }

    /// What is wrong there as a fault of the input; nil where no field is at fault.
    func fault(in input: Payload, isName: Bool) -> InputFault? {
        guard let fieldName else { return nil }
        if isName { return InputFault(name: fieldName) }
        return value(in: input).map { InputFault(name: fieldName, value: $0) }
    }

    /// A name from outside, safe to print: control characters escaped, length bounded.
    static func shown(_ name: String) -> String {
        var quoted = ""
        Payload.quote(String(name.prefix(64)), to: &quoted)
        return String(quoted.dropFirst().dropLast()) + (name.count > 64 ? "…" : "")
    }
}

/// What is wrong with an input: one wording for every field of every operation.
public struct InputProblem: Error, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Finding: Sendable {
        /// What of the place it is about.
        public enum Subject: Sendable {
            case name
            case value
            /// Nothing stands there, and something must.
            case absence
            /// How fields go together.
            case whole
        }

        public let sentence: String
        public let path: FieldPath
        public let subject: Subject

        public init(sentence: String, path: FieldPath, subject: Subject) {
            self.sentence = sentence
            self.path = path
            self.subject = subject
        }
    }

    /// Most important first; never empty.
    public let findings: [Finding]

    /// One sentence each.
    public var sentences: [String] { findings.map(\.sentence) }
    /// Where fields are at fault: their names, or else their values.
    var places: [(path: FieldPath, isName: Bool)] {
        findings.compactMap { finding in
            switch finding.subject {
            case .name: (finding.path, true)
            case .value: (finding.path, false)
            case .absence, .whole: nil
            }
        }
    }

    /// The most problems that one message lists: a hostile input gets no answer of a megabyte.
    static let sentencesMax = 8

    public var description: String { sentences.joined(separator: "; ") }

    public init(_ sentences: [String]) {
        self.init(sentences.map { Finding(sentence: $0, path: FieldPath(), subject: .whole) })
    }

    init(_ findings: [Finding]) {
        self.findings = findings
    }

    private init(_ sentence: String, _ subject: Finding.Subject, at path: FieldPath) {
        self.init([Finding(sentence: sentence, path: path, subject: subject)])
    }

    /// `'amount' is required: a number or a decimal string such as "5.00"`.
    static func missing(_ path: FieldPath, expected: String) -> InputProblem {
        InputProblem("'\(path)' is required: \(expected)", .absence, at: path)
    }

    /// `'amount' must be a number or a decimal string such as "5.00", got a boolean`.
    public static func expected(_ expected: String, at path: FieldPath, got: String) -> InputProblem {
        let subject = path.description.isEmpty ? "the input" : "'\(path)'"
        return InputProblem("\(subject) must be \(expected), got \(got)", .value, at: path)
    }

    /// `unknown field 'custmerId' (did you mean "customerId"?)`.
    static func unknown(_ path: FieldPath, name: String, known: [String]) -> InputProblem {
        if let near = Suggestion.nearest(to: name, in: known) {
            return InputProblem("unknown field '\(path)' (did you mean \"\(near)\"?)", .name, at: path)
        }
        let list = known.isEmpty ? "no field is accepted here" : "known: \(known.joined(separator: ", "))"
        return InputProblem("unknown field '\(path)'; \(list)", .name, at: path)
    }

    /// A text that is wrong as a whole, shown when it is short and harmless.
    static func shown(_ text: String) -> String {
        "\"\(FieldPath.shown(text))\""
    }
}

/// What of an input is wrong by itself, whatever the store holds: the name of a field that there is not, or the value of
/// one. Whoever made the input can tell whether he would make it again.
public struct InputFault: Sendable, Hashable {
    public var name: String
    /// Nil: it is the name.
    public var value: Payload?

    public init(name: String, value: Payload? = nil) {
        self.name = name
        self.value = value
    }
}
