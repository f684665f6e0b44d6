/// What a client says it takes (RFC 9110, 12.5.1).
extension WireHeaders {
    /// Whether pages are asked for by name, and wanted no less than JSON.
    var prefersPages: Bool {
        let accepted = all("accept").flatMap { $0.split(separator: ",") }.map(AcceptedRange.init)
        func weight(_ names: [String]) -> Int? {
            names.lazy.compactMap { name in accepted.first { $0.name == name }?.thousandths }.first
        }
        guard let page = weight(["text/html", "text/*"]), page > 0 else { return false }
        return page >= weight(["application/json", "application/*", "*/*"]) ?? 0
    }
}

/// `text/html;q=0.8`: a media type or range, and how much it is wanted.
private struct AcceptedRange {
    let name: String
    let thousandths: Int

    init(_ text: Substring) {
        let parts = text.split(separator: ";").map { $0.trimmed.lowercased() }
        name = parts.first ?? ""
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
        // Whoever says nothing that can be read wants it.
        thousandths = weight.flatMap(Self.thousandths) ?? 1000
    }

    /// `1`, `0.5`, `0.`: three digits at most stand after the point.
    private static func thousandths(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int(parts[0]), (0...1).contains(whole) else { return nil }
        let fraction = parts.count > 1 ? parts[1] : ""
        guard fraction.count <= 3, fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let digits = fraction + String(repeating: "0", count: 3 - fraction.count)
        return min(1000, whole * 1000 + (Int(digits) ?? 0))
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
