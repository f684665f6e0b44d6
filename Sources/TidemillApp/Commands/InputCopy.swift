import ArgumentParser
import Foundation
import TidemillCore
import TidemillIngest
import TidemillStore

/// What records from standard input look like: there is no name that says it.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
    case ndjson, csv, json
}

/// What came by standard input, kept in a file of its own before any of it counts. The file goes when its records are all
/// accounted for. What an interrupted command left is gone on with when the same bytes come again, or by its path.
struct InputCopy {
    let path: String
    /// What deliveries show: what the bytes are, not where they lie.
    let name: String
    let size: Int64
    /// How the paths of copies of the same bytes begin.
    let beginning: String

    /// Reads standard input to its end: records line by line, where nobody says what it holds.
    init(_ given: InputFormat?, _ config: AppConfig) throws {
        let format = given ?? .ndjson
        let folder = Self.folder(config)
        let interrupts = InputInterrupts()
        var input = try InputReading(folder: folder, bytesMax: config.spool.maxFile, isNamed: given != nil, interrupts)
        try input.copy()
        let ending = format.rawValue + (input.packing.map { "." + $0 } ?? "")
        name = "stdin.\(ending)"
        size = input.size
        beginning = "\(folder)/\(input.digest)-"
        path = "\(beginning)\(getpid()).\(ending)"
        try input.keep(as: path)
    }

    /// Beside the store: on a disk that is there to stay.
    private static func folder(_ config: AppConfig) -> String {
        URL(filePath: config.store.path).deletingLastPathComponent().resolvingSymlinksInPath()
            .appending(path: "input").path
    }

    /// What other commands left of the same bytes, and has a file still.
    func left(on connection: any SQLConnection) throws -> [Delivery] {
        try DeliveryLedger.unfinished(sourceBeginning: beginning, size: size, on: connection).filter { row in
            row.name == name && row.source.map { FileManager.default.fileExists(atPath: $0) } == true
        }
    }

    /// What is said where the copy stays.
    func remark(_ state: DeliveryOutcome.State, _ path: String) -> String {
        let path = path.escapingControls
        if case .failed = state {
            return "standard input is kept in \(path); remove it when you have seen what is wrong"
        }
        return "standard input is kept: `tidemill ingest \(path)` goes on with it"
    }

    /// Removes a copy whose records are all accounted for; a file that is somebody's own stays.
    static func remove(_ path: String, _ config: AppConfig) {
        guard URL(filePath: path).deletingLastPathComponent().path == folder(config) else { return }
        // One that stays is in nobody's way.
        try? FileManager.default.removeItem(atPath: path)
    }
}
