import Testing

@testable import TidemillServer

/// One request of a connection at a time, however many it sends at once.
struct RequestGateTests {
    private static func get(_ number: Int) -> String { "GET /\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n" }

    @Test func `requests that come together are handed on one by one, each after the answer before it`() throws {
        let connection = try EmbeddedConnection()
        let count = 5000
        try connection.send((0..<count).map(Self.get).joined())
        for number in 0..<count {
            // Exactly one is worked on, whatever lies behind it.
            #expect(connection.paths.count == number + 1)
            connection.answer()
        }
        #expect(connection.paths == (0..<count).map { "/\($0)" })
        #expect(try connection.sent().ranges(of: "HTTP/1.1 200").count == count)
        #expect(connection.isOpen)
    }

    @Test func `who ends its side while it waits is asked whether it is there`() throws {
        let connection = try EmbeddedConnection()
        try connection.send(Self.get(0))
        #expect(try connection.sent().isEmpty)
        connection.endWriting()
        // A socket that is closed refuses it; who reads on passes over it.
        #expect(try connection.sent() == "HTTP/1.1 100 Continue\r\n\r\n")
        connection.answer()
        #expect(try connection.sent().hasPrefix("HTTP/1.1 200 OK\r\n"))
        // Where nothing is owed, and where it would be taken for the answer, nothing is said.
        let idle = try EmbeddedConnection()
        idle.endWriting()
        #expect(try idle.sent().isEmpty)
        let old = try EmbeddedConnection()
        try old.send("GET /0 HTTP/1.0\r\nHost: localhost\r\n\r\n")
        old.endWriting()
        #expect(try old.sent().isEmpty && old.paths == ["/0"])
    }

    @Test func `while requests wait the socket is not read`() throws {
        let connection = try EmbeddedConnection()
        #expect(connection.reads())
        try connection.send(Self.get(0))
        // Nothing lies behind it: a client that goes is noticed.
        #expect(connection.reads())
        try connection.send((1..<400).map(Self.get).joined())
        #expect(!connection.reads())
        for _ in 0..<400 { connection.answer() }
        #expect(connection.paths.count == 400)
        #expect(connection.reads())
    }

    @Test func `so much is read at a time as a few heads have, and more of a body`() throws {
        let connection = try EmbeddedConnection()
        #expect(connection.reads() && connection.readBytes == RequestGate.sliceBytes)
        try connection.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        #expect(connection.reads() && connection.readBytes == 64 << 10)
        try connection.send(String(repeating: "x", count: 60_000))
        // What comes behind it is not read with its end.
        #expect(connection.reads() && connection.readBytes == 16 << 10)
        try connection.send(String(repeating: "x", count: 39_999))
        #expect(connection.reads() && connection.readBytes == RequestGate.sliceBytes)
        try connection.send("x")
        connection.answer()
        // Nobody says how long a body in chunks is.
        try connection.send("POST /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(connection.reads() && connection.readBytes == RequestGate.sliceBytes)
    }

    @Test func `a body goes through as it comes, with the next request right behind it`() throws {
        let connection = try EmbeddedConnection()
        let body = String(repeating: "x", count: 300_000)
        let head = "POST /long HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try connection.send(head + body + Self.get(1) + Self.get(2))
        #expect(connection.bodyBytes == 300_000 && connection.ends == 1 && connection.paths == ["/long"])
        connection.answer()
        #expect(connection.paths == ["/long", "/1"])
        // The rest of a request that came in pieces.
        try connection.send("GET /3 HTTP/1.1\r\nHo")
        connection.answer()
        connection.answer()
        #expect(connection.paths == ["/long", "/1", "/2"])
        try connection.send("st: localhost\r\n\r\n")
        #expect(connection.paths.last == "/3")
    }

    @Test func `an answer that comes before the end of its request lets the rest of it through`() throws {
        let connection = try EmbeddedConnection()
        try connection.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345")
        connection.answer()
        try connection.send("67890" + Self.get(1))
        #expect(connection.ends == 2 && connection.bodyBytes == 10 && connection.paths == ["/a", "/1"])
    }

    @Test func `whoever stops sending has what was sent before answered`() throws {
        let connection = try EmbeddedConnection()
        try connection.send((0..<300).map(Self.get).joined())
        connection.endWriting()
        for number in 0..<300 {
            #expect(!connection.isInputClosed)
            #expect(connection.paths.count == number + 1)
            connection.answer()
        }
        #expect(connection.isInputClosed)
    }

    @Test func `what is no request is told of after the answers to what came before`() throws {
        let connection = try EmbeddedConnection()
        try connection.send(Self.get(0) + Self.get(1) + "nonsense\r\n\r\n")
        #expect(connection.errors == 0)
        connection.answer()
        #expect(connection.paths == ["/0", "/1"] && connection.errors == 0)
        connection.answer()
        #expect(connection.errors == 1)
    }

    @Test func `after the last answer nothing of what waits is begun`() throws {
        let connection = try EmbeddedConnection()
        try connection.send((0..<300).map(Self.get).joined())
        connection.answer(closes: true)
        // What comes is dropped, for as long as the client needs to see the end.
        #expect(connection.hasEndedOutput)
        connection.advance(1)
        #expect(!connection.isOpen)
        #expect(connection.paths == ["/0"])
        #expect(try connection.sent().ranges(of: "HTTP/1.1 ").count == 1)
    }
}
