import ArgumentParser
import TidemillDisplay
import TidemillOperations

/// `tidemill deliveries fail ID --reason TEXT`: ends a delivery whose file will not come back.
struct FailDeliveryCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "fail",
        abstract: "Ends an open delivery whose spool or file will not come back, as failed.",
        discussion: """
            What it counted until then stays; `tidemill deliveries void` undoes it. Delivered again, records with idempotency keys \
            that were counted are duplicates and the others count. Refused while a worker may still go on with it.
            """)

    @Argument(help: "The delivery's id, from `tidemill deliveries`.", completion: .names(.deliveries))
    var id: String

    @Option(help: "Why, for whoever looks at it later.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(FailDelivery.self, ["id": .string(id), "reason": .string(reason)], output)
        try output.show(answer.payload) {
            let failed = try answer.output()
            return "delivery \(failed.delivery) has failed: \(Figures.grouped(failed.applied)) of its records count"
        }
    }
}
