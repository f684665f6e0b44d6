public import Foundation

/// A cut of a real service's requests, as events: Tests/Fixtures/inference-trace, whose README has the sums.
public struct InferenceTrace: Sendable {
    public let name: String
    public let events: Int
    public let contextTokens: Int64
    public let generatedTokens: Int64

    public static let code = InferenceTrace(
        name: "code.ndjson", events: 2_000, contextTokens: 3_973_157, generatedTokens: 59_024)
    public static let conversation = InferenceTrace(
        name: "conv.ndjson", events: 2_000, contextTokens: 2_209_565, generatedTokens: 529_807)
    public static let all = [code, conversation]

    public func data() throws -> Data {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Data(contentsOf: root.appending(path: "Tests/Fixtures/inference-trace/\(name)"))
    }
}
