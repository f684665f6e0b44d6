import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill invoices list|show|paid|void|late`: what customers owe.
struct InvoicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoices", abstract: "What customers owe: invoices with their lines.",
        subcommands: [List.self, Show.self, Paid.self, VoidOne.self, LateUsageCommand.self],
        defaultSubcommand: List.self)

    struct List: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "The invoices that a customer pays, oldest first.")

        @Option(help: "Who pays.", completion: .names(.customers))
        var customer: String

        @Option(help: "Only those of this subscription.")
        var subscription: String?

        @Flag(help: "Drafts, too: usage still joins them.")
        var drafts = false

        @Option(help: "At most this many.")
        var limit = 50

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let found = try list(
                ListInvoices.self,
                [
                    "id": .string(customer), "subscriptionId": .text(subscription), "includeDrafts": .boolean(drafts),
                ], limit: limit, output)
            try output.show(.array(found.documents)) {
                found.documents.isEmpty
                    ? "No invoices of \(customer)\(drafts ? "" : " are final") yet."
                    : Self.table(try found.items(CustomerInvoice.self)).text(output.terminal)
            }
        }

        private static func table(_ invoices: [CustomerInvoice]) -> TextTable {
            var table = TextTable(
                .word("id"), .word("number"), .state("state"), .time("of"), .id("subscription", rank: 2),
                .number("total"), .word("currency"), .text("why", rank: 3))
            for invoice in invoices {
                table.add(
                    invoice.invoiceID, invoice.invoiceNumber ?? "", invoice.state.rawValue,
                    invoice.createdAt.secondsDescription, invoice.subscriptionID, invoice.shown(invoice.total),
                    invoice.currency.uppercased(), invoice.problem ?? invoice.reason ?? invoice.cause.rawValue)
            }
            return table
        }
    }

    struct Show: AskingCommand {
        static let configuration = CommandConfiguration(abstract: "One invoice with its lines.")

        @Argument(help: "The invoice's id, from the list.")
        var id: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(GetInvoice.self, ["id": .string(id)], output)
            try output.show(answer.payload) { try answer.output().page(output.terminal) }
        }
    }

    struct Paid: AskingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Notes that an invoice was paid. Nobody is charged by it.")

        @Argument(help: "The invoice's id, from the list.")
        var id: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let invoice = try ask(GetInvoice.self, ["id": .string(id)], output).output()
            let answer = try ask(
                MarkInvoiceAsPaid.self, ["id": .string(invoice.subscriptionID), "invoiceId": .string(id)], output)
            output.show(answer.payload) {
                "invoice \(invoice.invoiceNumber ?? id) of \(invoice.customerID) is paid"
            }
        }
    }

    struct VoidOne: AskingCommand {
        static let configuration = CommandConfiguration(
            commandName: "void",
            abstract: "Voids a final invoice that is not paid: number and content stay, nobody owes it any more.",
            discussion: """
                The account has back what it paid of it. With --rebill false what it charged is waived; with --rebill true \
                its lines wait for the next invoice of whoever pays.
                """)

        @Argument(help: "The invoice's id, from the list.")
        var id: String

        @Option(help: "true: its lines wait for the next invoice; false: what it charged is waived.")
        var rebill: Bool

        @Option(help: "Why, for whoever looks at it later.")
        var reason: String

        @OptionGroup var options: GlobalOptions

        func perform(_ output: Output) throws {
            let answer = try ask(
                VoidInvoice.self,
                ["id": .string(id), "rebill": .boolean(rebill), "reason": .string(reason)], output)
            try output.show(answer.payload) {
                let invoice = try answer.output()
                return
                    "invoice \(invoice.invoiceNumber ?? id) of \(invoice.customerID) is void: \(invoice.shown(invoice.total)) \(invoice.currency.uppercased()) \(rebill ? "wait for the next invoice" : "are waived")"
            }
        }
    }
}

extension CustomerInvoice {
    func shown(_ amount: Amount) -> String { amount.shown(in: currency) }

    fileprivate func page(_ terminal: Terminal) -> String {
        var facts = TextTable(.text("invoice"), .text(invoiceID))
        facts.add("number", invoiceNumber ?? "none yet")
        facts.add("state", state.rawValue)
        facts.add("customer", customerID.text)
        facts.add("subscription", subscriptionID)
        facts.add("because of", cause.rawValue)
        if let range = billingPeriodRange { facts.add("period", "\(range.start) to \(range.end)") }
        if let planID { facts.add("plan", "\(planID), version \(planVersion ?? 0)") }
        if let finalAfter { facts.add("final after", finalAfter.description) }
        if let problem { facts.add("problem", problem) }
        if let issueDate { facts.add("issued", issueDate.description) }
        if let dueDate, state == .open { facts.add("due", dueDate.description) }
        if let paidDate { facts.add("paid", paidDate.description) }
        if let canceledAt { facts.add("voided", "\(canceledAt): \(reason ?? "")") }
        var lines = TextTable(.number("amount"), .text("line"), .text("of", rank: 1))
        for line in lineItems { lines.add(shown(line.amount), line.words, line.windowWords) }
        for discount in discounts { lines.add(shown(Amount.zero - discount.amount), discount.description, "") }
        if tax != .zero { lines.add(shown(tax), "tax", "") }
        if creditUsed != .zero { lines.add(shown(Amount.zero - creditUsed), "from the account", "") }
        if creditAdded != .zero { lines.add(shown(creditAdded), "to the account", "") }
        lines.add(shown(total), "\(currency.uppercased()) to pay", "")
        return facts.text(terminal) + "\n\n" + lines.text(terminal)
    }
}

extension InvoiceLineItem {
    /// "Pro", or "Tokens, overage, 150 at 0.02".
    fileprivate var words: String {
        quantity == Amount(1) || kind == "covered" || kind == "discount"
            ? description : "\(description), \(Figures.grouped(quantity.description)) at \(unitPrice)"
    }

    fileprivate var windowWords: String {
        window.map { "\($0.start.secondsDescription) to \($0.end.secondsDescription)" } ?? ""
    }
}
