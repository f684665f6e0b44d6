import TidemillCore
import TidemillOperations
import TidemillPricing

/// What was waived of one line of closed usage, as parts of what the line comes to: the first 500 of it, or what lies
/// between 500 and 600. Each part is neither owed nor given back, however much the line comes to later: so it counts as
/// billed.
struct WaivedUsage: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        let from: Amount
        let to: Amount
    }

    /// The line, of nothing.
    private let line: QuoteLine
    /// In order; none reaches into another.
    private(set) var parts: [Part] = []
    /// What was waived although nothing of it was left: charged again for what had been given back.
    private var beyond = Amount.zero

    init(_ line: QuoteLine) {
        self.line = line.without
    }

    func isOf(_ line: QuoteLine) -> Bool { self.line.isOf(line) }

    /// All that was waived of lines.
    var total: Amount { amount() + beyond }

    /// The highest so much that is not waived yet of what lies below `top`.
    mutating func add(_ amount: Amount, below top: Amount) {
        var left = amount
        var new = parts
        func take(_ from: Amount, _ to: Amount) {
            let part = min(left, to - from)
            guard part > .zero else { return }
            new.append(Part(from: to - part, to: to))
            left -= part
        }
        var upper = top
        for part in parts.reversed() where part.from < upper {
            take(part.to, upper)
            upper = part.from
        }
        take(.zero, upper)
        parts = new.sorted { $0.from < $1.from }
        beyond += left
    }

    /// How much of a line that comes to so much was waived; of all, where nil.
    private func amount(of whole: Amount? = nil) -> Amount {
        parts.reduce(.zero) { $0 + max(min($1.to, whole ?? $1.to) - $1.from, .zero) }
    }

    /// Whether the line came to less by then than what was waived of it.
    func reachesBeyond(_ line: QuoteLine) -> Bool { amount(of: line.through ?? line.charged) < amount() }

    /// The line as it counts as billed: what was waived of it is in it, also where it comes to less by now, or to nothing.
    func applied(to line: QuoteLine?) -> QuoteLine {
        let line = line ?? self.line
        let whole = line.charged
        let counted = whole - amount(of: whole) + amount()
        var applied = line.with(charged: counted)
        applied.through = whole
        return applied
    }

    var stored: Payload {
        [
            "line": line.stored, "parts": .array(parts.map { [Payload($0.from), Payload($0.to)] }),
            "beyond": Payload(beyond),
        ]
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        line = try QuoteLine(stored: fields["line"] ?? .null, amount: .zero)
        beyond = try fields.amount("beyond")
        parts = try (fields["parts"]?.items ?? []).map { item in
            guard let bounds = item.items?.compactMap({ Amount($0.json) }), bounds.count == 2 else {
                throw fields.damaged("parts")
            }
            return Part(from: bounds[0], to: bounds[1])
        }
    }
}

extension [WaivedUsage] {
    /// The lines of a price as they count as billed.
    func applied(to lines: [QuoteLine]) -> [QuoteLine] {
        reduce(into: lines) { lines, waived in
            guard let index = lines.firstIndex(where: { waived.isOf($0) }) else {
                return lines.append(waived.applied(to: nil))
            }
            lines[index] = waived.applied(to: lines[index])
        }
    }
}

extension QuoteLine {
    /// Usage, or what the minimum spend covers of it.
    var isWaivable: Bool { isMetered || kind == .covered }

    /// What it adds to what is billed; a cover grows with the usage that it covers.
    var charged: Amount { kind == .covered ? -amount : amount }

    /// Whether both bill the same, late or not.
    func isOf(_ other: QuoteLine) -> Bool {
        kind == other.kind && featureID == other.featureID && packageID == other.packageID
    }

    func with(charged: Amount) -> QuoteLine {
        var line = QuoteLine(
            kind: kind, description: description, packageID: packageID, featureID: featureID, quantity: quantity,
            unitPrice: unitPrice, amount: kind == .covered ? -charged : charged, isMinimumSpend: isMinimumSpend,
            terms: terms, window: window)
        (line.origin, line.through, line.turn) = (origin, through, turn)
        return line
    }
}
