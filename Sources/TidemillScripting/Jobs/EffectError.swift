public import TidemillOperations

/// How an effect ends that does not succeed.
public enum EffectError: Error, Sendable, Hashable {
    /// The script sees it: raised as a table `{code, message}`, or returned by `client.try`. `faults`: what of its
    /// arguments is wrong by itself. Where the script says such a thing as a constant, its run needs another script.
    case raised(code: String, message: String, faults: [InputFault] = [])
    /// The script does not see it: the run ends here, and somebody may start it again. For a journal that cannot be
    /// written, a script that no longer does what the journal says, a worker that shuts down.
    case abandoned(String)

    public init(_ error: OperationError) {
        self = .raised(code: error.code.rawValue, message: error.message, faults: error.faults)
    }

    static func badInput(_ message: String, _ faults: InputFault...) -> EffectError {
        .raised(code: OperationError.Code.badUserInput.rawValue, message: message, faults: faults)
    }

    var code: String {
        switch self {
        case .raised(let code, _, _): code
        case .abandoned: "abandoned"
        }
    }

    var message: String {
        switch self {
        case .raised(_, let message, _), .abandoned(let message): message
        }
    }

    var faults: [InputFault] {
        switch self {
        case .raised(_, _, let faults): faults
        case .abandoned: []
        }
    }
}
