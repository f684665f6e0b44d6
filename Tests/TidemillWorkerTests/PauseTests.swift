import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillWorker

/// Pauses by a person and by the brake of promise 7 of architecture.md.
@Suite struct PauseTests {
    @Test func `nothing is claimed while ingest is paused`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        try kit.store.write {
            try Pauses.pause(Pauses.ingest, reason: "upkeep", by: "ann", at: RunningTime.begin, on: $0)
        }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.pauseReason == "upkeep")
        #expect(totals.needsAttention)
        #expect(kit.names("inbox") == ["a.json"])
        let wasPaused = try kit.store.write { try Pauses.resume(Pauses.ingest, on: $0) }
        #expect(wasPaused)
        #expect(try await kit.loop().run(once: true).done == 1)
    }

    @Test func `a pause is seen while the worker runs, and its end`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let events = Events()
        let loop = try kit.loop(observe: events.observe)
        try kit.store.write {
            try Pauses.pause(Pauses.ingest, reason: "upkeep", by: "ann", at: RunningTime.begin, on: $0)
        }
        async let totals = loop.run()
        await events.wait { if case .paused(let reason) = $0 { reason == "upkeep" } else { false } }
        try kit.deliver("a.json")
        _ = try kit.store.write { try Pauses.resume(Pauses.ingest, on: $0) }
        await events.acknowledged("a.json")
        loop.requestStop()
        #expect(try await totals.done == 1)
    }

    @Test func `a pause interrupts a long delivery between two batches`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        let store = kit.store
        kit.processor.beforeEachGroup { _ in
            try store.write {
                try Pauses.pause(Pauses.ingest, reason: "upkeep", by: "ann", at: RunningTime.begin, on: $0)
            }
            while !Task.isCancelled { await Task.yield() }
        }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 0)
        #expect(totals.pauseReason == "upkeep")
        #expect(try kit.rows().map(\.state) == [.claimed])
    }

    func hold(_ kit: WorkerKit) async throws {
        try kit.deliver("a.json", lines: 3)
        try kit.deliver("b.json", lines: 2)
        kit.processor.answer("a.json", .state(.held(rule: "tokens", message: "attempt to index nil")))
        let totals = try await kit.loop(scriptVersion: "v1").run(once: true)
        #expect(totals.held == 1)
        #expect(totals.pauseReason == "attempt to index nil")
    }

    @Test func `the brake holds the delivery and pauses ingest`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await hold(kit)
        let held = try #require(try kit.rows().first { $0.state == .held })
        #expect(held.name == "a.json")
        #expect(held.message == "rule tokens: attempt to index nil")
        let pause = try #require(try kit.store.read { try Pauses.find(Pauses.ingest, on: $0) })
        #expect(pause.scriptVersion == ScriptVersionID("v1"))
        #expect(pause.pausedBy == "the brake")
        // Across a restart.
        #expect(try await kit.loop(scriptVersion: "v1").run(once: true).done == 0)
    }

    @Test func `a person's resume lets what was held pass the brake`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await hold(kit)
        _ = try kit.store.write { try Pauses.resume(Pauses.ingest, on: $0) }
        let totals = try await kit.loop(scriptVersion: "v1").run(once: true)
        #expect(totals.done + kit.processor.processed.count > 0)
        #expect(kit.processor.processed.last { $0.name == "a.json" }?.ignoresBrake == true)
        #expect(try kit.rows().allSatisfy { $0.state == .done })
        #expect(try kit.rows().reduce(0) { $0 + $1.applied } == 5)
    }

    @Test func `other scripts let what was held be tried with the brake on`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await hold(kit)
        let ended = try ["v1", "v2"].map { version in
            try kit.store.write {
                try IngestBrake.scriptsChanged(to: ScriptVersionID(version), at: RunningTime.begin, on: $0)
            }
        }
        #expect(ended == [false, true])
        let audit = try kit.store.read { try AuditLog.list(limit: 9, on: $0) }.reversed()
        #expect(audit.map(\.action) == ["pause", "resume"])
        #expect(Set(audit.map { "\($0.actorKind) \($0.actor)" }) == ["engine brake"])
        #expect(audit.first?.reason == "attempt to index nil")
        #expect(
            audit.map(\.details) == [
                #"{"name":"ingest","scriptVersion":"v1"}"#, #"{"name":"ingest","scriptVersion":"v2"}"#,
            ])
        try await kit.loop(scriptVersion: "v2").run(once: true)
        #expect(kit.processor.processed.last { $0.name == "a.json" }?.ignoresBrake == false)
        #expect(try kit.rows().allSatisfy { $0.state == .done })
    }

    @Test func `other scripts do not end a person's pause`() throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.store.write {
            try Pauses.pause(Pauses.ingest, reason: "upkeep", by: "ann", at: RunningTime.begin, on: $0)
            // The first reason stays.
            try Pauses.pause(
                Pauses.ingest, reason: "brake", by: "the brake", scriptVersion: ScriptVersionID("v1"),
                at: RunningTime.begin, on: $0)
        }
        let hasEnded = try kit.store.write { try Pauses.scriptsChanged(to: ScriptVersionID("v2"), on: $0) }
        #expect(!hasEnded)
        let pauses = try kit.store.read { try Pauses.list(on: $0) }
        #expect(pauses.map(\.reason) == ["upkeep"])
    }

    @Test func `a held delivery of a running worker goes on when it is resumed`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let events = Events()
        kit.processor.answer("a.json", .state(.held(rule: "tokens", message: "nil")))
        let loop = try kit.loop(scriptVersion: "v1", observe: events.observe)
        try kit.deliver("a.json")
        async let totals = loop.run()
        await events.wait { if case .held = $0 { true } else { false } }
        _ = try kit.store.write { try Pauses.resume(Pauses.ingest, on: $0) }
        await events.acknowledged("a.json")
        loop.requestStop()
        #expect(try await totals.done == 1)
    }

    @Test func `a rule that fails while other scripts take over makes no pause`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        try kit.deliver("b.json")
        kit.processor.answer("a.json", .state(.held(rule: "tokens", message: "nil")))
        let version = Mutex("v1")
        kit.processor.beforeEachGroup { _ in version.withLock { $0 = "v2" } }
        let totals = try await kit.loop(versions: { version.withLock { ScriptVersionID($0) } }).run(once: true)
        #expect(totals.held == 0 && totals.done == 2)
        #expect(try kit.store.read { try Pauses.list(on: $0) }.isEmpty)
        #expect(kit.processor.processed.map(\.name) == ["a.json", "b.json", "a.json"])
    }
}
