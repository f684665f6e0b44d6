import Testing
import TidemillCore

@testable import TidemillServer

/// The time of a signature is read before anybody has shown who they are: any number may come.
struct WebhookTimeTests {
    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "99999999999999999999", "", "0", "1e3"])
    func `a time of any size is not recent, and ends nothing`(_ time: String) throws {
        let now = Timestamp(microseconds: 1_790_000_000_000_000)
        for (verification, headers) in [
            (WebhookSource.Verification.stripe, [("stripe-signature", "t=\(time),v1=00")]),
            (.standard, [("webhook-id", "a"), ("webhook-timestamp", time), ("webhook-signature", "v1,AAAA")]),
        ] {
            let source = WebhookSource(name: "s", folder: "/nowhere", verification: verification, secrets: ["secret"])
            let request = WireRequest("POST", try WireTarget("/webhooks/s"), headers: WireHeaders(headers))
            #expect(!source.isGenuine(request, now: now))
        }
    }
}
