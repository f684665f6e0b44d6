import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillApp

/// `tidemill customer`: texts written by hand from what was done to the customer.
struct CustomerPageTests {
    private static func terminal(_ width: Int?) throws -> Terminal {
        var terminal = Terminal(
            isOutputTerminal: width != nil, isErrorTerminal: false, width: width, environment: ["NO_COLOR": "1"])
        terminal.now = try #require(Timestamp(rfc3339: "2026-10-16T12:00:00Z"))
        terminal.zone = try #require(.init(identifier: "UTC"))
        return terminal
    }

    /// Pro at 49 dollars with 3 seats at 10, and 46 of 50 exports used when half of October's 31 days is over.
    private static func overview(named name: String) throws -> GetCustomerOverview.Output {
        let kit = try OperatorKit()
        for (id, input) in OperationTable.row(.previewNextInvoice).example.after {
            if id == .publishPlan { try limitExports(kit) }
            try kit.call(id, input)
        }
        try kit.call(.updateCustomer, ["id": "customer-acme", "name": .string(name)])
        try kit.call(
            .reportUsage, ["customerId": "customer-acme", "featureId": "feature-exports", "value": 46])
        let answer = try kit.call(.getCustomerOverview, ["customerId": "customer-acme"])
        var overview = try GetCustomerOverview.Output.shape.decode(answer, as: "an overview")
        // What was changed and by whom is told by the audit's own tests.
        overview.changes = []
        return overview
    }

    private static func limitExports(_ kit: OperatorKit) throws {
        try kit.call(
            .createFeature,
            [
                "id": "feature-exports", "displayName": "Exports", "featureType": "NUMBER",
                "meterType": "INCREMENTAL",
            ])
        try kit.call(
            .createPlanEntitlements,
            [
                "planId": "plan-pro",
                "entitlements": [
                    ["type": "FEATURE", "id": "feature-exports", "usageLimit": 50, "resetPeriod": "MONTH"]
                ],
            ])
    }

    private func page(_ overview: GetCustomerOverview.Output, _ width: Int?) throws -> String {
        try CustomerPage(overview, Self.terminal(width)).text
    }

    @Test func `at a terminal of 100 columns`() throws {
        // 46 in 15 days of 31 go on to 95.07; 92 of a hundred.
        let text = try page(Self.overview(named: "Acme"), 100)
        #expect(
            text == """
                customer-acme, Acme, since 2026-10-01
                plan-pro monthly, 3 feature-seats, subscription-acme
                period 1 Oct 12:00 to 1 Nov 12:00, day 16 of 31

                ◆ Exports goes beyond its limit before it begins anew: 46 of 50 used, on pace for 95

                feature  used  limit  share                      on pace for  resets       kind
                Exports    46     50  ██████████████████░░ 92 %           95  1 Nov 12:00  hard
                Seats       0      3  ░░░░░░░░░░░░░░░░░░░░ 0 %                             hard

                more         tidemill events --customer customer-acme
                             tidemill usage --customer customer-acme
                             tidemill audit --customer customer-acme
                             tidemill invoices --customer customer-acme --drafts

                next invoice         1 Nov 12:00
                Pro                        49.00
                Pro: Seats, 3 at 10        30.00
                due, USD                   79.00
                """, "\(text)")
    }

    @Test(arguments: [80, 40, 30])
    func `no line is wider than the terminal`(width: Int) throws {
        let text = try page(Self.overview(named: "A customer with a long name"), width)
        #expect(
            text.split(separator: "\n").allSatisfy { DisplayWidth.of($0) <= width },
            "|\(text.replacing("\n", with: "|\n"))|")
    }

    @Test func `in a pipe nothing is cut or drawn, and hostile names do no harm`() throws {
        let text = try page(Self.overview(named: "A\u{1B}[31mme\u{202E}"), nil)
        #expect(text.contains("period 2026-10-01T12:00:00Z to 2026-11-01T12:00:00Z"))
        #expect(text.contains("Exports    46     50  92 %"))
        #expect(!text.contains("█") && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
    }

    @Test func `a misspelt customer is told the nearest one`() throws {
        let mill = try Mill(scripts: [:])
        _ = try mill.json("call", "provisionCustomer", #"{"id":"acme"}"#)
        let ended = try mill.program.run("customer", "acne")
        #expect(ended.status == 1)
        #expect(ended.err == "tidemill: there is no customer \"acne\"; did you mean \"acme\"?\n")
        #expect(try mill.json("customer", "acme")["customer"]?["id"] == "acme")
    }
}
