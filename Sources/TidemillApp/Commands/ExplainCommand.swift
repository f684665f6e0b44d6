import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill explain [CODE]`: what a code of `status` means, and what to do.
struct ExplainCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explains a code of `status`: what it means, and what to do.",
        discussion: "Without a code it lists all. `status --json` has the codes; docs/attention.md has the same words.")

    @Argument(help: "The code, such as ingest_paused.", completion: .names(.codes))
    var code: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        guard let code else {
            output.show(.array(AttentionCode.allCases.map(\.payload))) {
                var table = TextTable(.word("code"), .text("meaning"))
                for code in AttentionCode.allCases { table.add(code.rawValue, code.page.meaning) }
                return table.text(output.terminal)
            }
            return
        }
        guard let known = AttentionCode(rawValue: code) else {
            let names = AttentionCode.allCases.map(\.rawValue)
            throw CommandFailure(
                .wrongUse, code: "usage",
                "there is no code \"\(code.prefix(80).description.escapingControls)\"\(Suggestion.hint(for: code, in: names)); `tidemill explain` lists them"
            )
        }
        output.show(known.payload) { known.text }
    }
}

extension AttentionCode {
    fileprivate var payload: Payload {
        .object(["code": .string(rawValue), "meaning": .string(page.meaning), "remedy": .string(page.remedy)])
    }
}
