import TidemillOperations

/// Names and what is known of each.
struct Facts {
    private var items: [HTML] = []

    mutating func add(_ name: String, _ value: HTML) { items.append("<dt>\(name)</dt><dd>\(value)</dd>\n") }

    /// Members of an answer that are there.
    mutating func add(
        _ members: [(name: String, member: String, kind: PageTable.Kind)], of answer: Payload, _ shown: Shown
    ) {
        for (name, member, kind) in members {
            guard let value = answer.member(member), !value.isNull, value.text != "" else { continue }
            add(name, shown.value(value, kind))
        }
    }

    var html: HTML { "<dl class=\"dl\">\(items)</dl>" }
    var isEmpty: Bool { items.isEmpty }
}

/// A document as it is, folded where it is long.
enum Folded {
    private static let openLines = 12
    static let lettersMax = 64 << 10

    static func html(_ value: Payload?, _ title: String = "whole") -> HTML {
        guard let value, !value.isNull else { return Shown.none }
        let text = value.prettyJSON
        let shown = text.utf8.count > lettersMax ? String(text.prefix(lettersMax)) + "…" : text
        guard shown.count(where: { $0 == "\n" }) > openLines else { return "<pre>\(whole: shown)</pre>" }
        return "<details><summary>\(title)</summary><pre>\(whole: shown)</pre></details>"
    }

    static func short(_ value: Payload?) -> HTML {
        guard let value, !value.isNull else { return Shown.none }
        return "<code>\(value.text ?? value.json)</code>"
    }
}
