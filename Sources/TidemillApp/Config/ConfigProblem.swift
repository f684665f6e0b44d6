/// One thing that is wrong with the configuration. Loading collects all of them.
struct ConfigProblem: Error, Sendable, Hashable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// The file is missing or cannot be read.
        case unreadable
        /// The file is no TOML.
        case syntax
        /// A key that no setting has.
        case unknownKey = "unknown_key"
        /// A value of the wrong kind, or out of its bounds.
        case value
        /// Two settings, each fine alone, that do not fit together.
        case conflict
    }

    var code: Code
    var file: String
    /// Counted from 1; 0 where the problem has no line (a missing file).
    var line: Int
    /// What was expected and what came.
    var message: String
    /// What to do next.
    var hint: String?

    init(_ code: Code, file: String, line: Int, _ message: String, hint: String? = nil) {
        self.code = code
        self.file = file
        self.line = line
        self.message = message
        self.hint = hint
    }

    var description: String {
        "\(file)\(line > 0 ? ":\(line)" : ""): \(message)\(hint.map { "; \($0)" } ?? "")"
    }
}

/// Every problem of a configuration, in the order of the file.
struct ConfigProblems: Error, Sendable {
    var all: [ConfigProblem]

    init(_ all: [ConfigProblem]) {
        self.all = all
    }
}
