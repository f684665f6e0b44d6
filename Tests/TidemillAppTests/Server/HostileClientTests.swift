import Foundation
import Testing
import TidemillOperations

/// Clients that mean harm, or are badly made: each is refused in time and memory that are bounded, and others are served.
struct HostileClientTests {
    private static let head = "Host: localhost\r\nX-API-KEY: \(ServedMill.key)\r\n"

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
}
