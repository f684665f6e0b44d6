import ArgumentParser
import TidemillDisplay
import TidemillOperations

/// `tidemill deliveries void ID --reason TEXT`: undoes what a bad producer's delivery counted.
struct VoidDeliveryCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "void",
        abstract: "Undoes a finished delivery: its events and usage reports stop counting, burned credits come back.",
        discussion: """
            Usage is counted again and credits get compensating rows in the ledger. Anything else that its operations did stays. The \
            delivery's records remain known: a correction needs idempotency keys of its own, or the rules are mended and \
            `tidemill reprocess --delivery ID` brings the events back.
            """)

    @Argument(help: "The delivery's id, from `tidemill deliveries`.", completion: .names(.deliveries))
    var id: String

    @Option(help: "Why, for whoever looks at it later.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(
            VoidDelivery.self, ["id": .string(id), "reason": .string(reason)], output, progress: "counting again")
        try output.show(answer.payload) {
            let voided = try answer.output()
            return
                "delivery \(voided.delivery) is voided: \(Figures.grouped(voided.events)) events and \(Figures.grouped(voided.reports)) usage reports count no longer"
        }
    }
}
