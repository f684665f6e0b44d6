import Foundation
import Glibc
import Testing
import TidemillCore

@testable import TidemillTriggers

@Suite struct ResultFileTests {
    static func finished(_ file: ClaimedFile, _ kit: SpoolKit, as outcome: FinishedFile.Outcome = .done) -> FinishedFile
    {
        FinishedFile(claim: file.claim, name: file.name, outcome: outcome, finishedAt: kit.wallclock)
    }

    static func claim(_ kit: SpoolKit, _ name: String, _ text: String = "{}") throws -> ClaimedFile {
        _ = try kit.look()
        try kit.deliver(name, text)
        return try #require(try kit.claimReady().first)
    }

    @Test func `a finished file lies under its day with its result beside it`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let file = try Self.claim(kit, "a.json", "content")
        let kept = try ResultFiles(kit.spool).keep(Self.finished(file, kit), durably: true) {
            try $0.write("{\"applied\":1}")
        }
        #expect(kept == "done/2026-11-22/a.json")
        #expect(try kit.text("done/2026-11-22/a.json") == "content")
        #expect(try kit.text("done/2026-11-22/a.json.result.json") == "{\"applied\":1}")
        #expect(try kit.names("work").isEmpty)
    }

    @Test func `a failed file lies in failed with its error beside it`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let file = try Self.claim(kit, "a.json")
        let kept = try ResultFiles(kit.spool).keep(Self.finished(file, kit, as: .failed), durably: false) {
            try $0.write("{}")
        }
        #expect(kept == "failed/a.json")
        #expect(try kit.names("failed") == ["a.json", "a.json.error.json"])
    }

    @Test func `the same name twice a day is kept twice`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let results = ResultFiles(kit.spool)
        for text in ["one", "two", "three"] {
            let file = try Self.claim(kit, "a.json", text)
            let kept = try results.keep(Self.finished(file, kit), durably: true) { try $0.write("result of \(text)") }
            #expect(try kit.text(kept) == text)
            #expect(try kit.text(kept + ".result.json") == "result of \(text)")
        }
        #expect(try kit.names("done/2026-11-22").count == 6)
    }

    @Test func `a delivery named as a report replaces no report`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let results = ResultFiles(kit.spool)
        let imitation = try Self.claim(kit, "a.json.result.json", "imitation")
        let keptImitation = try results.keep(Self.finished(imitation, kit), durably: true) { try $0.write("r1") }
        let file = try Self.claim(kit, "a.json", "real")
        let kept = try results.keep(Self.finished(file, kit), durably: true) { try $0.write("r2") }
        #expect(try kit.text(keptImitation) == "imitation")
        #expect(try kit.text(kept) == "real")
        #expect(try kit.text(kept + ".result.json") == "r2")
    }

    @Test func `a report whose file was taken away is not replaced`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let results = ResultFiles(kit.spool)
        let first = try Self.claim(kit, "a.json")
        let keptFirst = try results.keep(Self.finished(first, kit), durably: true) { try $0.write("first") }
        try check(unlink("\(kit.path)/\(keptFirst)") == 0)
        let second = try Self.claim(kit, "a.json")
        let keptSecond = try results.keep(Self.finished(second, kit), durably: true) { try $0.write("second") }
        #expect(try kit.text(keptFirst + ".result.json") == "first")
        #expect(try kit.text(keptSecond + ".result.json") == "second")
    }

    /// Goal: wherever a crash cuts the steps, doing all of them again ends in the same files. Method: the steps up to the
    /// cut, then the whole, for a free and for a taken name.
    @Test(arguments: [0, 1, 2], [false, true])
    func `keeping is repeated after a crash at any step`(stepsBefore: Int, nameIsTaken: Bool) throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        if nameIsTaken {
            let other = try Self.claim(kit, "a.json", "other")
            _ = try ResultFiles(kit.spool).keep(Self.finished(other, kit), durably: true) { try $0.write("other's") }
        }
        let file = try Self.claim(kit, "a.json", "mine")
        let finished = Self.finished(file, kit)
        if stepsBefore >= 1 {
            let before = ResultFiles(kit.spool)
            let kept = try before.move(finished)
            if stepsBefore >= 2 {
                try before.writeReport(finished, keptAs: kept, durably: false) { try $0.write("half") }
            }
        }
        var paths: Set<String> = []
        for _ in 0..<2 {
            paths.insert(try ResultFiles(kit.spool).keep(finished, durably: true) { try $0.write("mine's") })
        }
        let kept = try #require(paths.first)
        #expect(paths.count == 1)
        #expect(try kit.text(kept) == "mine")
        #expect(try kit.text(kept + ".result.json") == "mine's")
        #expect(try kit.names("work").isEmpty)
        #expect(try kit.names("done/2026-11-22").count == (nameIsTaken ? 4 : 2))
        if nameIsTaken { #expect(try kit.text("done/2026-11-22/a.json") == "other") }
    }

    @Test func `a report that cannot be finished leaves nothing under its name`() throws {
        struct Interrupted: Error {}
        let kit = try SpoolKit()
        defer { kit.remove() }
        let file = try Self.claim(kit, "a.json")
        #expect(throws: Interrupted.self) {
            try ResultFiles(kit.spool).keep(Self.finished(file, kit), durably: true) {
                try $0.write("{\"half\":")
                throw Interrupted()
            }
        }
        #expect(try kit.names("done/2026-11-22") == ["a.json"])
    }

    @Test func `a report of many pieces is written whole`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let file = try Self.claim(kit, "a.json")
        let piece = String(repeating: "0123456789", count: 1000)
        let kept = try ResultFiles(kit.spool).keep(Self.finished(file, kit), durably: false) {
            for _ in 0..<50 { try $0.write(piece) }
        }
        #expect(try kit.text(kept + ".result.json").utf8.count == 500_000)
    }

    // MARK: - Cleaning

    @Test func `days of done are removed once they are kept long enough`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let results = ResultFiles(kit.spool)
        for day in ["2026-11-01", "2026-11-02", "2026-11-22"] {
            let file = try Self.claim(kit, "a.json")
            let instant = try #require(Timestamp(rfc3339: day + "T23:59:59Z"))
            _ = try results.keep(
                FinishedFile(claim: file.claim, name: "a.json", outcome: .done, finishedAt: instant), durably: false
            ) { try $0.write("{}") }
        }
        try check(mkdir(kit.path + "/done/by-hand", 0o750) == 0)
        let cleaning = SpoolCleaning(kit.spool)
        func step(_ now: String) throws -> SpoolCleaning.Removed {
            try cleaning.step(now: try #require(Timestamp(rfc3339: now)), keepSeconds: 30 * 86_400)
        }
        // The last file of the 1st is 30 days old when the 1st of December ends.
        #expect(try step("2026-12-01T23:59:58Z").done == 0)
        #expect(try step("2026-12-02T00:00:00Z").done == 2)
        #expect(try kit.names("done") == ["2026-11-02", "2026-11-22", "by-hand"])
        #expect(try step("2027-06-01T00:00:00Z").done == 4)
        #expect(try kit.names("done") == ["by-hand"])
    }

    @Test func `cleaning goes in bounded steps`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try check(mkdir(kit.path + "/done/2020-01-01", 0o750) == 0)
        for number in 0..<25 { try kit.write("\(number).json", in: "done/2020-01-01") }
        let cleaning = SpoolCleaning(kit.spool)
        var steps: [Int] = []
        var hasMore = true
        while hasMore {
            let removed = try cleaning.step(now: kit.wallclock, keepSeconds: 0, limit: 10)
            steps.append(removed.done)
            hasMore = removed.hasMore
        }
        #expect(steps == [10, 10, 5])
        #expect(try kit.names("done").isEmpty)
    }

    @Test func `files that lie in tmp for more than 36 hours are removed and counted`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        for (name, hours) in [("old", 37), ("young", 35)] {
            try kit.write(name, in: "tmp")
            let seconds = Int(kit.wallclock.microseconds / 1_000_000) - hours * 3600
            var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
            try check(utimensat(AT_FDCWD, kit.file(name, in: "tmp"), &times, 0) == 0)
        }
        #expect(try SpoolCleaning(kit.spool).step(now: kit.wallclock, keepSeconds: 86_400).stale == 1)
        #expect(try kit.names("tmp") == ["young"])
    }

    @Test func `a folder of the day that was removed is made again`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let results = ResultFiles(kit.spool)
        for _ in 0..<2 {
            let file = try Self.claim(kit, "a.json")
            #expect(
                try results.keep(Self.finished(file, kit), durably: true) { try $0.write("{}") }
                    == "done/2026-11-22/a.json")
            try FileManager.default.removeItem(atPath: kit.path + "/done/2026-11-22")
        }
    }
}
