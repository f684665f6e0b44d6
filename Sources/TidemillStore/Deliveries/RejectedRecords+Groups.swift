public import TidemillCore

extension RejectedRecords {
    /// Records that were rejected for the same reason, whatever values they have.
    public struct Group: Sendable {
        public let code: String
        public let rule: String?
        /// The form of the message: what is quoted, and what numbers differ in it, is left out.
        public internal(set) var message: String
        public internal(set) var records: Int64 = 0
        public internal(set) var customers: Set<ByteText> = []
        public internal(set) var firstAt: Timestamp
        public internal(set) var lastAt: Timestamp
        /// The id of the newest.
        public internal(set) var sample: String
    }

    /// Forms that are told apart; what comes after them is one group for each code and rule.
    private static let groupsMax = 1000

    /// The selected records in groups, the largest first.
    public static func groups(_ selection: RejectedSelection, on connection: any SQLConnection) throws -> [Group] {
        var all = selection
        all.limit = .max
        all.after = nil
        let (condition, arguments) = all.condition
        var groups: [[String]: Group] = [:]
        try connection.query(
            "SELECT code, rule, message, customer_id, rejected_at, delivery, record FROM rejected_records \(condition)",
            arguments
        ) { row in
            let (code, rule, at) = (row.text(0), row.optionalText(1), Timestamp(microseconds: row.integer(4)))
            var form = form(of: row.text(2))
            let said = Self.form(of: row.text(2), keepingNumbers: true)
            if groups.count >= groupsMax, groups[[code, rule ?? "", form]] == nil { form = "…" }
            let sample = "\(row.text(5))#\(row.integer(6))"
            var group =
                groups[[code, rule ?? "", form]]
                ?? Group(
                    code: code, rule: rule, message: form == "…" ? form : said, firstAt: at, lastAt: at, sample: sample)
            group.records += 1
            if form != "…", group.message != said { group.message = common(group.message, said) }
            if let customer = row.optionalText(3) { group.customers.insert(ByteText(customer)) }
            group.lastAt = at
            group.sample = sample
            groups[[code, rule ?? "", form]] = group
        }
        return groups.values.sorted { ($1.records, $0.code, $0.message) < ($0.records, $1.code, $1.message) }
    }

    /// Two messages of one form, with the numbers that both have: a limit is in each, a value in one.
    public static func common(_ first: String, _ second: String) -> String {
        let (first, second) = (pieces(of: first), pieces(of: second))
        guard first.count == second.count else { return form(of: first.joined()) }
        return zip(first, second).map { $0 == $1 ? $0 : "…" }.joined()
    }

    /// Numbers, and what is between them.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var wasNumber: Bool?
        for character in text {
            // A number that is left out already is a piece, too.
            let isNumber = (character.isASCII && character.isNumber) || character == "…"
            if isNumber == wasNumber {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
            wasNumber = isNumber
        }
        return pieces
    }

    /// `'value' must be a number, got "x"` and the same with `"y"` are one form.
    public static func form(of message: String, keepingNumbers: Bool = false) -> String {
        var form = ""
        var isQuoted = false
        for character in message {
            if character == "\"" {
                form += isQuoted ? "\"" : "\"…"
                isQuoted.toggle()
            } else if isQuoted {
                continue
            } else if !keepingNumbers, character.isASCII, character.isNumber {
                if form.last != "0" { form.append("0") }
            } else {
                form.append(character)
            }
        }
        return form
    }
}
