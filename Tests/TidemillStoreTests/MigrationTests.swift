import Foundation
import Testing
import TidemillCore

@testable import TidemillStore

struct MigrationTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db")
        .path

    private static let newest = Migrations.all.last?.number ?? 0

    private func open(_ migrations: [Migration], environment: String = "test") throws -> SQLiteStore {
        try SQLiteStore(path: path, environment: environment, clock: SystemWallclock(), migrations: migrations)
    }

    private let later = Migration(
        number: Self.newest + 1, name: "later",
        statements: ["CREATE TABLE later(id BIGINT PRIMARY KEY)"])

    @Test func `an older store is migrated and a copy of it kept`() throws {
        try open(Migrations.all).write { connection in
            _ = try connection.execute("INSERT INTO sequences(name, value) VALUES ('mark', 42)")
        }
        let migrated = try open(Migrations.all + [later])
        #expect(try migrated.read { try $0.first("SELECT COUNT(*) FROM later") { $0.integer(0) } } == 0)
        // The copy is read with SQLite's own shell.
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = [
            "sqlite3", path + ".before-\(Self.newest)",
            "SELECT value FROM sequences WHERE name = 'mark'; SELECT COUNT(*) FROM sqlite_master WHERE name = 'later'",
        ]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        #expect(text == "42\n0\n")
        // Nothing is left of the copy's way there.
        let folder = (path as NSString).deletingLastPathComponent
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func `a store of the first release takes in the client operations and keeps its data`() throws {
        try open([initial]).write { connection in
            _ = try connection.execute("INSERT INTO sequences(name, value) VALUES ('mark', 42)")
        }
        let store = try open(Migrations.all)
        #expect(FileManager.default.fileExists(atPath: path + ".before-1"))
        let (mark, announced) = try store.read { connection in
            (
                try connection.first("SELECT value FROM sequences WHERE name = 'mark'") { $0.integer(0) },
                try connection.first("SELECT COUNT(*) FROM outbox") { $0.integer(0) }
            )
        }
        #expect(mark == 42)
        #expect(announced == 0)
    }

    @Test func `a new store leaves no copy, and opening it again changes nothing`() throws {
        _ = try open(Migrations.all)
        _ = try open(Migrations.all)
        #expect(!FileManager.default.fileExists(atPath: path + ".before-0"))
        #expect(!FileManager.default.fileExists(atPath: path + ".before-\(Self.newest)"))
    }

    @Test func `a newer store is refused`() throws {
        _ = try open(Migrations.all + [later])
        let error = #expect(throws: StoreError.self) { try open(Migrations.all) }
        #expect(error?.code == .incompatible)
        #expect(
            error?.message
                == "the store has schema \(Self.newest + 1), this Tidemill knows up to \(Self.newest); use the newer Tidemill that wrote it"
        )
    }

    @Test func `a migration that fails leaves the store as it was`() throws {
        _ = try open(Migrations.all)
        let broken = Migration(
            number: Self.newest + 1, name: "broken",
            statements: ["CREATE TABLE half(id BIGINT)", "NONSENSE"])
        #expect(throws: StoreError.self) { try open(Migrations.all + [broken]) }
        let store = try open(Migrations.all)
        #expect(
            try store.read { try $0.first("SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'") { $0.integer(0) } }
                == 0)
    }

    @Test func `the store of another environment is refused`() throws {
        _ = try open(Migrations.all, environment: "production")
        let error = #expect(throws: StoreError.self) { try open(Migrations.all, environment: "dev") }
        #expect(
            error?.message
                == "the store belongs to environment \"production\", the configuration says \"dev\"; use another store.url or set environment = \"production\""
        )
    }

    @Test func `a file that is no database is refused`() throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
        let error = #expect(throws: StoreError.self) { try open(Migrations.all) }
        #expect(error?.code == .corrupt)
    }
}
