import Foundation
public import TidemillCore
import TidemillOperations

/// What a recharge policy answered: buy. The guards are outside of it.
public struct RechargeDecision: Sendable, Hashable {
    public enum Purchase: Sendable, Hashable {
        /// Up to this balance.
        case targetBalance(Amount)
        /// This many credits.
        case amount(Amount)
    }

    public enum Expiration: Sendable, Hashable {
        case at(Timestamp)
        case after(Duration)
        /// Calendar months from the purchase.
        case months(Int)
    }

    public var purchase: Purchase
    public var reason: String?
    public var expiration: Expiration?

    /// Reads an answer; nil for null. Throws what is wrong with it, in words.
    init?(_ answer: Payload) throws(AnswerProblem) {
        if answer.isNull { return nil }
        guard case .object(let members) = answer else {
            throw AnswerProblem("decide must return nil or a table, got \(answer.kind)")
        }
        let known = ["targetBalance", "amount", "reason", "expiration"]
        for key in members.keys.sorted() where !known.contains(key) {
            let shown = String(key.prefix(80))
            throw AnswerProblem("the answer has an unknown key '\(shown)'\(Suggestion.hint(for: shown, in: known))")
        }
        let given = members.filter { !$0.value.isNull }
        switch (given["targetBalance"], given["amount"]) {
        case (let target?, nil): purchase = .targetBalance(try Self.amount(target, "targetBalance"))
        case (nil, let amount?): purchase = .amount(try Self.amount(amount, "amount"))
        case (nil, nil):
            throw AnswerProblem("the answer has neither 'targetBalance' nor 'amount'; return nil to buy nothing")
        case (_?, _?): throw AnswerProblem("the answer has both 'targetBalance' and 'amount'; give one")
        }
        if let value = given["reason"] {
            guard let text = value.text, text.utf8.count <= 1024 else {
                throw AnswerProblem("'reason' must be a string of at most 1024 bytes, got \(value.kind)")
            }
            reason = text
        }
        if let value = given["expiration"] { expiration = try Self.expiration(value) }
    }

    private static func amount(_ value: Payload, _ name: String) throws(AnswerProblem) -> Amount {
        let amount: Amount?
        switch value {
        case .integer(let units): amount = Amount(units)
        case .number(let digits), .string(let digits):
            // Nil says that it is none: the message below says the rest.
            amount = try? Amount(parsing: digits)
        default: amount = nil
        }
        guard let amount, amount.isWithinBound, amount > Amount(0) else {
            let got = value.text.map { "\"\($0.prefix(40))\"" } ?? (amount == nil ? value.kind : value.json)
            throw AnswerProblem("'\(name)' must be a number above 0, got \(got)")
        }
        return amount
    }

    private static func expiration(_ value: Payload) throws(AnswerProblem) -> Expiration {
        if let text = value.text {
            if let instant = Timestamp(rfc3339: text) { return .at(instant) }
            if let duration = DurationText.parse(text), duration > .zero { return .after(duration) }
            let words = text.lowercased().split { $0 == " " || $0 == "_" }
            if words.count == 2, let count = Int(words[0]), (1...1200).contains(count) {
                if words[1] == "month" || words[1] == "months" { return .months(count) }
                if words[1] == "year" || words[1] == "years", count <= 100 { return .months(12 * count) }
            }
        }
        throw AnswerProblem("'expiration' must be an instant, or a time such as \"30 days\", \"1 month\" or \"1 year\"")
    }
}

/// Why an answer makes no sense.
struct AnswerProblem: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
