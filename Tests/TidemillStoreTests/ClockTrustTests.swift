import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct ClockTrustTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db")
        .path

    private func open(_ migrations: [Migration] = Migrations.all) throws -> SQLiteStore {
        try SQLiteStore(path: path, environment: "test", clock: SystemWallclock(), migrations: migrations)
    }

    private func noon(_ seconds: Int64 = 0) throws -> Timestamp {
        try #require(Timestamp(rfc3339: "2026-11-22T12:00:00Z")).advanced(bySeconds: seconds)
    }

    @Test func `a clock more than five minutes behind what was done is in doubt, until a person says that it is right`()
        throws
    {
        let store = try open()
        let noon = try noon()
        try store.write { connection in
            let trust = ClockTrust(connection)
            try trust.saw(noon)
            try trust.saw(noon.advanced(bySeconds: -3600))
            #expect(try trust.doubt(of: noon.advanced(bySeconds: -300)) == nil)
            let doubt = try trust.doubt(of: noon.advanced(bySeconds: -301))
            #expect(doubt?.kind == .behind)
            #expect(
                doubt?.text
                    == "the clock says 2026-11-22T11:54:59.000Z, and the store holds something of 2026-11-22T12:00:00.000Z; if it is right, `tidemill resume clock`"
            )
            #expect(try trust.note(doubt))
            #expect(try trust.note(doubt) == false)
            #expect(try trust.noted() == doubt?.text)
            #expect(try Pauses.resume(Pauses.clock, on: connection))
            #expect(try Pauses.resume(Pauses.clock, on: connection) == false)
            #expect(try trust.noted() == nil)
            #expect(try trust.acceptances() == 2)
            #expect(try trust.doubt(of: noon.advanced(bySeconds: -86_400)) == nil)
            // From then on it is held to what is done by it.
            try trust.saw(noon.advanced(bySeconds: -86_400))
            #expect(try trust.doubt(of: noon.advanced(bySeconds: -2 * 86_400)) != nil)
        }
    }

    @Test func `deliveries count too, but those that a person has seen`() throws {
        let store = try open()
        let noon = try noon()
        func register(_ id: String, _ instant: Timestamp) throws {
            try store.write {
                try DeliveryLedger.register(
                    [
                        NewDelivery(
                            id: DeliveryID(id), inbox: "inbox", name: id, size: 1, modifiedAt: instant,
                            receivedAt: instant)
                    ], owner: "A", spool: "s", on: $0)
            }
        }
        func isDoubted(_ now: Timestamp) throws -> Bool { try store.read { try ClockTrust($0).doubt(of: now) != nil } }
        try register("1", noon)
        #expect(try isDoubted(noon.advanced(bySeconds: -3600)))
        _ = try store.write { try Pauses.resume(Pauses.clock, on: $0) }
        #expect(try !isDoubted(noon.advanced(bySeconds: -3600)))
        try register("2", noon.advanced(bySeconds: 1))
        #expect(try isDoubted(noon.advanced(bySeconds: -3600)))
    }

    @Test func `a jump is more than a day from what is due, either way`() throws {
        for seconds: Int64 in [86_401, -86_401] {
            let doubt = ClockTrust.jump(to: try noon(seconds), due: try noon())
            #expect(doubt?.text.hasPrefix("the clock jumped by \(seconds) s, to ") == true)
        }
        #expect(ClockTrust.jump(to: try noon(86_400), due: try noon()) == nil)
    }

    @Test func `what earlier schemas knew of the clock is taken over`() throws {
        let old = try open(Migrations.all.filter { $0.number < trustedClock.number })
        try old.write { connection in
            _ = try connection.execute("UPDATE recharge_guard SET last_at = 5, accepted_until = 6, doubt = 'odd'")
            _ = try connection.execute("UPDATE trigger_progress SET last_at = 7")
        }
        try old.close()
        let kept = try open().read { connection in
            try connection.first("SELECT last_at, accepted_until, doubt FROM clock_trust") {
                "\($0.integer(0)) \($0.integer(1)) \($0.text(2))"
            }
        }
        #expect(kept == "7 6 odd")
    }
}
