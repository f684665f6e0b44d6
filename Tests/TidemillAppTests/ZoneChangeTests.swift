import Foundation
import Testing
import TidemillOperations

/// The machine's time zones in the real program, against GNU date, which reads the same database.
struct ZoneChangeTests {
    static let database = "/usr/share/zoneinfo"
    static let isThere = FileManager.default.fileExists(atPath: "\(database)/Europe/Berlin")

    /// The instant of a clock in a zone, by `date`.
    private func instant(_ clock: String, in zone: String) throws -> String {
        let program = Program(config: "")
        let ended = try program.run(
            "/bin/bash", ["-c", "date -u -d \"$(TZ='\(zone)' date -d '\(clock)' +@%s)\" +%Y-%m-%dT%H:%M:%S.000Z"],
            input: nil)
        return ended.text.trimmingCharacters(in: .newlines)
    }

    /// Zones whose rules have changed in the last years, or are unlike others.
    @Test(
        .enabled(if: isThere, "needs the machine's time zones"),
        arguments: [
            "America/Vancouver", "America/Edmonton", "America/Havana", "America/St_Johns", "Africa/Casablanca",
            "Africa/Cairo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Australia/Lord_Howe", "Europe/Berlin",
            "Europe/Dublin", "Europe/Volgograd", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll",
        ])
    func `nine o'clock in a zone is what date says`(zone: String) throws {
        let mill = try Mill(scripts: ["empty.lua": "-- nothing"])
        for (month, day) in [(1, 15), (4, 2), (7, 15), (10, 30), (12, 1)] {
            let date = "2026-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
            let fires = try mill.json(
                "schedule", "0 9 \(day) \(month) *", "--timezone", zone, "--from", date, "--count", "1")
            #expect(fires.items.first?.text == (try instant("\(date) 09:00", in: zone)), "\(zone) \(date)")
        }
    }

    @Test(.enabled(if: isThere && FaultLibrary.isPossible, "needs the machine's time zones and a C compiler"))
    func `a changed zone takes over in a running worker`() throws {
        let zones = try TemporaryFolder()
        func put(_ zone: String, as name: String) throws {
            try zones.write(name, Data(contentsOf: URL(filePath: "\(Self.database)/\(zone)").resolvingSymlinksInPath()))
        }
        try put("Europe/London", as: "Europe/London")
        try put("Europe/Berlin", as: "Test/Zone")
        let library = try FaultLibrary()
        var environment = try library.environment(FaultLibrary.Fault(call: "clock", error: 0, path: ""))
        environment["TZDIR"] = zones.root
        let served = try ServedMill(
            scripts: [
                "a.lua": """
                catalog { features = { { id = "calls", displayName = "Calls", featureType = "NUMBER",
                  meterType = "INCREMENTAL", meter = { filters = {}, aggregation = { ["function"] = "COUNT" } } } } }
                """
            ], environment: environment)
        try served.post(
            "/operations/reportEvent",
            ["customerId": "c", "eventName": "call", "idempotencyKey": "k", "timestamp": "2026-07-01T23:30:00Z"])
        // The day of the event by the zone's clocks: it begins at 22:00 by those of Berlin, at 04:00 by those of New York.
        func day() throws -> String? {
            let usage = try served.send(
                "POST", "/operations/getUsage", ["featureId": "calls", "window": "day", "timezone": "Test/Zone"],
                key: "operator-\(ServedMill.key)"
            ).expect(200)
            return usage.json.firstMatch(of: #/"windowStart":"([^"]*)"/#).map { String($0.1) }
        }
        #expect(try day() == "2026-07-01T22:00:00.000Z")
        try put("America/New_York", as: "Test/Zone")
        // So soon nobody looks at the file again; a minute later the next who asks does.
        #expect(try day() == "2026-07-01T22:00:00.000Z")
        try library.mend()
        #expect(try day() == "2026-07-01T04:00:00.000Z")
        #expect(served.worker.isRunning)
    }
}
