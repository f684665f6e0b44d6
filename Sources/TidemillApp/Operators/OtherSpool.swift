import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// What another spool on the same store has in hand, for `status`: only workers there go on with it.
struct OtherSpool {
    enum Worker {
        case runs
        case none
        /// It is on another machine, or not for this user to look into.
        case unseen
        /// Its folder is not where it was opened last: it was removed, or its disk is not mounted.
        case gone
        /// At its path is a spool with another id.
        case replaced
    }

    let open: OpenDeliveries
    let worker: Worker

    /// A delivery that is open longer than this on a spool that cannot be seen into is pointed out.
    private static let openMax: Int64 = 300

    static func find(except own: String?, in app: AppAssembly) throws -> [OtherSpool] {
        let unassigned = try unassignedHere(app)
        return try app.store.read { try DeliveryLedger.open(exceptIn: own, on: $0) }.compactMap { found in
            var found = found
            // Before its first worker of this release the spool has no id, and its rows have none either.
            if found.spoolID == nil { found.count = own == nil ? 0 : found.count - Int64(unassigned.count) }
            return found.count > 0 ? OtherSpool(open: found, worker: worker(of: found.spool)) : nil
        }
    }

    /// Open rows of an older program whose files lie in this spool: its next worker goes on with them.
    static func unassignedHere(_ app: AppAssembly) throws -> [Delivery] {
        try app.store.read { try DeliveryLedger.withoutSpool(on: $0) }.filter {
            !$0.state.isFinished
                && FileManager.default.fileExists(
                    atPath: "\(app.spoolSettings.path)/work/\($0.id.text)__\($0.name)")
        }
    }

    static func worker(of spool: KnownSpool?) -> Worker {
        guard let spool, spool.host == Spool.hostName else { return .unseen }
        guard FileManager.default.fileExists(atPath: spool.path) else { return .gone }
        do {
            guard let id = try Spool.id(at: spool.path) else { return .gone }
            guard id == spool.id else { return .replaced }
            return try Spool.liveWorkers(SpoolSettings(path: spool.path)) > 0 ? .runs : .none
        } catch {
            // Not for this user to read.
            return .unseen
        }
    }

    private func age(_ now: Timestamp) -> Int64 { max(0, (now.microseconds - open.oldest.microseconds) / 1_000_000) }

    private var place: String {
        if let spool = open.spool { return spool.place }
        return open.spoolID.map { "spool \($0)" } ?? "a spool that no worker of this release has opened yet"
    }

    private var words: String {
        switch worker {
        case .runs: ", a worker runs"
        case .none: ", no worker runs"
        case .unseen: ""
        case .gone: ", its folder is not there"
        case .replaced: ", another spool is there now"
        }
    }

    /// Nil while somebody is at it.
    func attention(now: Timestamp) -> AttentionEntry? {
        let open = "\(open.count) deliveries of \(place) are open, the oldest for \(age(now)) s"
        switch worker {
        case .runs: return nil
        case .unseen where age(now) <= Self.openMax: return nil
        case .none, .unseen:
            return AttentionEntry(.spoolUnattended, "\(open): start a worker there, only that one has their files")
        case .gone, .replaced:
            return AttentionEntry(
                .spoolGone,
                "\(open)\(words): bring its folder back and start a worker there, or end them with `tidemill deliveries fail`"
            )
        }
    }

    func entry(now: Timestamp) -> OtherSpoolEntry {
        OtherSpoolEntry(
            spool: open.spoolID, open: open.count, oldestSeconds: age(now), host: open.spool?.host,
            path: open.spool?.path, isAttended: worker == .unseen ? nil : worker == .runs,
            isGone: worker == .gone || worker == .replaced)
    }
}
