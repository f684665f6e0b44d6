import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// Why a command ends without success: what is printed, and the exit code.
struct CommandFailure: Error {
    /// Exit codes of all commands, beside 0 (commands.md, "Exit codes").
    enum Exit: Int32, CaseIterable {
        case failed = 1
        case wrongUse = 2

        var about: String {
            switch self {
            case .failed:
                "The work failed, or something was rejected (`run --once`, `ingest`), or a person should look (`status`), or stdout did not take the result whole."
            case .wrongUse: "Wrong use, or a configuration or scripts that are wrong: nothing was done."
            }
        }
    }

    var exit: Exit
    var code: String
    /// One line each.
    var messages: [String]
    /// The result is on stdout already; only the exit code is left to say.
    var isSilent = false
    var problems: [Payload] = []

    init(_ exit: Exit, code: String, _ messages: String...) {
        self.exit = exit
        self.code = code
        self.messages = messages
    }

    /// The result was printed, and it is a bad one.
    static let reported: CommandFailure = {
        var failure = CommandFailure(.failed, code: "failed")
        failure.isSilent = true
        return failure
    }()

    init(_ problems: ConfigProblems) {
        self.init(.wrongUse, code: "configuration")
        messages = problems.all.map { $0.description.escapingControls }
        self.problems = problems.all.map(\.payload)
    }

    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problems as ConfigProblems: self.init(problems)
        case let error as StoreError:
            let isSetting = error.code == .incompatible
            self.init(isSetting ? .wrongUse : .failed, code: "store_\(error.code.rawValue)", error.message)
        case let error as OperationError: self.init(.failed, code: error.code.rawValue, error.message)
        case let error as CocoaError: self.init(of: error)
        default: self.init(.failed, code: "failed", "\(error)")
        }
    }

    /// The system refused a file or a folder.
    private init(of error: CocoaError) {
        let known = error.filePath ?? error.url?.path
        guard let path = known, !path.isEmpty else {
            self.init(.failed, code: "failed", "\(error)")
            return
        }
        if let file = Self.fileInPlaceOfFolder(path) {
            self.init(
                .wrongUse, code: "exists",
                "\(file.escapingControls) is a file, where a folder is expected: name another place, or move it away")
            return
        }
        let cause = (error.underlying as? POSIXError).map { ": \(String(cString: strerror($0.code.rawValue)))" } ?? ""
        let verb =
            [.fileNoSuchFile, .fileReadNoSuchFile, .fileReadNoPermission].contains(error.code) ? "read" : "written"
        self.init(.failed, code: "file", "\(path.escapingControls) cannot be \(verb)\(cause)")
    }

    /// The part of a path that is no folder though others are below it, or that should be one itself.
    private static func fileInPlaceOfFolder(_ path: String) -> String? {
        var place = URL(filePath: path)
        var isLast = true
        while place.path != "/", !place.path.isEmpty {
            var isFolder = ObjCBool(false)
            if FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) {
                return isFolder.boolValue || isLast ? nil : place.relativePath
            }
            place.deleteLastPathComponent()
            isLast = false
        }
        return nil
    }

    /// What `--json` prints in place of a result.
    var payload: Payload {
        var error: TextMap<Payload> = ["code": .string(code), "message": .string(messages.joined(separator: "\n"))]
        if !problems.isEmpty { error["problems"] = .array(problems) }
        return .object(["error": .object(error)])
    }
}

extension ConfigProblem {
    var payload: Payload {
        var members: TextMap<Payload> = [
            "code": .string(code.rawValue), "file": .string(file), "message": .string(message),
        ]
        if line > 0 { members["line"] = .integer(Int64(line)) }
        if let hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}
