import Foundation
import Testing
import TidemillOperations

/// `backup`, read with SQLite's own shell and by the program itself.
struct BackupTests {
    @Test func `the copy is whole, its owner's alone, and works in place of the store`() throws {
        let mill = try Mill(scripts: ["rules.lua": #"catalog { products = { { id = "p", displayName = "P" } } }"#])
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        let copy = mill.folder.path("copy.db")
        #expect(try mill.json("backup", copy)["file"]?.text == copy)
        // What comes later is not in it.
        _ = try mill.json("call", "provisionCustomer", #"{"id":"later"}"#)

        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = ["sqlite3", copy, "PRAGMA integrity_check; SELECT id FROM customers;"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        #expect(text == "ok\nacme\n")
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(mode == 0o600)

        for name in ["var/tidemill.db-wal", "var/tidemill.db-shm"] {
            try? FileManager.default.removeItem(atPath: mill.folder.path(name))
        }
        try FileManager.default.removeItem(atPath: mill.folder.path("var/tidemill.db"))
        try FileManager.default.copyItem(atPath: copy, toPath: mill.folder.path("var/tidemill.db"))
        #expect(try mill.json("call", "listCustomers")["data"]?.items.map { $0["id"]?.text } == ["acme"])
    }

    @Test func `a name that is taken is refused, and nothing is left of a copy that cannot be made`() throws {
        let mill = try Mill(scripts: ["rules.lua": ""])
        try mill.folder.write("taken.db", "mine")
        let taken = try mill.json("backup", mill.folder.path("taken.db"), status: 1)
        #expect(taken["error"]?["message"]?.text?.contains("exists already") == true)
        #expect(try mill.folder.read("taken.db") == "mine")
        let nowhere = try mill.json("backup", mill.folder.path("no/such/folder/copy.db"), status: 1)
        #expect(nowhere["error"]?["code"]?.text?.hasPrefix("store_") == true)
    }
}
