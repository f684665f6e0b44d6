import Foundation
import Testing
import TidemillOperations

/// Scripts that count, in the real worker with several Lua states.
struct CountingWorkerTests {
    private static func webhooks(_ count: Int) -> String {
        (1...count).map { number in
            #"{"type":"ping","messageId":"m\#(number)","customerId":"c\#(number)"}"# + "\n"
        }.joined()
    }

    /// What a job said by `emit`, once it is asked.
    private func answer(_ mill: Mill) throws -> Payload {
        try mill.deliver("ask.ndjson", #"{"type":"ask","messageId":"ask"}"#)
        try mill.runOnce()
        let names = try mill.folder.names(in: "spool/out")
        #expect(names.count == 1)
        return try Payload(json: try mill.folder.read("spool/out/\(names.first ?? "")"))["payload"] ?? .null
    }

    @Test(arguments: [
        "state.shared('s').update('n', function(n) return (n or 0) + 1 end)",
        "local s = state.shared('s') s.set('n', (s.get('n') or 0) + 1)",
    ])
    func `150 webhooks that each add one come to 150`(body: String) throws {
        let mill = try Mill(
            scripts: [
                "a.lua": """
                job { name = "count", on = "ping", run = function(run) \(body) end }
                job { name = "say", on = "ask", run = function(run) emit("said", { n = state.shared('s').get('n') }) end }
                """
            ])
        try mill.deliver("pings.ndjson", Self.webhooks(150))
        try mill.runOnce()
        #expect(try answer(mill) == ["n": 150])
    }

    /// 60 sign-ups at once, 10 places of 50 credits: 500 credits.
    @Test func `ten of 60 who sign up at once are granted credits`() throws {
        let mill = try Mill(scriptsFolder: ExampleScriptTests.folder.appending(path: "first-ten").path)
        try mill.folder.write(
            "scripts/say.lua",
            """
            job { name = "say", on = "ask", run = function(run)
              local credits, customers = 0, 0
              for customer in client.each.listCustomers {} do
                local balance = client.getCreditBalance { customerId = customer.id, currencyId = "credits" }.balance
                credits = credits + balance
                if balance > 0 then customers = customers + 1 end
              end
              emit("said", { credits = credits, customers = customers })
            end }
            """)
        _ = try mill.json("apply", "--yes")
        let customers = (1...60).map { number in #"{"id":"c\#(number)"}"# }.joined(separator: ",")
        _ = try mill.json("call", "importCustomers", #"{"customers":[\#(customers)]}"#)
        try mill.deliver("signups.ndjson", Self.webhooks(60).replacing("ping", with: "signup"))
        try mill.runOnce()
        #expect(try answer(mill) == ["credits": 500, "customers": 10])
    }
}
