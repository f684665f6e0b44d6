import Testing

@testable import TidemillServer

/// Who is served where more come than there are places, in a time that the test moves.
struct ConnectionPlaceTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `who takes no answers gives way first, then who never asked, then who waits longest`() throws {
        let places = ConnectionPlaces(max: 6)
        let all = try (0..<6).map { _ in try EmbeddedConnection(places) }
        let (busy, asked, stuck, other) = (all[0], all[1], all[4], all[5])
        for connection in [busy, asked, stuck, other] { try connection.send(Self.request) }
        asked.answer()
        stuck.stick()
        stuck.answer()
        for connection in all { connection.advance(2) }
        other.answer()
        // Two never asked: the one that came first goes first.
        var newcomers: [EmbeddedConnection] = []
        for gone in [[4], [4, 2], [4, 2, 3], [4, 2, 3, 1], [4, 2, 3, 1, 5]] {
            let newcomer = try EmbeddedConnection(places, at: 2)
            #expect(all.indices.filter { !all[$0].isOpen } == gone.sorted())
            try newcomer.send(Self.request)
            #expect(newcomer.paths == ["/a"])
            newcomers.append(newcomer)
        }
        #expect(busy.isOpen && newcomers.allSatisfy(\.isOpen))
    }

    @Test func `who finds no place within a second is told so`() throws {
        let places = ConnectionPlaces(max: 2)
        let busy = try (0..<2).map { _ in try EmbeddedConnection(places) }
        for connection in busy { try connection.send(Self.request) }
        let newcomers = try (0..<2).map { _ in try EmbeddedConnection(places) }
        try newcomers[0].send(Self.request + Self.request)
        for newcomer in newcomers {
            #expect(newcomer.isOpen)
            newcomer.advance(1)
            let said = try newcomer.sent()
            #expect(said.hasPrefix("HTTP/1.1 503 ") && said.contains("server_busy"), "\(said)")
            #expect(said.contains("Connection: close\r\n") && said.contains("retry-after: 1\r\n"), "\(said)")
            #expect(newcomer.paths.isEmpty && newcomer.hasEndedOutput)
            newcomer.advance(1)
            #expect(!newcomer.isOpen)
        }
        // Nobody stands any more: who works does not end with its answer.
        busy[0].answer()
        #expect(try !busy[0].sent().contains("close"))
    }

    @Test func `who stands gets the place of whoever is answered, which is told that it ends`() throws {
        let places = ConnectionPlaces(max: 2)
        let busy = try (0..<2).map { _ in try EmbeddedConnection(places) }
        for connection in busy { try connection.send(Self.request) }
        let newcomer = try EmbeddedConnection(places)
        try newcomer.send(Self.request)
        #expect(newcomer.paths.isEmpty)
        for connection in busy { connection.answer() }
        // One for one.
        #expect(try busy[0].sent().contains("Connection: close\r\n"))
        #expect(try !busy[1].sent().contains("Connection: close\r\n"))
        busy[0].advance(1)
        #expect(!busy[0].isOpen && busy[1].isOpen)
        #expect(newcomer.paths == ["/a"])
        newcomer.answer()
        #expect(try newcomer.sent().hasPrefix("HTTP/1.1 200 "))
        // It has a place as any other.
        newcomer.advance(300)
        #expect(newcomer.isOpen)
    }

    @Test func `a newcomer is not the one who gives way`() throws {
        let places = ConnectionPlaces(max: 2)
        let busy = try EmbeddedConnection(places)
        try busy.send(Self.request)
        let silent = try EmbeddedConnection(places)
        let newcomer = try EmbeddedConnection(places)
        #expect(silent.isOpen)
        // It has its second, and then is the first to go.
        newcomer.advance(1)
        #expect(!silent.isOpen && busy.isOpen && newcomer.isOpen)
        try newcomer.send(Self.request)
        #expect(newcomer.paths == ["/a"])
    }
}
