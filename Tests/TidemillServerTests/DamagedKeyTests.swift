import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillServer

/// A key whose row was damaged opens nothing, and says so.
struct DamagedKeyTests {
    @Test(arguments: ["scope = 'root'", "digest = 'no digits'"])
    func `a damaged key is no key that may read`(damage: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(
            path: folder.appending(path: "t.db").path, environment: "test", durability: .unsynced)
        defer { try? store.close() }
        let key = AccessKey(
            name: "backend", scope: .ingest, digest: AccessKey.digest(of: "tm_1"),
            createdAt: Timestamp(microseconds: 0), createdBy: "ann")
        #expect(try store.write { try AccessKeys.add(key, on: $0) })
        #expect(try store.read { try AccessKeys.list(on: $0) } == [key])
        _ = try store.write { try $0.execute("UPDATE access_keys SET \(damage)", []) }
        let error = #expect(throws: StoreError.self) { try store.read { try AccessKeys.list(on: $0) } }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("\"backend\"") == true)
    }
}
