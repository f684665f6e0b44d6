import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// The larger project of `init` with two customers: acme by limits, globex by credits, and what went wrong for both.
enum ScreenFixture {
    static func mill() throws -> Mill {
        var scripts = ExampleProject.files.filter { $0.name.hasPrefix("scripts/") }
        // Whether its run begins before the customer is there is another one each time.
        for index in scripts.indices {
            scripts[index].text.replace(#/(?s)grant \{.*?\n\}\n/#, with: "")
        }
        let mill = try Mill(
            scripts: Dictionary(uniqueKeysWithValues: scripts.map { (String($0.name.dropFirst(8)), $0.text) }),
            configuration: "[http]\nlisten = \"127.0.0.1:17411\"\n")
        func webhook(_ id: String, _ name: String, _ plan: String) -> String {
            """
            {"type":"customer.created","messageId":"m-\(id)","customer":{"id":"\(id)","name":"\(name)"},"plan":"\(plan)"}
            """
        }
        try mill.deliver(
            "crm.ndjson",
            webhook("acme", "Acme Inc.", "plan-team") + "\n" + webhook("globex", "Globex", "plan-prepaid") + "\n")
        try mill.runOnce()
        func event(_ key: String, _ customer: String, _ name: String, _ dimensions: String) -> String {
            """
            {"customerId":"\(customer)","eventName":"\(name)","idempotencyKey":"\(key)","dimensions":{\(dimensions)}}
            """
        }
        let lines = [
            event("1", "acme", "api.call", #""bytes":5000"#),
            event("2", "acme", "api.call", #""bytes":700,"status":"500""#),
            event("3", "acme", "api.call", #""status":"200""#),
            event("4", "globex", "ai.completion", #""input":700,"output":100"#),
            event("1", "acme", "api.call", #""bytes":5000"#), event("5", "acme", "api.call", #""status":"200""#),
            #"{"customerId":"globex","eventName":"ai.completion","idempotency_key":"6","dimensions":{"input":1}}"#,
            #"{"type":"crm.deal_won","messageId":"d-1","customerId":"acme","dealId":"deal-1"}"#,
        ]
        try mill.deliver("usage.ndjson", lines.joined(separator: "\n") + "\n")
        _ = try mill.program.run("run", "--once")
        try mill.folder.write("more.ndjson", event("9", "acme", "api.call", #""bytes":1"#) + "\n")
        return mill
    }
}
