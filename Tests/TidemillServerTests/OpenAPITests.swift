import Foundation
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillServer

/// The document that is served and committed.
struct OpenAPITests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `the committed document is the table's`() throws {
        let committed = try String(contentsOf: Self.root.appending(path: "docs/openapi.json"), encoding: .utf8)
        #expect(committed == OpenAPI.text, "run .ci/openapi and commit docs/openapi.json")
    }

    @Test func `every row has its route, and every operation an id of its own`() throws {
        let document = try Payload(json: Array(OpenAPI.text.utf8))
        guard case .object(let paths)? = document["paths"] else { return #expect(Bool(false)) }
        var ids: [String] = []
        for case .object(let methods) in paths.values {
            ids += methods.values.compactMap { $0["operationId"]?.text }
        }
        #expect(Set(ids).count == ids.count)
        for row in OperationTable.rows {
            #expect(paths["/operations/\(row.id.rawValue)"] != nil)
            guard row.audience == .client else { continue }
            #expect(paths[row.route.path]?[row.route.method.rawValue.lowercased()] != nil)
        }
    }
}
