import Foundation
import Testing
import TidemillOperations

/// A client that writes what it is told, byte for byte: a server must bear any.
final class WireClient {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func payload() throws -> Payload { try Payload(json: body) }

        @discardableResult
        func expect(_ status: Int, _ location: SourceLocation = #_sourceLocation) throws -> Payload {
            #expect(self.status == status, "\(String(decoding: body, as: UTF8.self))", sourceLocation: location)
            return try payload()
        }

        /// What an error says, by its code.
        func code(_ status: Int, _ location: SourceLocation = #_sourceLocation) throws -> String? {
            try expect(status, location)["code"]?.text
        }
    }

    struct Broken: Error, CustomStringConvertible { let description: String }

    private let descriptor: Int32
    private var rest: [UInt8] = []

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // A server that never answers fails the test, and does not hold it up for ever.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Broken(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Broken(description: "send: \(String(cString: strerror(errno)))") }
            done += count
        }
    }

    func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func more() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Broken(description: "receive: \(String(cString: strerror(errno)))") }
        rest += chunk.prefix(count)
        return count > 0
    }

    /// Whether the server closes the connection without a word, or after what it said.
    func isClosed() throws -> Bool {
        do { while try more() {} } catch is Broken where errno == ECONNRESET {}
        return true
    }

    /// The next answer on the connection; whoever asked first whether to go on is told so, and waits for the next.
    func answer(passingOver: Set<Int> = [100]) throws -> Answer {
        while true {
            while rest.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
                guard try more() else { throw Broken(description: "closed before an answer") }
            }
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            rest = Array(rest[end.upperBound...])
            let status = Int(head[0].split(separator: " ")[1]) ?? 0
            if passingOver.contains(status) { continue }
            var headers: [String: String] = [:]
            for line in head.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            while rest.count < length {
                guard try more() else { throw Broken(description: "closed within an answer") }
            }
            let body = Array(rest.prefix(length))
            rest = Array(rest.dropFirst(length))
            return Answer(status: status, headers: headers, body: body)
        }
    }

    /// One request on a connection of its own.
    static func ask(
        _ port: UInt16, _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        let client = try WireClient(port)
        var head = "\(method) \(path) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { head += "Host: localhost:\(port)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        try client.send(Array((head + "Connection: close\r\n\r\n").utf8) + (body ?? []))
        return try client.answer()
    }
}
