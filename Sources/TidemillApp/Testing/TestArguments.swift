import TidemillCore
import TidemillOperations
import TidemillScripting

/// The arguments of a function of `t`, read and checked.
struct TestArguments {
    /// `test.drop`; tests write `t.drop`.
    let name: String
    private let items: [Payload]

    init(_ name: String, _ items: [Payload]) {
        self.name = name
        self.items = items
    }

    subscript(index: Int) -> Payload { index < items.count ? items[index] : .null }

    func wrong(_ message: String) -> EffectError {
        .raised(code: "BadUserInput", message: "t.\(name.dropFirst("test.".count)): \(message)")
    }

    func text(_ index: Int) throws -> String {
        guard let text = self[index].text else { throw wrong("expected a string, got \(self[index].kind)") }
        return text
    }

    func optionalText(_ index: Int) throws -> String? { self[index].isNull ? nil : try text(index) }

    func instant(_ index: Int) throws -> Timestamp {
        guard let instant = self[index].text.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw wrong("expected an instant such as \"2026-03-01T00:00:00Z\", got \(self[index].json)")
        }
        return instant
    }

    func duration(_ index: Int) throws -> Duration {
        switch self[index] {
        case .string(let text):
            if let duration = DurationText.parse(text) { return duration }
        case .integer(let seconds) where (0...315_360_000).contains(seconds): return .seconds(seconds)
        default: break
        }
        throw wrong("expected a length of time such as \"30s\", \"24h\" or \"3 days\", got \(self[index].json)")
    }

    /// The table at `index`; an absent one is empty.
    func options(_ index: Int, _ known: [String]) throws -> TextMap<Payload> {
        switch self[index] {
        case .null: return [:]
        case .object(let members):
            for key in members.keys.sorted() where !known.contains(key) {
                throw wrong("unknown key '\(key.prefix(80))'\(Suggestion.hint(for: String(key.prefix(80)), in: known))")
            }
            return members
        default: throw wrong("expected a table, got \(self[index].kind)")
        }
    }
}
