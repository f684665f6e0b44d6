import Glibc
public import TidemillCore

/// A delivery that is finished and whose files must be put where people look for them.
public struct FinishedFile: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable { case done, failed }

    public let claim: ClaimID
    public let name: String
    public let outcome: Outcome
    /// The instant in the delivery's row: repeated after a crash, it gives the same folder.
    public let finishedAt: Timestamp

    public init(claim: ClaimID, name: String, outcome: Outcome, finishedAt: Timestamp) {
        self.claim = claim
        self.name = name
        self.outcome = outcome
        self.finishedAt = finishedAt
    }
}

/// Moves finished files out of `work/` and writes the producer's acknowledgement beside them. Every step can be repeated:
/// after a crash between any two, doing it again ends in the same files.
///
/// A name that is taken already gets the claim id as its suffix, which no accepted name can have; so a repeated call
/// finds out which of the two names it used the first time.
public final class ResultFiles {
    private let spool: Spool
    private var day: (name: String, folder: Directory)?

    public init(_ spool: Spool) {
        self.spool = spool
    }

    /// Moves the file and writes its report with `body`. Returns the kept file's path below the spool:
    /// `done/2026-11-22/NAME`. `durably` syncs the report; many at once are synced together by `sync`.
    public func keep(
        _ file: FinishedFile, durably: Bool, _ body: (inout FileText) throws -> Void
    ) throws -> String {
        let kept = try move(file)
        try writeReport(file, keptAs: kept, durably: durably, body)
        return path(of: kept, file)
    }

    /// A kept file's path below the spool.
    public func path(of kept: String, _ file: FinishedFile) -> String {
        switch file.outcome {
        case .done: "done/\(Self.dayName(file.finishedAt))/\(kept)"
        case .failed: "failed/\(kept)"
        }
    }

    /// A kept file as it is now; nil when it is gone.
    public func status(of kept: String, _ file: FinishedFile) throws(SpoolError) -> InboxFile? {
        try existingFolder(of: file)?.file(kept)
    }

    /// Whether somebody may still have a kept file open for writing.
    public func mayHaveWriter(_ kept: String, _ file: FinishedFile) -> Bool {
        // A folder that cannot be opened now tells nothing.
        (try? existingFolder(of: file))?.mayHaveWriter(kept) ?? false
    }

    /// The folder that it was moved to, if it is still there.
    private func existingFolder(of file: FinishedFile) throws(SpoolError) -> Directory? {
        guard file.outcome == .done else { return spool.failed }
        let name = Self.dayName(file.finishedAt)
        if let day, day.name == name, day.folder.identity != nil { return day.folder }
        return try spool.done.file(name)?.kind == .folder ? spool.done.folder(name) : nil
    }

    /// The first step: out of `work/`, under the name itself or, where that is taken, with the claim's suffix.
    public func move(_ file: FinishedFile) throws(SpoolError) -> String {
        let folder = try self.folder(of: file)
        let workName = file.claim.workName(file.name)
        let suffixed = "\(file.name).\(file.claim.text)"
        let report = try folder.file(Self.reportName(file.name, file.outcome))
        if report == nil, !Self.isReportName(file.name) {
            switch try spool.work.rename(workName, to: folder, as: file.name) {
            case .done: return file.name
            case .missing: return try movedBefore(file, suffixed, folder)
            case .exists: break
            }
        }
        switch try spool.work.rename(workName, to: folder, as: suffixed) {
        case .done, .exists: return suffixed
        case .missing: return try movedBefore(file, suffixed, folder)
        }
    }

    /// Which name an earlier call, that did not get further, moved the file to.
    private func movedBefore(
        _ file: FinishedFile, _ suffixed: String, _ folder: Directory
    ) throws(SpoolError) -> String {
        if try folder.file(suffixed) != nil { return suffixed }
        return try folder.file(file.name) != nil ? file.name : suffixed
    }

    /// The second step: the report, whole or not at all.
    public func writeReport(
        _ file: FinishedFile, keptAs kept: String, durably: Bool, _ body: (inout FileText) throws -> Void
    ) throws {
        let folder = try self.folder(of: file)
        let report = Self.reportName(kept, file.outcome)
        try folder.write(report, through: ".\(file.claim.text).tmp", durably: durably, body)
        if durably { try folder.sync() }
    }

    /// Whether an earlier worker moved the file here: under the name that no other file can have, or beside a report
    /// that names the claim. A file of the same name alone may be another one's.
    func holds(_ file: FinishedFile) throws(SpoolError) -> Bool {
        guard let folder = try existingFolder(of: file) else { return false }
        if try folder.file("\(file.name).\(file.claim.text)") != nil { return true }
        return try folder.text(of: Self.reportName(file.name, file.outcome))?.contains(file.claim.text) ?? false
    }

    /// Puts everything written since on disk, with one call.
    public func sync() throws(SpoolError) {
        try spool.work.syncFilesystem()
    }

    /// `events.ndjson.result.json`, `events.ndjson.error.json`.
    static func reportName(_ kept: String, _ outcome: FinishedFile.Outcome) -> String {
        switch outcome {
        case .done: kept + ".result.json"
        case .failed: kept + ".error.json"
        }
    }

    /// A delivery so named would look like another one's report.
    private static func isReportName(_ name: String) -> Bool {
        name.hasSuffix(".result.json") || name.hasSuffix(".error.json")
    }

    static func dayName(_ instant: Timestamp) -> String { String(instant.secondsDescription.prefix(10)) }

    private func folder(of file: FinishedFile) throws(SpoolError) -> Directory {
        switch file.outcome {
        case .failed: return spool.failed
        case .done:
            let name = Self.dayName(file.finishedAt)
            // A folder that was removed meanwhile has no links left and is made anew.
            if let day, day.name == name, day.folder.identity != nil { return day.folder }
            let folder = try spool.done.folder(name)
            day = (name, folder)
            return folder
        }
    }
}
