import Foundation
import Testing

@testable import TidemillServer

/// Where a server is to listen on a socket of the file system: what is there already.
struct SocketFileTests {
    private static func within(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/tidemill-socket-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static func refusal(_ path: String) -> String {
        do throws(DoorError) {
            _ = try SocketFile(path)
            return "taken"
        } catch {
            return error.message
        }
    }

    /// A socket that is bound, and listens where it is told to.
    private static func bound(
        _ path: String, listens: Bool, kind: Int32 = Int32(SOCK_STREAM.rawValue)
    ) throws -> Int32 {
        let descriptor = socket(AF_UNIX, kind, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
        if listens { try #require(listen(descriptor, 1) == 0) }
        return descriptor
    }

    @Test func `a socket on which somebody listens is left alone, and it is said who does`() throws {
        try Self.within { folder in
            let path = "\(folder)/mill.sock"
            let descriptor = try Self.bound(path, listens: true)
            defer { close(descriptor) }
            let refusal = Self.refusal(path)
            #expect(refusal.hasPrefix("process \(getpid()) ("), "\(refusal)")
            #expect(refusal.hasSuffix("listens there; end that one, or give another path"))
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a socket that was left behind is taken away`() throws {
        try Self.within { folder in
            let path = "\(folder)/mill.sock"
            close(try Self.bound(path, listens: true))
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(Self.refusal(path) == "taken")
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `who ends takes away its own socket, and no other's`() throws {
        try Self.within { folder in
            let path = "\(folder)/mill.sock"
            let first = try SocketFile(path)
            let descriptor = try Self.bound(first.hidden, listens: true)
            defer { close(descriptor) }
            #expect(first.listens())
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(!FileManager.default.fileExists(atPath: first.hidden))
            // Somebody moves it away while it listens, and another server takes the place.
            #expect(rename(path, path + ".old") == 0)
            let second = try SocketFile(path)
            let other = try Self.bound(second.hidden, listens: true)
            defer { close(other) }
            #expect(second.listens())
            first.leave()
            #expect(FileManager.default.fileExists(atPath: path))
            second.leave()
            #expect(!FileManager.default.fileExists(atPath: path))
            // What comes there later is nobody's of these.
            close(try Self.bound(path, listens: true))
            second.leave()
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a place that cannot be had when the server listens ends it in words`() throws {
        try Self.within { folder in
            let path = "\(folder)/mill.sock"
            let file = try SocketFile(path)
            let descriptor = try Self.bound(file.hidden, listens: true)
            defer { close(descriptor) }
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(!file.listens())
            #expect(throws: DoorError.self) { try file.check() }
            #expect(!FileManager.default.fileExists(atPath: file.hidden))
        }
    }

    @Test func `what is no socket, or no place for one, is told`() throws {
        try Self.within { folder in
            try Data().write(to: URL(filePath: "\(folder)/file"))
            #expect(symlink("\(folder)/nowhere", "\(folder)/link") == 0)
            let datagrams = try Self.bound("\(folder)/datagrams", listens: false, kind: Int32(SOCK_DGRAM.rawValue))
            defer { close(datagrams) }
            let long = folder + "/" + String(repeating: "x", count: 107 - folder.utf8.count)
            for (path, words) in [
                ("\(folder)/file", "there is a file of that name, which is no socket"),
                (folder, "there is a folder of that name, which is no socket"),
                ("\(folder)/link", "there is a link of that name, which is no socket"),
                ("\(folder)/none/mill.sock", "there is no folder \(folder)/none; make it first"),
                ("\(folder)/file/mill.sock", "the folder \(folder)/file cannot be opened"),
                ("\(folder)/datagrams", "another process, with datagrams, listens there"),
                (long, "the path has 108 bytes, and a socket's may have 107"),
                ("\(folder)/free.sock", "taken"),
            ] {
                let refusal = Self.refusal(path)
                #expect(refusal.hasPrefix(words), "\(refusal)")
            }
            #expect(FileManager.default.fileExists(atPath: "\(folder)/file"))
        }
    }
}
