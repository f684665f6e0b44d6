public import TidemillOperations

/// One `test("name", function(t) … end)` of a test file.
public struct ScriptTest: Sendable, Hashable {
    public var name: String
    /// As messages name it: `scripts/welcome_test.lua`.
    public var file: String
    public var line: Int
}

/// What a test asks for.
public enum TestRequest: Sendable, Hashable {
    /// An operation, a look-up, or the time.
    case effect(EffectRequest)
    /// A function of `t` with its arguments: `test.drop`, `test.advance`.
    case step(String, [Payload])

    init(_ name: String, _ arguments: Payload) throws(EffectError) {
        if name.hasPrefix("test.") {
            self = .step(name, arguments.items ?? [])
        } else if name.hasPrefix("client.") || name.hasPrefix("lookup.") || name == "time.now" {
            self = .effect(try EffectRequest(name, arguments, operations: nil, jobs: []))
        } else {
            throw .badInput(
                "\(name) belongs to jobs; a test looks at what jobs did: t.runs, t.emitted, t.usage, t.balance")
        }
    }
}

/// The world that a test looks at and moves.
public protocol TestWorld: Sendable {
    nonisolated(nonsending) func perform(_ request: TestRequest) async throws(EffectError) -> Payload

    /// A line that the test itself logs.
    func log(_ line: ScriptLogLine)
}
