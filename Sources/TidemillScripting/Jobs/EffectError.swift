public import TidemillOperations

/// How an effect ends that does not succeed.
public enum EffectError: Error, Sendable, Hashable {
    /// The script sees it: raised as a table `{code, message}`, or returned by `client.try`.
    case raised(code: String, message: String)
    /// The script does not see it: the run ends here, and somebody may start it again. For a journal that cannot be
    /// written, a script that no longer does what the journal says, a worker that shuts down.
    case abandoned(String)

    public init(_ error: OperationError) {
        self = .raised(code: error.code.rawValue, message: error.message)
    }

    static func badInput(_ message: String) -> EffectError {
        .raised(code: OperationError.Code.badUserInput.rawValue, message: message)
    }

    var code: String {
        switch self {
        case .raised(let code, _): code
        case .abandoned: "abandoned"
        }
    }

    var message: String {
        switch self {
        case .raised(_, let message), .abandoned(let message): message
        }
    }
}
