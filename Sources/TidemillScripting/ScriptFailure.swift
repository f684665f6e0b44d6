import CLuaSupport

/// Why a run, a policy or a rule failed, with its place.
public struct ScriptFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// The script raised it.
        case error
        /// It used up its processor time.
        case timeout
        case memory
        /// It answered something that makes no sense.
        case answer
        /// Somebody stopped it.
        case stopped
    }

    public var kind: Kind
    public var message: String
    /// As messages name it: `scripts/jobs.lua`; empty: unknown.
    public var file: String
    /// 0: unknown.
    public var line: Int
    /// The `code` of a raised table: that of the operation that failed, or the script's own.
    public var code: String?
    /// Whether what the script itself says is wrong, as an undefined name is: it stays so until the script changes.
    public var needsScripts = false

    public init(_ kind: Kind, _ message: String, file: String = "", line: Int = 0, code: String? = nil) {
        self.kind = kind
        self.message = message
        self.file = file
        self.line = line
        self.code = code
    }

    init(_ failure: cls_failure) {
        let kind: Kind =
            switch cls_code(UInt32(failure.code)) {
            case CLS_CODE_TIMEOUT: .timeout
            case CLS_CODE_MEMORY: .memory
            case CLS_CODE_ANSWER: .answer
            case CLS_CODE_STOPPED: .stopped
            default: .error
            }
        let code = String(failure.detail)
        self.init(
            kind, String(failure.message), file: String(failure.file), line: Int(failure.line),
            code: code.isEmpty ? nil : code)
        needsScripts = failure.needs_scripts
    }

    /// `scripts/jobs.lua:3: CustomerNotFound: …`
    public var description: String {
        file.isEmpty ? message : line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
    }
}
