import TidemillOperations

/// Where a command's result goes: one JSON document with `--json`, text for people otherwise. Whole results only, so
/// that a failing command leaves no half document.
struct Output {
    let isJSON: Bool
    var terminal = Terminal.current

    /// Prints `json` or the text, whichever was asked for.
    func show(_ json: @autoclosure () throws -> Payload, text: () throws -> String) rethrows {
        if isJSON {
            Self.write(Self.document(try json()), to: .standardOutput)
        } else {
            let text = try text()
            if !text.isEmpty { Self.write(text + "\n", to: .standardOutput) }
        }
    }

    /// A list has one item a line, which line tools like; anything else is indented.
    private static func document(_ json: Payload) -> String {
        guard case .array(let items) = json, !items.isEmpty else { return json.prettyJSON + "\n" }
        var text = "["
        for (index, item) in items.enumerated() {
            text += index == 0 ? "\n  " : ",\n  "
            text += item.json
        }
        return text + "\n]\n"
    }

    /// A line for people beside the result, on stderr.
    func note(_ text: String) {
        Self.write(text + "\n", to: .standardError)
    }

    /// The one way out for every command; `TidemillMain.main` ends with 1 when stdout refused some of it.
    static func write(_ text: String, to stream: StandardStream) { stream.write(text) }
}
