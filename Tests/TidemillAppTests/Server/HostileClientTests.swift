import Foundation
import Testing
import TidemillOperations

/// Clients that mean harm, or are badly made: each is refused in time and memory that are bounded, and others are served.
struct HostileClientTests {
    private static let head = "Host: localhost\r\nX-API-KEY: \(ServedMill.key)\r\n"

    private static func expecting(_ body: String) -> String {
        "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n"
    }

    @Test func `a name that is not the server's own is refused`() throws {
        let served = try ServedMill(http: "hosts = [\"Mill.example\"]")
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"] {
            let answer = try served.send("GET", "/livez", key: nil, [("Host", host)])
            #expect(try answer.code(421) == "wrong_host", "\(host)")
        }
        for host in ["mill.example:80", "127.0.0.1:1", "[::1]:7411", "LOCALHOST"] {
            #expect(try served.send("GET", "/livez", key: nil, [("Host", host)]).expect(200) == ["status": "UP"])
        }
    }

    @Test func `shapes of smuggled requests are refused`() throws {
        let served = try ServedMill()
        for request in [
            "POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}",
            "POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Transfer-Encoding: identity, chunked, x\r\n\r\n0\r\n\r\n",
            "GET /livez HTTP/1.1\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
            "GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
            "GET /live\u{0}z HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ] {
            let client = try WireClient(served.port)
            try client.send(request)
            // Refused, or the connection is closed: never taken.
            if let answer = try? client.answer() { #expect(answer.status >= 400, "\(request)") }
        }
        try served.send("GET", "/livez", key: nil).expect(200)
    }

    @Test func `trailers of a body are dropped, and no way to smuggle`() throws {
        let served = try ServedMill()
        func ask(_ id: String, _ trailers: String) throws -> (WireClient.Answer, WireClient) {
            let client = try WireClient(served.port)
            let body = #"{"id":"\#(id)"}"#
            try client.send(
                "POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                    + String(body.utf8.count, radix: 16) + "\r\n\(body)\r\n0\r\n\(trailers)\r\n"
                    + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return (try client.answer(), client)
        }
        for (id, trailers) in [
            ("none", ""), ("one", "X-Sum: 1\r\n"), ("host", "Host: evil.example\r\nX-API-KEY: wrong\r\n"),
            ("long", "X: \(String(repeating: "a", count: 12 << 10))\r\n"),
        ] {
            let (answer, client) = try ask(id, trailers)
            #expect(try answer.expect(200)["data"]?["id"] == .string(id))
            #expect(try client.answer().expect(200) == ["status": "UP"], "\(id)")
        }
        for (id, trailers, status) in [
            ("length", "Content-Length: 5\r\n", 400), ("coded", "Transfer-Encoding: chunked\r\n", 400),
            ("blank", "X : 1\r\n", 400), ("endless", "X: \(String(repeating: "a", count: 20 << 10))\r\n", 431),
            ("many", String(repeating: "X: 1\r\n", count: 200), 431),
        ] {
            let (answer, client) = try ask(id, trailers)
            #expect(answer.status == status && answer.headers["connection"] == "close", "\(id): \(answer.text)")
            #expect(try client.isClosed())
            #expect(try served.send("GET", "/api/v1/customers/\(id)").status == 404)
        }
    }

    @Test func `what is no request is told why, and the connection is closed`() throws {
        let served = try ServedMill()
        for request in [
            "GET /livez HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n", "GET /livez HTTP/9.9\r\nHost: a\r\n\r\n",
            "GET /livez\r\n\r\n", "nonsense\r\n\r\n", "GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        ] {
            let client = try WireClient(served.port)
            try client.send(request)
            #expect(try client.answer().code(400) == "BadUserInput", "\(request)")
        }
    }

    @Test func `a target in absolute form names the host`() throws {
        let served = try ServedMill()
        func ask(_ target: String, _ host: String) throws -> WireClient.Answer {
            let client = try WireClient(served.port)
            try client.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            return try client.answer()
        }
        // RFC 9112, 3.2.2: Host is not looked at then.
        #expect(try ask("http://evil.example/livez", "localhost").code(421) == "wrong_host")
        #expect(try ask("http://localhost/livez", "evil.example").status == 200)
        #expect(try ask("http://localhost:1/livez?x", "localhost").status == 200)
    }

    @Test func `who does not keep a connection gets it closed`() throws {
        let served = try ServedMill()
        for head in [
            "GET /livez HTTP/1.0\r\nHost: localhost", "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Close",
        ] {
            let client = try WireClient(served.port)
            try client.send(head + "\r\n\r\n")
            #expect(try client.answer().status == 200)
            #expect(try client.isClosed())
        }
    }

    @Test func `bodies that are too long, too deep or no text are refused`() throws {
        let served = try ServedMill()
        let long = [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) + 1)
        let key = [("X-API-KEY", ServedMill.key)]
        let tooLong = try WireClient.ask(served.port, "POST", "/api/v1/customers", headers: key, body: long)
        #expect(try tooLong.code(413) == "request_too_large")
        // In chunks nobody says how long it will be.
        let client = try WireClient(served.port)
        try client.send("POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Transfer-Encoding: chunked\r\n\r\n")
        try client.send("200000\r\n")
        try client.send([UInt8](repeating: UInt8(ascii: " "), count: 2 << 20))
        #expect(try client.answer().code(413) == "request_too_large")
        let deep = Array(String(repeating: "[", count: 5000).utf8)
        let bodies: [[UInt8]] = [
            deep, [0xFF, 0xFE], Array("{\"id\":\"\u{0}\"}".utf8), Array("{".utf8), Array("[]".utf8),
            Array("\"x\"".utf8),
            [
                UInt8(ascii: "{"), UInt8(ascii: "\""), 0xC3, 0x28, UInt8(ascii: "\""), UInt8(ascii: ":"),
                UInt8(ascii: "1"), UInt8(ascii: "}"),
            ],
        ]
        for body in bodies {
            let answer = try WireClient.ask(served.port, "POST", "/api/v1/customers", headers: key, body: body)
            #expect(try answer.code(400) == "BadUserInput")
        }
        let header = try WireClient(served.port)
        try header.send(
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 20 << 10))\r\n\r\n")
        #expect(try header.answer().code(431) == "request_head_too_large")
        try served.send("GET", "/livez", key: nil).expect(200)
    }

    @Test func `a request that does not end is refused, and a half closed one is answered`() throws {
        let served = try ServedMill()
        let slowHead = try WireClient(served.port)
        try slowHead.send("GET /livez HTT")
        let slowBody = try WireClient(served.port)
        try slowBody.send("POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Content-Length: 100\r\n\r\n{")
        // Meanwhile others are served.
        try served.send("GET", "/livez", key: nil).expect(200)
        #expect(try slowHead.answer().code(408) == "request_too_slow")
        #expect(try slowHead.isClosed())
        #expect(try slowBody.answer().code(408) == "request_too_slow")
        #expect(try slowBody.isClosed())
        let half = try WireClient(served.port)
        try half.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        half.endWriting()
        #expect(try half.answer().expect(200) == ["status": "UP"])
        let cut = try WireClient(served.port)
        try cut.send("POST /api/v1/customers HTTP/1.1\r\n\(Self.head)Content-Length: 100\r\n\r\n{")
        cut.endWriting()
        if let answer = try? cut.answer() { #expect(answer.status == 400) }
        try served.send("GET", "/livez", key: nil).expect(200)
    }

    @Test func `idle connections wait for nothing, and a stop does not wait for them`() throws {
        let served = try ServedMill(http: "max_connections = 500")
        let idle = try (0..<300).map { _ in try WireClient(served.port) }
        try served.send("GET", "/livez", key: nil).expect(200)
        #expect(idle.count == 300)
        #expect(served.stop() == 0)
    }

    @Test func `clients that never read give way, and whoever comes is served or told why not`() throws {
        let served = try ServedMill(http: "max_connections = 4")
        let never = try (0..<4).map { _ in try WireClient(served.port) }
        for client in never {
            // 100 answers of half a megabyte: more than all buffers between the two take.
            try client.send(
                String(repeating: "GET /openapi.json HTTP/1.1\r\n\(Self.head)\r\n", count: 100))
        }
        var statuses: [Int] = []
        // Each that finds no place waits a second for its answer: the server is asked no faster.
        while statuses.last != 200, statuses.count < 30 {
            let answer = try served.send("GET", "/livez", key: nil)
            statuses.append(answer.status)
            if answer.status == 503 {
                #expect(try answer.code(503) == "server_busy")
                #expect(answer.headers["connection"] == "close" && answer.headers["retry-after"] == "1")
            }
        }
        #expect(statuses.last == 200 && Set(statuses).isSubset(of: [200, 503]), "\(statuses)")
        #expect(served.stop() == 0)
    }

    @Test func `lengths that no body has are refused, and no length is waited for`() throws {
        let served = try ServedMill()
        for (length, status) in [
            ("9223372036854775807", 413), ("9223372036854775808", 413), ("18446744073709551615", 413),
            ("18446744073709551616", 400), ("99999999999999999999999999", 400), ("-1", 400), ("+5", 400), ("5, 5", 400),
            ("0x10", 400), ("", 400),
        ] {
            for (head, expected) in [(Self.head, status), ("Host: localhost\r\n", status == 413 ? 401 : status)] {
                let client = try WireClient(served.port)
                try client.send("POST /api/v1/customers HTTP/1.1\r\n\(head)Content-Length: \(length)\r\n\r\n{}")
                let answer = try client.answer()
                #expect(answer.status == expected && answer.headers["connection"] == "close", "\(length)")
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `who speaks HTTP 1.0 is answered once`() throws {
        let served = try ServedMill()
        let client = try WireClient(served.port)
        let body = #"{"id":"old"}"#
        try client.send(
            "POST /api/v1/customers HTTP/1.0\r\n\(Self.head)\(Self.expecting(body))\r\n\(body)"
        )
        let answer = try client.answer(passingOver: [])
        #expect(answer.status == 200 && answer.headers["connection"] == "close")
    }

    @Test func `a mark of the byte order is passed over, and another encoding is named`() throws {
        let served = try ServedMill()
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        func post(_ path: String, _ body: [UInt8]) throws -> WireClient.Answer {
            try WireClient.ask(served.port, "POST", path, headers: [("X-API-KEY", ServedMill.key)], body: body)
        }
        try post("/api/v1/customers", mark + Array(#"{"id":"marked"}"#.utf8)).expect(200)
        try post("/operations/provisionCustomer", mark + Array(#"{"id":"again"}"#.utf8)).expect(200)
        let event = #"{"events":[{"customerId":"marked","eventName":"call","idempotencyKey":"1"}]}"#
        try post("/api/v1/events", mark + Array(event.utf8)).expect(200)
        let wide = try post("/api/v1/customers", [0xFF, 0xFE] + Array("{\0}\0".utf8))
        #expect(try wide.code(400) == "BadUserInput" && wide.text.contains("UTF-16"))
    }

    @Test func `what is in progress when a server ends is answered, and told that it is the last`() throws {
        let served = try ServedMill()
        let body = #"{"id":"late"}"#
        let client = try WireClient(served.port)
        try client.send(
            "POST /api/v1/customers HTTP/1.1\r\n\(Self.head)\(Self.expecting(body))\r\n")
        // The server waits for the body now.
        #expect(try client.answer(passingOver: []).status == 100)
        served.worker.terminate()
        try wait(for: "nobody to be let in") { (try? WireClient(served.port)) == nil }
        try client.send(body)
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.headers["connection"] == "close", "\(answer.text)")
        #expect(try client.isClosed())
        served.worker.waitUntilExit()
        #expect(served.worker.terminationStatus == 0)
    }

    @Test func `a socket that another process listens on is not taken`() throws {
        let served = try ServedMill(listen: "unix:mill.sock")
        let second = try served.mill.program.run("serve")
        #expect(second.status != 0)
        let holder = "process \(served.worker.processIdentifier) (tidemill) listens there"
        #expect(second.err.contains(holder), "\(second.err)")
        #expect(served.stop() == 0)
    }
}
