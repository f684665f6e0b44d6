import Foundation
import TidemillCore
import TidemillEngine
import TidemillStore
import TidemillTriggers

/// Whether `run` could open what it needs: the store, the spool and its inboxes. Makes nothing that is missing.
struct PlaceCheck {
    struct Problem {
        let code: String
        let message: String
    }

    private(set) var problems: [Problem] = []
    private(set) var warnings: [String] = []

    init(_ config: AppConfig) {
        let storeID = checkStore(config)
        let settings = AppAssembly.spoolSettings(config)
        problems += Spool.problems(settings, storeID: storeID).map { Problem(code: "spool", message: $0) }
    }

    /// The id of the store; nil where there is none yet, or it cannot be opened.
    private mutating func checkStore(_ config: AppConfig) -> String? {
        let path = config.store.path
        guard FileManager.default.fileExists(atPath: path) else {
            let folder = (path as NSString).deletingLastPathComponent
            if let why = Directory.refusal(toMake: folder.isEmpty ? "." : folder) {
                problems.append(Problem(code: "store_unavailable", message: "the store \(path) cannot be made: \(why)"))
            }
            return nil
        }
        do {
            let store = try SQLiteStore(path: path, environment: config.environment)
            for pause in try store.read({ try Pauses.list(on: $0) }) {
                warnings.append("\(pause.name) is paused: \(pause.reason)")
            }
            return try store.read { try StoreIdentity.id(on: $0) }
        } catch let error as StoreError {
            problems.append(Problem(code: "store_\(error.code.rawValue)", message: error.message))
        } catch {
            problems.append(Problem(code: "store_unavailable", message: "the store \(path) cannot be opened: \(error)"))
        }
        return nil
    }
}
