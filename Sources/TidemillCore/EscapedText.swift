extension String {
    /// The text as it may appear in a log or a message: control characters, and those that turn the direction of what
    /// follows, are shown as `\n` or `\u{1B}`. File names and script output come from strangers.
    public var escapingControls: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.isUnprintable:
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    public var isControl: Bool { properties.generalCategory == .control }

    /// Control, format (bidirectional overrides), line and paragraph separators, private use and unassigned.
    public var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
