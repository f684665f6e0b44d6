import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// What another spool on the same store has in hand, for `status`: only workers there go on with it.
struct OtherSpool {
    let open: OpenDeliveries
    /// Whether a worker is on it; nil where that cannot be seen from here.
    let isAttended: Bool?

    /// A delivery that is open longer than this on a spool that cannot be seen into is pointed out.
    private static let openMax: Int64 = 300

    static func find(except own: String?, in app: AppAssembly) throws -> [OtherSpool] {
        let unassigned = try unassignedHere(app)
        return try app.store.read { try DeliveryLedger.open(exceptIn: own, on: $0) }.compactMap { found in
            var found = found
            // Before its first worker of this release the spool has no id, and its rows have none either.
            if found.spoolID == nil { found.count = own == nil ? 0 : found.count - Int64(unassigned.count) }
            return found.count > 0 ? OtherSpool(open: found, isAttended: isAttended(found.spool)) : nil
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

    private static func isAttended(_ spool: KnownSpool?) -> Bool? {
        guard let spool, spool.host == Spool.hostName else { return nil }
        // A folder that is not there, or not for this user to read, tells nothing.
        guard (try? Spool.id(at: spool.path)) == spool.id else { return nil }
        return (try? Spool.liveWorkers(SpoolSettings(path: spool.path))).map { $0 > 0 }
    }

    private func age(_ now: Timestamp) -> Int64 { max(0, (now.microseconds - open.oldest.microseconds) / 1_000_000) }

    private var place: String {
        if let spool = open.spool { return spool.place }
        return open.spoolID.map { "spool \($0)" } ?? "a spool that no worker of this release has opened yet"
    }

    func line(now: Timestamp) -> String {
        let oldest = "\(TextTable.grouped(open.count)) deliveries open, the oldest for \(age(now)) s"
        let worker = isAttended.map { $0 ? ", a worker runs" : ", no worker runs" } ?? ""
        return "\(place): \(oldest)\(worker)"
    }

    /// Nil while somebody is at it.
    func warning(now: Timestamp) -> String? {
        if isAttended == true || (isAttended == nil && age(now) <= Self.openMax) { return nil }
        return
            "\(open.count) deliveries of \(place) are open, the oldest for \(age(now)) s: start a worker there, only that one has their files"
    }

    func payload(now: Timestamp) -> Payload {
        .object([
            "spool": open.spoolID.map { .string($0) } ?? .null, "open": .integer(open.count),
            "oldestSeconds": .integer(age(now)), "host": open.spool.map { .string($0.host) } ?? .null,
            "path": open.spool.map { .string($0.path) } ?? .null,
            "isAttended": isAttended.map { .boolean($0) } ?? .null,
        ])
    }
}
