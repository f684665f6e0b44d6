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
            try connection.answer()
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
                try connection.answer()
                _ = try connection.sent()
            }
            try connection.send("GET /slow")
            connection.advance(5)
            try connection.send(" HTT")
            connection.advance(4)
            #expect(connection.isOpen)
            connection.advance(1)
            #expect(try connection.sent().contains("request_too_slow"))
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
        #expect(!connection.isOpen)
    }

    @Test func `what comes behind a last answer is dropped for five seconds`() throws {
        let connection = try EmbeddedConnection()
        try connection.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx")
        try connection.answer(closes: true)
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

    @Test func `where there is no place left, who waits longest gives way, the silent first`() throws {
        let places = ConnectionPlaces()
        let busy = try EmbeddedConnection(places)
        try busy.send(Self.request)
        let asked = try EmbeddedConnection(places)
        try asked.send(Self.request)
        try asked.answer()
        let silent = try (0..<2).map { _ in try EmbeddedConnection(places) }
        let other = try EmbeddedConnection(places)
        try other.send(Self.request)
        try other.answer()
        let all = [busy, asked, silent[0], silent[1], other]
        for rest in [
            [true, true, false, true, true], [true, true, false, false, true], [true, false, false, false, true],
            [true, false, false, false, false], [true, false, false, false, false],
        ] {
            places.makeRoom()
            #expect(all.map(\.isOpen) == rest)
        }
        // A place is wanted still: who has its answer goes.
        try busy.answer()
        #expect(!busy.isOpen)
    }

    @Test func `a place that came free by itself is wanted no more`() throws {
        let places = ConnectionPlaces()
        var bounded = BoundedPlaces(max: 2, places)
        let busy = try (0..<2).map { _ in try EmbeddedConnection(places) }
        for connection in busy {
            #expect(bounded.isAcceptingNewConnections())
            bounded.connectionOpened()
            try connection.send(Self.request)
        }
        #expect(!bounded.isAcceptingNewConnections())
        bounded.connectionClosed()
        #expect(bounded.isAcceptingNewConnections())
        try busy[0].answer()
        #expect(busy[0].isOpen)
    }
}
