import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillScripting
import TidemillStore

@testable import TidemillWorker

@Suite struct ScriptReloadTests {
    /// A folder of scripts beside a store, and the changes that were announced.
    final class Kit: Sendable {
        let worker: WorkerKit
        let clock = RunningTime()
        let changes = Mutex(0)
        let installed = Mutex<[ScriptVersionID]>([])
        let refusal = Mutex<StoreErrorOrProblem?>(nil)

        enum StoreErrorOrProblem: Error { case problem(String) }

        init() throws {
            worker = try WorkerKit()
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        }

        var folder: ScriptFolder { ScriptFolder(path: worker.path + "/scripts") }

        func write(_ text: String, to name: String = "rules.lua") throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }

        var start: ScriptStart {
            ScriptStart(folder: folder, loader: ScriptLoader(), store: worker.store, clock: clock) { ruleSet in
                if let refusal = self.refusal.withLock({ $0 }) { throw refusal }
                self.installed.withLock { $0.append(ruleSet.version) }
            }
        }

        func reload(_ scripts: ScriptsInForce) -> ScriptReload {
            ScriptReload(start, scripts: scripts, time: clock.time, logger: WorkerKit.logger) {
                self.changes.withLock { $0 += 1 }
            }
        }

        /// Looks as often as the reload asks for, until nothing settles any more.
        func settle(_ reload: ScriptReload) async {
            for _ in 0..<5 { clock.advance(by: await reload.look()) }
        }

        var current: ScriptVersionID? {
            get throws { try worker.store.read { try ScriptVersions.current(on: $0)?.id } }
        }
    }

    static func filter(_ name: String) -> String {
        "filter { name = \"\(name)\", keep = function(event) return true end }\n"
    }

    @Test func `the start takes the folder and remembers it`() throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let taken = try kit.start.take()
        #expect(taken.problems.isEmpty)
        #expect(taken.scripts.rules.ruleNames == ["one"])
        #expect(try kit.current == taken.scripts.version)
        #expect(kit.installed.withLock { $0 } == [taken.scripts.version])
    }

    @Test func `a change is taken once it was quiet`() async throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let scripts = try kit.start.take().scripts
        let reload = kit.reload(scripts)
        await kit.settle(reload)
        #expect(kit.changes.withLock { $0 } == 0)
        try kit.write(Self.filter("two") + Self.filter("three"))
        #expect(await reload.look() == .seconds(2))
        #expect(scripts.rules.ruleNames == ["one"])
        kit.clock.advance(by: .seconds(2))
        _ = await reload.look()
        #expect(scripts.rules.ruleNames == ["two", "three"])
        #expect(kit.changes.withLock { $0 } == 1)
        #expect(try kit.current == scripts.version)
    }

    @Test func `a broken change is kept away, across a restart too`() async throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let scripts = try kit.start.take().scripts
        let good = scripts.version
        let reload = kit.reload(scripts)
        try kit.write("filter { nam = 1 }")
        await kit.settle(reload)
        #expect(scripts.version == good)
        #expect(kit.changes.withLock { $0 } == 0)
        let restarted = try kit.start.take()
        #expect(restarted.scripts.version == good)
        #expect(restarted.scripts.rules.ruleNames == ["one"])
        #expect(!restarted.problems.isEmpty)
        // Mended.
        try kit.write(Self.filter("four"))
        await kit.settle(reload)
        #expect(scripts.rules.ruleNames == ["four"])
    }

    @Test func `a catalog that is refused makes the version a broken one`() async throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let scripts = try kit.start.take().scripts
        let reload = kit.reload(scripts)
        kit.refusal.withLock { $0 = .problem("no such feature") }
        try kit.write(Self.filter("two"))
        await kit.settle(reload)
        #expect(scripts.rules.ruleNames == ["one"])
    }

    @Test func `without a good version there is no start`() throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write("this is no Lua")
        #expect(throws: ScriptLoadError.self) { _ = try kit.start.take() }
    }

    @Test func `a request takes the scripts without waiting`() async throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let scripts = try kit.start.take().scripts
        let reload = kit.reload(scripts)
        try kit.write(Self.filter("two"))
        reload.reloadNow()
        _ = await reload.look()
        #expect(scripts.rules.ruleNames == ["two"])
    }

    @Test func `changed scripts end the brake's pause in the same transaction`() async throws {
        let kit = try Kit()
        defer { kit.worker.remove() }
        try kit.write(Self.filter("one"))
        let scripts = try kit.start.take().scripts
        let version = scripts.version
        try kit.worker.store.write {
            try Pauses.pause(
                Pauses.ingest, reason: "rule one fails", by: "the brake", scriptVersion: version,
                at: RunningTime.begin, on: $0)
        }
        let reload = kit.reload(scripts)
        await kit.settle(reload)
        #expect(try kit.worker.store.read { try Pauses.find(Pauses.ingest, on: $0) } != nil)
        // The same scripts after a restart change nothing.
        _ = try kit.start.take()
        #expect(try kit.worker.store.read { try Pauses.find(Pauses.ingest, on: $0) } != nil)
        try kit.write(Self.filter("two"))
        await kit.settle(reload)
        #expect(try kit.worker.store.read { try Pauses.find(Pauses.ingest, on: $0) } == nil)
    }
}
