public import TidemillCore
public import TidemillOperations

/// One grant that a grant rule asks for.
public struct GrantAnswer: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Fields of `grantPromotionalEntitlements`.
        case promotionalEntitlement
        /// Fields of `grantCredits`.
        case credits
    }

    public var kind: Kind
    public var customerID: String
    /// Nil: the cause is the key.
    public var key: String?
    /// Without `key`; the operation it belongs to checks the rest.
    public var fields: TextMap<Payload>

    private static let itemsMax = 1000

    /// Reads an answer; empty for null and for an empty list. Throws what is wrong with it, in words.
    static func read(_ answer: Payload) throws(AnswerProblem) -> [GrantAnswer] {
        switch answer {
        case .null: return []
        case .object(let members) where members.isEmpty: return []
        case .object: throw AnswerProblem("decide must return nil or a list of grants, got a table; write { { … } }")
        case .array(let items):
            guard items.count <= itemsMax else {
                throw AnswerProblem("the answer has \(items.count) grants; at most \(itemsMax) at once")
            }
            var grants: [GrantAnswer] = []
            for (index, item) in items.enumerated() { grants.append(try read(item, at: "grant \(index + 1)")) }
            try checkKeys(of: grants)
            return grants
        default: throw AnswerProblem("decide must return nil or a list of grants, got \(answer.kind)")
        }
    }

    /// Each is made once for its customer and key: two with the same would be one.
    private static func checkKeys(of grants: [GrantAnswer]) throws(AnswerProblem) {
        var places: [[String?]: Int] = [:]
        for (index, grant) in grants.enumerated() {
            guard let first = places.updateValue(index, forKey: [grant.customerID, grant.key]) else { continue }
            let keys = grant.key.map { "the same key \"\($0.prefix(100))\"" } ?? "no key"
            throw AnswerProblem(
                "grants \(first + 1) and \(index + 1) for \"\(grant.customerID.prefix(100))\" have \(keys), and one is made for each customer and key; give each a 'key' of its own"
            )
        }
    }

    private static func read(_ item: Payload, at place: String) throws(AnswerProblem) -> GrantAnswer {
        guard case .object(var fields) = item else {
            throw AnswerProblem("\(place) must be a table, got \(item.kind)")
        }
        guard let customer = fields["customerId"]?.text, (1...255).contains(customer.utf8.count) else {
            throw AnswerProblem("\(place): 'customerId' must be a string of 1 to 255 bytes")
        }
        var key: String?
        if let value = fields.removeValue(forKey: "key"), !value.isNull {
            guard let text = value.text, (1...255).contains(text.utf8.count) else {
                throw AnswerProblem("\(place): 'key' must be a string of 1 to 255 bytes, got \(value.kind)")
            }
            key = text
        }
        let isEntitlement = fields["featureId"] != nil
        guard isEntitlement != (fields["currencyId"] != nil) else {
            throw AnswerProblem(
                "\(place) needs 'featureId' (a promotional entitlement) or 'currencyId' (credits), and not both")
        }
        return GrantAnswer(
            kind: isEntitlement ? .promotionalEntitlement : .credits, customerID: customer, key: key, fields: fields)
    }
}
