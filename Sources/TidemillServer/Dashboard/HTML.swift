/// A piece of a page. Texts that are put into it are escaped by their type: only literals of the source and other pieces go
/// in as they are, so that no customer's name, file or message can be anything but text.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    fileprivate(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static let empty: HTML = ""
    var isEmpty: Bool { text.isEmpty }

    /// What is longer is cut, and says so.
    static let textMax = 200

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ piece: HTML) { text += piece.text }
        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
        mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }
        /// A text from anywhere.
        mutating func appendInterpolation(_ value: some StringProtocol) { text += HTML.escaped(value, max: textMax) }
        /// A text that is not cut: a file, a payload, a link.
        mutating func appendInterpolation(whole value: some StringProtocol) { text += HTML.escaped(value, max: nil) }
    }

    static func += (left: inout HTML, right: HTML) { left.text += right.text }

    /// Markup undone, and characters that draw nothing or turn the direction shown by their numbers.
    private static func escaped(_ value: some StringProtocol, max: Int?) -> String {
        var result = ""
        var count = 0
        for scalar in value.unicodeScalars {
            count += 1
            if let max, count > max { return result + "…" }
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result += "‹U+" + String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits + "›"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}

extension HTML {
    /// A text of a customer's: whatever its direction, what stands beside it keeps its place.
    static func name(_ text: String) -> HTML { "<bdi>\(text)</bdi>" }

    /// A message of the program: what stands in backticks is what one types.
    static func prose(_ text: String) -> HTML {
        let parts = text.prefix(textMax * 2).split(separator: "`", omittingEmptySubsequences: false)
        // One that is not closed is no mark.
        guard parts.count % 2 == 1 else { return name(text) }
        let pieces = parts.enumerated().map { index, part -> HTML in
            index % 2 == 0 ? "\(part)" : "<code>\(part)</code>"
        }
        return "<bdi>\(pieces)</bdi>"
    }

    static func code(_ text: String) -> HTML { "<code>\(text)</code>" }

    /// A link to a page of this server. Segments are encoded; nothing from outside becomes a target of its own.
    static func link(_ segments: [String], query: [(String, String)] = [], _ label: HTML) -> HTML {
        "<a href=\"\(whole: PagePath.text(segments, query))\">\(label)</a>"
    }

    static func joined(_ pieces: [HTML], separator: HTML) -> HTML {
        var result = HTML.empty
        for (index, piece) in pieces.enumerated() {
            if index > 0 { result += separator }
            result += piece
        }
        return result
    }
}

/// Paths of pages.
enum PagePath {
    static func text(_ segments: [String], _ query: [(String, String)] = []) -> String {
        let path = "/" + segments.map(encoded).joined(separator: "/")
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
    }

    /// Of a delivery's page; nil for a call, which has none.
    static func delivery(_ id: String) -> [String]? { id.hasPrefix("call-") ? nil : ["deliveries", id] }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
