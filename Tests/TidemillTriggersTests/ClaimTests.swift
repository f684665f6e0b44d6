import Foundation
import Glibc
import Testing
import TidemillCore

@testable import TidemillTriggers

@Suite struct ClaimTests {
    @Test func `a claim moves the file to work under its id`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.deliver("a.json", "{\"a\":1}")
        let claimed = try #require(try kit.claimReady().first)
        #expect(try kit.names("inbox") == [])
        #expect(try kit.names("work") == ["\(claimed.claim.text)__a.json"])
        #expect(claimed.claim.claimedAt == kit.wallclock)
        #expect(claimed.claim.instance == kit.spool.instance.tag)
        #expect(try kit.text("work/\(claimed.claim.text)__a.json") == "{\"a\":1}")
    }

    @Test func `claim ids sort by time and differ`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let tag = ClaimID.inboxTag("inbox")
        var ids: [String] = []
        for millisecond in 0..<100 {
            for _ in 0..<20 {
                let instant = Timestamp(microseconds: kit.wallclock.microseconds + Int64(millisecond) * 1000)
                ids.append(kit.spool.instance.nextClaim(at: instant, inbox: tag).text)
            }
        }
        #expect(Set(ids).count == ids.count)
        #expect(ids.sorted() == ids)
        #expect(ids.allSatisfy { $0.utf8.count == 26 })
    }

    @Test(arguments: [
        "x", "01JD0000000000000000000000", "01JD0000000000000000000000_a.json", "01jd0000000000000000000000__a.json",
    ])
    func `other names in work are no claims`(name: String) {
        #expect(ClaimID.parse(workName: name) == nil)
    }

    @Test func `a claim is read back from its name in work`() throws {
        let parsed = try #require(ClaimID.parse(workName: "01JD0000000000000000000000__a__b.json"))
        #expect(parsed.claim.text == "01JD0000000000000000000000")
        #expect(parsed.name == "a__b.json")
    }

    @Test func `of two workers exactly one gets each file`() throws {
        let first = try SpoolKit()
        defer { first.remove() }
        let second = try SpoolKit(at: first.path)
        _ = try first.look()
        _ = try second.look()
        for number in 0..<200 { try first.deliver("\(number).json") }
        // Both have seen all of them before either claims.
        let mine = try first.look().ready
        let yours = try second.look().ready
        #expect(mine.count == 200 && yours.count == 200)
        var names: [String] = []
        for (index, pair) in zip(mine, yours.reversed()).enumerated() {
            let kits = index % 2 == 0 ? [(first, pair.0), (second, pair.1)] : [(second, pair.1), (first, pair.0)]
            for (kit, file) in kits {
                names += try kit.inbox.claim([file], at: kit.wallclock, now: kit.now).files.map(\.name)
            }
        }
        #expect(names.count == 200)
        #expect(Set(names).count == 200)
        #expect(try first.names("work").count == 200)
    }

    @Test func `claimers on threads of their own share every file exactly once`() async throws {
        let first = try SpoolKit()
        defer { first.remove() }
        for number in 0..<500 { try first.deliver("\(number).json") }
        let path = first.path
        let counts = try await withThrowingTaskGroup(of: [String].self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    let kit = try SpoolKit(at: path)
                    _ = try kit.look()
                    kit.elapsed = .seconds(2)
                    return try kit.claimReady().map(\.name)
                }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(counts.count == 500)
        #expect(Set(counts).count == 500)
    }

    @Test func `a file that changed since the look is left for the next`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.write("a.json", "{")
        _ = try kit.look()
        kit.elapsed = .seconds(2)
        let look = try kit.look()
        #expect(look.ready.count == 1)
        try kit.append("a.json", "}")
        let claims = try kit.inbox.claim(look.ready, at: kit.wallclock, now: kit.now)
        #expect(claims.files.isEmpty)
        #expect(try kit.names("inbox") == ["a.json"])
    }

    @Test func `a link that takes a candidate's place is not followed`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.deliver("a.json")
        let look = try kit.look()
        try kit.write("secret", in: "tmp")
        try check(unlink(kit.file("a.json")) == 0)
        try check(symlink(kit.file("secret", in: "tmp"), kit.file("a.json")) == 0)
        #expect(try kit.inbox.claim(look.ready, at: kit.wallclock, now: kit.now).files.isEmpty)
        #expect(try kit.names("work").isEmpty)
    }

    @Test func `the longest name that is taken fits in every folder`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let name = String(repeating: "x", count: 195) + ".json"
        _ = try kit.look()
        try kit.deliver(name)
        let claimed = try #require(try kit.claimReady().first)
        let results = ResultFiles(kit.spool)
        for _ in 0..<2 {
            let kept = try results.keep(
                FinishedFile(claim: claimed.claim, name: name, outcome: .done, finishedAt: kit.wallclock), durably: true
            ) { try $0.write("{}") }
            #expect(kept == "done/2026-11-22/\(name)")
        }
    }

    // MARK: - Workers

    @Test func `a spool belongs to one store`() throws {
        let kit = try SpoolKit(storeID: "store-1")
        defer { kit.remove() }
        let error = #expect(throws: SpoolError.self) { _ = try SpoolKit(at: kit.path, storeID: "store-2") }
        #expect(error?.code == .foreign)
        #expect(
            error?.message
                == "the spool \(kit.path) belongs to the store store-1, the configured one is store-2: a delivery could count twice; set store.url back, or use another spool.path"
        )
        _ = try SpoolKit(at: kit.path, storeID: "store-1")
    }

    @Test func `the folders are made for owner and group`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        for folder in ["", "/inbox", "/tmp", "/work", "/done", "/failed", "/out"] {
            var status = stat()
            try check(stat(kit.path + folder, &status) == 0)
            #expect(status.st_mode & 0o777 & ~0o750 == 0)
        }
    }

    @Test func `a worker is alive while it holds its lock and dead at once without`() throws {
        let first = try SpoolKit()
        defer { first.remove() }
        var second: SpoolKit? = try SpoolKit(at: first.path)
        let tag = try #require(second).spool.instance.tag
        #expect(try first.spool.otherWorkers().live == [tag])
        second = nil
        let others = try first.spool.otherWorkers()
        #expect(others.live.isEmpty)
        #expect(others.deadTags == [tag])
        // Held here: another worker neither sees it as dead nor takes it over.
        let third = try SpoolKit(at: first.path)
        #expect(try third.spool.otherWorkers().deadTags.isEmpty)
        others.bury()
        #expect(try third.spool.otherWorkers().live == [first.spool.instance.tag])
    }

    @Test func `claims of any worker are found in work with their inbox`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        for name in ["b.json", "a.json"] { try kit.deliver(name) }
        let claimed = try kit.claimReady()
        try kit.write("notes.txt", in: "work")
        let other = try SpoolKit(at: kit.path)
        let found = try other.spool.claimedFiles()
        #expect(found == claimed.sorted { $0.claim.text < $1.claim.text })
        #expect(found.map(\.inbox) == ["inbox", "inbox"])
    }
}
