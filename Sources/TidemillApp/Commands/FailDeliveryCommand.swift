import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// `tidemill deliveries fail ID --reason TEXT`: ends a delivery whose file will not come back.
struct FailDeliveryCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "fail",
        abstract: "Ends an open delivery whose spool or file will not come back, as failed.",
        discussion: """
            What it counted until then stays; `tidemill deliveries void` undoes it. Delivered again, records with idempotency keys \
            that were counted are duplicates and the others count. Refused while a worker may still go on with it.
            """)

    @Argument(help: "The delivery's id, from `tidemill deliveries`.")
    var id: String

    @Option(help: "Why, for whoever looks at it later.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason must say why") }
    }

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let id = DeliveryID(id)
        guard let delivery = try app.store.read({ try DeliveryLedger.find(id, on: $0) }) else {
            throw Self.refused("there is no delivery \"\(id.text.escapingControls)\"; `tidemill deliveries` lists them")
        }
        guard !delivery.state.isFinished else {
            throw Self.refused("delivery \(id) has ended already: it is \(delivery.state.rawValue)")
        }
        if let hope = try Self.hope(for: delivery, app) { throw Self.refused("delivery \(id) is not lost: \(hope)") }
        let now = app.clock.now
        let isOver = try app.store.write { connection in
            let code = delivery.spoolID == nil ? "file_gone" : "spool_gone"
            let isOver = try DeliveryLedger.fail(id, code: code, message: reason, at: now, on: connection)
            guard isOver else { return false }
            try AuditTrail.record(
                "failDelivery", ["delivery": .string(id.text), "name": .string(delivery.name)],
                by: .person(Person.current), reason: reason, at: now, on: connection)
            return true
        }
        guard isOver else { throw Self.refused("delivery \(id) has ended meanwhile") }
        output.show(.object(["delivery": .string(id.text), "state": "failed", "applied": .integer(delivery.applied)])) {
            "delivery \(id) has failed: \(TextTable.grouped(delivery.applied)) of its records count"
        }
    }

    /// Who may still go on with it; nil when nobody can.
    private static func hope(for delivery: Delivery, _ app: AppAssembly) throws -> String? {
        if let source = delivery.source {
            return FileManager.default.fileExists(atPath: source)
                ? "\(source.escapingControls) is there; repeat the `tidemill ingest`" : nil
        }
        guard let spool = delivery.spoolID else { return "the next worker of the spool that has its file takes it" }
        if try Spool.id(at: app.spoolSettings.path) == spool {
            return "it is this spool's; `tidemill run` goes on with it"
        }
        let known = try app.store.read { try Spools.find(spool, on: $0) }
        switch OtherSpool.worker(of: known) {
        case .runs: return "a worker runs on its spool"
        case .none: return "its spool is there; start a worker on it"
        case .unseen, .gone, .replaced: return nil
        }
    }

    private static func refused(_ message: String) -> CommandFailure {
        CommandFailure(.failed, code: "fail", message)
    }
}
