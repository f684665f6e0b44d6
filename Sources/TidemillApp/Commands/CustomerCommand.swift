import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill customer ID`: why can they, or why not.
struct CustomerCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer",
        abstract: "One customer on one screen: plan, period, usage against limits, credits, next invoice, trouble.")

    @Argument(help: "The customer's id.", completion: .names(.customers))
    var id: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try found(output)
        try output.show(answer.payload) { try CustomerPage(answer.output(), output.terminal).text }
    }

    /// A misspelt id is told the nearest one.
    private func found(_ output: Output) throws -> Answer<GetCustomerOverview> {
        do { return try ask(GetCustomerOverview.self, ["customerId": .string(id)], output) } catch let failure
            as CommandFailure
            where failure.code == OperationError.Code.customerNotFound.rawValue
        {
            guard let near = try unmatched(["customerId": .string(id)], output).first?.suggestion else { throw failure }
            throw CommandFailure(
                failure.exit, code: failure.code,
                "there is no customer \"\(id.escapingControls)\"; did you mean \"\(near.escapingControls)\"?")
        }
    }
}
