import Testing

@testable import TidemillServer

/// How long a connection may stay, in a time that the test moves.
struct ConnectionTimeTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `a connection that never sends a byte goes after twenty seconds`() throws {
        let connection = try EmbeddedConnection()
        connection.advance(19)
        #expect(connection.isOpen)
        connection.advance(1)
        #expect(!connection.isOpen)
        #expect(try connection.sent() == "")
    }

    @Test func `one that has asked may be idle for 330 seconds, again and again`() throws {
        let connection = try EmbeddedConnection()
        for _ in 0..<3 {
            try connection.send(Self.request)
            // However long the answer takes: it is ours to give.
            connection.advance(1000)
            #expect(connection.isOpen)
            connection.answer()
            connection.advance(329)
            #expect(connection.isOpen)
        }
        connection.advance(1)
        #expect(!connection.isOpen)
    }

    @Test func `a head must come within ten seconds, the first and every other`() throws {
        for asksBefore in [false, true] {
            let connection = try EmbeddedConnection()
            if asksBefore {
                try connection.send(Self.request)
                connection.answer()
                _ = try connection.sent()
            }
            try connection.send("GET /slow")
            connection.advance(5)
            try connection.send(" HTT")
            connection.advance(4)
            #expect(connection.isOpen)
            connection.advance(1)
            #expect(try connection.sent().contains("request_too_slow"))
            #expect(connection.hasEndedOutput)
            connection.advance(1)
            #expect(!connection.isOpen)
        }
    }

    @Test func `a body has a second more for each 64 KiB that came`() throws {
        let connection = try EmbeddedConnection()
        try connection.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        try connection.send(String(repeating: "x", count: 3 * 65_536))
        connection.advance(12)
        #expect(connection.isOpen)
        connection.advance(1)
        #expect(try connection.sent().contains("request_too_slow"))
        #expect(connection.hasEndedOutput)
    }

    @Test func `what comes behind a last answer is dropped for five seconds`() throws {
        let connection = try EmbeddedConnection()
        try connection.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx")
        connection.answer(closes: true)
        for _ in 0..<3 {
            try connection.send(String(repeating: "x", count: 100_000))
            #expect(connection.isOpen)
        }
        // Nobody hears of it.
        #expect(connection.bodyBytes == 1)
        connection.advance(4)
        #expect(connection.isOpen)
        connection.advance(1)
        #expect(!connection.isOpen)
    }

    @Test func `one that takes nothing of its answers goes after twenty seconds`() throws {
        for isEncrypted in [false, true] {
            let connection = try EmbeddedConnection(isEncrypted: isEncrypted)
            try connection.send(Self.request + Self.request)
            connection.stick()
            connection.answer()
            connection.advance(19)
            #expect(connection.isOpen)
            connection.advance(1)
            #expect(!connection.isOpen)
        }
    }

    @Test func `one that takes little, but goes on, stays`() throws {
        let connection = try EmbeddedConnection()
        try connection.send(String(repeating: Self.request, count: 12))
        connection.stick()
        connection.answer(bytes: 10_000)
        for count in 1...10 {
            connection.advance(18)
            connection.takeOnce()
            // Less is left than before, though more was written meanwhile.
            connection.answer(bytes: 10_000 - count * 500)
            connection.advance(1)
            #expect(connection.isOpen)
        }
        connection.advance(20)
        #expect(!connection.isOpen)
    }

    @Test func `a last answer is taken whole before the connection ends`() throws {
        let connection = try EmbeddedConnection()
        try connection.send(Self.request)
        connection.stick()
        connection.answer(closes: true, bytes: 100_000)
        connection.advance(15)
        #expect(connection.isOpen && connection.hasEndedOutput)
        connection.takeOnce()
        connection.advance(1)
        #expect(connection.isOpen)
        connection.advance(1)
        #expect(!connection.isOpen)
        #expect(try connection.sent().utf8.count > 100_000)
    }

    @Test func `a server that ends says so in each answer, and closes what is idle`() throws {
        let connections = try (0..<5).map { _ in try EmbeddedConnection() }
        let (_, idle, fresh, busy, coming) =
            (connections[0], connections[1], connections[2], connections[3], connections[4])
        try idle.send(Self.request)
        idle.answer()
        for connection in connections { connection.advance(2) }
        try fresh.send(Self.request)
        fresh.answer()
        try busy.send(Self.request + Self.request)
        try coming.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n12")
        for connection in connections { connection.stop() }
        #expect(connections.map(\.isOpen) == [false, false, true, true, true])
        // Whoever asked a moment ago may be asking now.
        try fresh.send(Self.request)
        try coming.send("34")
        for connection in [fresh, busy, coming] {
            connection.answer()
            #expect(try connection.sent().contains("Connection: close\r\n"))
            #expect(connection.hasEndedOutput && connection.isOpen)
            connection.advance(1)
            #expect(!connection.isOpen)
        }
        // What stood behind was not begun.
        #expect(busy.paths == ["/a"])
    }

    @Test func `a server that ends does not wait for who asked a moment ago for longer than a second`() throws {
        let connection = try EmbeddedConnection()
        try connection.send(Self.request)
        connection.answer()
        connection.stop()
        #expect(connection.isOpen)
        connection.advance(1)
        #expect(!connection.isOpen)
    }
}
