import TidemillCore
import TidemillOperations
import TidemillStore

/// How a browser comes in (http.md, "Browsers"): a link that is good once, or a key, is exchanged for a cookie.
extension DoorDesk {
    static let cookie = "tidemill_session"

    // MARK: - Who asks

    /// The holder of a session, where the request shows one and comes from a page of this server.
    func holder(bySession request: WireRequest) async throws(WireError) -> KeyRing.Holder? {
        guard let secret = Self.session(of: request) else { return nil }
        if request.method != "GET", request.method != "HEAD" { try Self.checkOrigin(request) }
        let work = try opened()
        let pass = try await settled {
            try await work.look {
                try work.backend.store.read {
                    try BrowserPasses.find(.session, secret: secret, now: work.backend.now(), on: $0)
                }
            }
        }
        guard let pass, keys.stands(pass) else {
            throw WireError(.unauthenticated, "the session is over; get a new link by `tidemill keys link`")
        }
        return KeyRing.Holder(name: pass.name, scope: pass.scope, key: pass.key, isBrowser: true)
    }

    private static func session(of request: WireRequest) -> String? { cookies(of: request)[cookie] }

    /// A browser sends cookies with what other pages ask: only what a page of this server asks may change anything.
    static func checkOrigin(_ request: WireRequest) throws(WireError) {
        let isOwn: Bool
        if let site = request.headers["sec-fetch-site"] {
            isOwn = site == "same-origin"
        } else if let origin = request.headers["origin"], let host = request.authority {
            isOwn = origin == "http://\(host)" || origin == "https://\(host)"
        } else {
            isOwn = false
        }
        guard isOwn else {
            throw WireError(
                .crossSite, "a page of another site must not ask this; open it from this server's own pages")
        }
    }

    // MARK: - In and out

    func enterPage(_ problem: String? = nil) -> WireAnswer {
        var answer = WireAnswer(
            problem == nil ? 200 : 401, type: "text/html; charset=utf-8", body: Array(EnterPage.html(problem).utf8))
        answer.policy = EnterPage.policy
        return answer
    }

    func enter(_ request: WireRequest) async throws(WireError) -> WireAnswer {
        try Self.checkOrigin(request)
        let form = try WireTarget("/?" + String(decoding: request.body, as: UTF8.self))
        guard let secret = form.value(of: "key"), !secret.isEmpty else {
            return enterPage("Paste a key, or open the link that `tidemill keys link` prints.")
        }
        let work = try opened()
        let session = AccessKey.make()
        let guesser = Peer.network(of: request, isProxied: isProxied(request))
        if let wait = guesses.take(guesser) {
            throw WireError(
                .rateLimited, "too many keys and links that are none came from where you are; come again later",
                retryAfter: wait)
        }
        guard try await begin(session, for: secret, work) else {
            return enterPage(
                "This is no key, or a link that was used or is older than ten minutes: `tidemill keys link` prints a new one."
            )
        }
        guesses.give(guesser)
        var answer = Self.elsewhere("./")
        answer.headers.append(("set-cookie", setCookie(session, seconds: BrowserPass.sessionSeconds, request)))
        return answer
    }

    /// Begins a session for a link or a key; false where the secret is neither. Nothing is written for a guess.
    private func begin(_ session: String, for secret: String, _ work: RequestWork) async throws(WireError) -> Bool {
        let keys = keys
        let store = work.backend.store
        let now = work.backend.now()
        let source = try await settled {
            try await work.look { () -> BrowserPass? in
                try keys.refresh(store)
                if let link = try store.read({ try BrowserPasses.find(.link, secret: secret, now: now, on: $0) }) {
                    return keys.stands(link) ? link : nil
                }
                return keys.holder(of: secret).map {
                    BrowserPass(.session, name: $0.name, scope: $0.scope, key: $0.key, expiresAt: now)
                }
            }
        }
        guard let source else { return false }
        try spend(source.name)
        return try await settled {
            try await work.look {
                try store.write { connection in
                    // A link is good once.
                    if source.kind == .link, try !BrowserPasses.remove(secret: secret, on: connection) { return false }
                    var pass = source
                    pass.kind = .session
                    pass.expiresAt = now.advanced(bySeconds: BrowserPass.sessionSeconds)
                    try BrowserPasses.add(pass, secret: session, now: now, on: connection)
                    return true
                }
            }
        }
    }

    func leave(_ request: WireRequest) async throws(WireError) -> WireAnswer {
        try Self.checkOrigin(request)
        if let secret = Self.session(of: request) {
            let work = try opened()
            try await settled {
                try await work.look {
                    let store = work.backend.store
                    let now = work.backend.now()
                    // Nothing is written for a guess, or for who is out already.
                    let session = try store.read {
                        try BrowserPasses.find(.session, secret: secret, now: now, on: $0)
                    }
                    guard session != nil else { return }
                    _ = try store.write { try BrowserPasses.remove(secret: secret, on: $0) }
                }
            }
        }
        var answer = Self.elsewhere("enter")
        answer.headers.append(("set-cookie", setCookie("", seconds: 0, request)))
        return answer
    }

    /// Beside the page that was asked: what proxies have before it stays.
    static func elsewhere(_ path: String) -> WireAnswer {
        var answer = WireAnswer(303, type: "text/plain; charset=utf-8", body: Array("see \(path)\n".utf8))
        answer.headers.append(("location", path))
        return answer
    }

    /// A browser that came by TLS, to this server or to the proxy in front of it, shows the cookie by nothing else.
    private func setCookie(_ value: String, seconds: Int64, _ request: WireRequest) -> String {
        let scheme = isProxied(request) ? request.headers["x-forwarded-proto"]?.lowercased() : nil
        let isEncrypted = settings.certificate != nil || scheme == "https"
        return "\(Self.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (isEncrypted ? "; Secure" : "")
    }
}

/// The page with a field for a key. Its script takes the key from the link's fragment, which no server sees.
enum EnterPage {
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    static func html(_ problem: String?) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Enter · Tidemill</title>
        <link rel="stylesheet" href="\(Assets.path("app.css").dropFirst())"></head>
        <body><main>
        <h1>Tidemill</h1>
        \(problem.map { "<p role=\"alert\">\($0)</p>" } ?? "")
        <form method="post" action="enter">
        <p><label>Key <input name="key" type="password" autocomplete="off" required></label> <button>Enter</button></p>
        </form>
        <p>A link that is good once: <code>tidemill keys link</code></p>
        </main><script src="\(Assets.path("enter.js").dropFirst())"></script></body>
        </html>

        """
    }
}
