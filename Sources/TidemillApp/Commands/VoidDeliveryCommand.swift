import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// `tidemill deliveries void ID --reason TEXT`: undoes what a bad producer's delivery counted.
struct VoidDeliveryCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "void",
        abstract: "Undoes a finished delivery: its events and usage reports stop counting, burned credits come back.",
        discussion: """
            Usage is counted again and credits get compensating rows in the ledger. Anything else that its operations did stays. The \
            delivery's records remain known: a correction needs idempotency keys of its own.
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
        let bar = ShareBar(output, "counting again")
        let voided: VoidedDelivery
        do {
            voided = try app.engine().void(
                DeliveryID(id), by: Person.current, reason: reason, now: app.clock.now,
                progress: { bar.show($0, of: $1) })
        } catch let error as VoidError {
            throw CommandFailure(.failed, code: "void", error.description)
        }
        bar.clear()
        output.show(voided.payload) {
            "delivery \(voided.delivery) is voided: \(TextTable.grouped(voided.events)) events and \(TextTable.grouped(voided.reports)) usage reports count no longer"
        }
    }
}

extension VoidedDelivery {
    var payload: Payload {
        var members: [String: Payload] = [
            "delivery": .string(delivery.text), "voidedAt": Payload(voidedAt), "voidedBy": .string(voidedBy),
            "reason": .string(reason), "events": .integer(events), "reports": .integer(reports),
        ]
        if let finishedAt { members["finishedAt"] = Payload(finishedAt) }
        return .object(members)
    }
}
