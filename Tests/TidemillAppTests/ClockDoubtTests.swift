import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

/// A clock that is not believed, through the real program.
struct ClockDoubtTests {
    @Test func `a clock behind the store holds schedules until resume clock, whatever resume recharge says`() throws {
        let mill = try Mill(
            scripts: ["a.lua": "job { name = 'j', schedule = '@yearly', run = function() end }"])
        try mill.runOnce()
        // As if a clock that was a day ahead had been right once.
        let store = try SQLiteStore(path: mill.folder.path("var/tidemill.db"), environment: "test")
        let ahead = SystemWallclock().now.advanced(bySeconds: 86_400)
        try store.write { try ClockTrust($0).saw(ahead) }
        try store.close()
        _ = try mill.runOnce(expecting: 1)
        func warning(_ status: Int32) throws -> String? {
            try mill.json("status", status: status)["warnings"]?.items.compactMap(\.text)
                .first { $0.hasPrefix("schedules and auto-recharge wait: ") }
        }
        #expect(try warning(1)?.hasSuffix("if it is right, `tidemill resume clock`") == true)
        let recharge = try mill.json("resume", "recharge", "--reason", "try")
        #expect(recharge["wasPaused"] == false)
        #expect(recharge["waitsFor"]?.text?.hasPrefix("the clock says ") == true)
        #expect(try mill.program.run("resume", "recharge").text.contains("it still waits for the clock: "))
        #expect(try warning(1) != nil)
        #expect(try mill.program.run("resume", "clock", "--reason", "NTP").text == "the clock is believed\n")
        #expect(try warning(0) == nil)
        #expect(try mill.json("resume", "recharge")["waitsFor"] == nil)
        try mill.runOnce()
        let audited = try mill.json("audit", "--limit", "20").items.map {
            "\($0["actor"]?.text ?? "") \($0["action"]?.text ?? "") \($0["details"]?["name"]?.text ?? "")"
        }
        #expect(audited.contains("clock doubtClock clock"))
        #expect(audited.contains { $0.hasSuffix("resume clock") })
    }

    @Test func `a clock that a person pauses holds schedules, and status says who did`() throws {
        let mill = try Mill(scripts: ["a.lua": ""])
        _ = try mill.json("pause", "clock", "--reason", "battery is flat")
        let status = try mill.json("status", status: 1)
        #expect(status["paused"]?.items.first?["name"] == "clock")
        #expect(try mill.json("resume", "clock")["wasPaused"] == true)
        #expect(try mill.json("status")["healthy"] == true)
    }
}
