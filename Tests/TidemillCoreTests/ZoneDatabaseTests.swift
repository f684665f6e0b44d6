import Foundation
import Synchronization
import Testing
import TidemillTestSupport

@testable import TidemillCore

/// Zones come from the machine's files, by their names only, and follow them.
struct ZoneDatabaseTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)").path
        /// The clock by which files are believed.
        let seconds = Counter()

        init(_ zones: [String: String]) throws {
            for (name, source) in zones { try put(name, source) }
        }

        func put(_ name: String, _ source: String) throws {
            let file = URL(filePath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            let zone = try #require(ZoneRulesTests.zones.first { $0.name == source })
            try Data(zone.file).write(to: file, options: .atomic)
        }

        var database: ZoneDatabase { ZoneDatabase(path) { [seconds] in seconds.value.withLock { $0 } } }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private final class Counter: Sendable {
        let value = Mutex<Int64>(0)
        func advance(_ seconds: Int64) { value.withLock { $0 += seconds } }
    }

    // 2026-07-01T00:00:00Z
    private let summer: Int64 = 1_782_864_000

    @Test func `a file that changes takes over within a minute, for those who hold the zone too`() throws {
        let folder = try Folder(["Europe/London": "Europe/Berlin", "UTC": "UTC"])
        let zone = try #require(folder.database.zone("Europe/London"))
        #expect(zone.offset(at: summer) == 7200)
        try folder.put("Europe/London", "America/New_York")
        #expect(zone.offset(at: summer) == 7200)
        folder.seconds.advance(59)
        #expect(zone.offset(at: summer) == -14400)
        // What is no zone, or gone, changes nothing.
        try Data("TZif".utf8).write(to: URL(filePath: "\(folder.path)/Europe/London"))
        folder.seconds.advance(59)
        #expect(zone.offset(at: summer) == -14400)
        try FileManager.default.removeItem(atPath: "\(folder.path)/Europe/London")
        folder.seconds.advance(59)
        #expect(zone.offset(at: summer) == -14400)
    }

    @Test func `only names of the database are zones`() throws {
        let folder = try Folder([
            "Europe/Berlin": "Europe/Berlin", "UTC": "UTC", "localtime": "UTC", "posix/UTC": "UTC", "right/UTC": "UTC",
        ])
        try Data("# version 2026f\nZ Europe/Berlin 1\nL Europe/Berlin Europe/Stockholm\n".utf8)
            .write(to: URL(filePath: "\(folder.path)/tzdata.zi"))
        let database = folder.database
        #expect(database.zone("Europe/Berlin")?.identifier == "Europe/Berlin")
        for name in [
            "BST", "IST", "CST", "PST", "MEZ", "CEST", "UTC+2", "GMT+1", "SystemV/EST5", "Europe/berlin",
            "europe/Berlin",
            "localtime", "posix/UTC", "right/UTC", "tzdata.zi", "../UTC", "Europe/../UTC", "/etc/localtime", "",
            "Europe", "Europe/",
            "Europe//Berlin", "Asia/Tokyo", "UTC\u{0}", String(repeating: "x", count: 100),
        ] {
            #expect(database.zone(name) == nil, "\(name)")
        }
        #expect(database.suggestion(for: "Europe/berlin") == "Europe/Berlin")
        #expect(database.suggestion(for: "Europe/Berlim") == "Europe/Berlin")
        #expect(database.source == ZoneDatabase.Source(place: folder.path, version: "2026f"))
        // What was stored once is still a zone.
        #expect(database.stored("Asia/Tokyo")?.offset(at: summer) == 32400)
    }

    @Test func `without a database the built-in zones serve, by their names`() throws {
        let database = ZoneDatabase("/nowhere")
        #expect(database.zone("Europe/Berlin")?.offset(at: summer) == 7200)
        #expect(database.zone("UTC")?.offset(at: summer) == 0)
        for name in ["BST", "IST", "CTT", "UTC+2", "SystemV/EST5"] { #expect(database.zone(name) == nil, "\(name)") }
        #expect(
            database.source.place == "built in" && database.source.version?.wholeMatch(of: #/20[0-9]{2}[a-z]+/#) != nil)
    }
}
