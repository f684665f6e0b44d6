import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

@testable import TidemillApp
@testable import TidemillServer

/// What single rows of operators do, where no command shows it.
struct OperatorTests {
    @Test func `pages follow each other to the end, and nothing is in two`() throws {
        let kit = try OperatorKit()
        for number in 0..<5 { try kit.call(.provisionCustomer, ["id": .string("c-\(number)")]) }
        for (id, key) in [
            (OperationID.listAudit, "number"), (.listRejected, "id"), (.listRuns, "id"), (.listDeliveries, "delivery"),
        ] {
            let all = try kit.call(id, [:])["data"]?.items ?? []
            #expect(all.count > 1, "\(id)")
            var paged: [Payload] = []
            var after: Payload?
            repeat {
                let page = try kit.call(id, after.map { ["limit": 1, "after": $0] } ?? ["limit": 1])
                paged += page["data"]?.items ?? []
                after = page["pagination"]?["next"].flatMap { $0.isNull ? nil : $0 }
            } while after != nil && paged.count < 100
            #expect(paged.compactMap { $0[key] } == all.compactMap { $0[key] }, "\(id)")
        }
    }

    @Test func `rejected records that look alike are one group`() throws {
        let kit = try OperatorKit()
        let answer = try kit.call(.listRejected, ["grouped": true])
        #expect(answer["data"] == [] && answer["open"] == 3)
        let groups = answer["groups"]?.items ?? []
        #expect(groups.map { $0["records"] } == [2, 1])
        #expect(groups.map { $0["customers"] } == [2, 1])
        #expect(groups.first?["message"] == "'dimensions.n' must be a number, got \"…\" in line …")
        #expect(groups.first?["sample"]?.text?.hasSuffix("#2") == true)
        #expect(try kit.call(.listRejected, ["grouped": true, "code": "rule_error"])["groups"]?.items.count == 1)
        // Bytes that mean something to a terminal or to SQL are only text.
        #expect(RejectedRecords.form(of: "a \"b\u{1B}[2J'; DROP\" 12.5 c") == "a \"…\" 0.0 c")
        #expect(RejectedRecords.form(of: "an open \"quote 7") == "an open \"…")
    }

    @Test func `a pause takes a part of the worker or a job, never both`() throws {
        let kit = try OperatorKit()
        func pause(_ members: TextMap<Payload>) -> OperationError? {
            kit.failure(.pause, .object(members.merging(["reason": "r"]) { own, _ in own }))
        }
        #expect(pause(["target": "job"])?.message == "pause: 'job' is required where 'target' is job")
        #expect(pause(["target": "ingest", "job": "nightly"])?.message == "pause: 'job' goes with the target job only")
        #expect(pause(["target": "job", "job": "nigthly"])?.code == .noSuchJob)
        #expect(pause(["target": "job", "job": "nigthly"])?.message.contains("did you mean \"nightly\"?") == true)
        #expect(pause(["target": "job", "job": "nightly"]) == nil)
        #expect(pause(["target": "billing"]) == nil)
        #expect(try kit.call(.listPauses, [:]).items.map { $0["name"] } == ["billing", "nightly"])
        #expect(try kit.call(.resume, ["target": "job", "job": "nightly"])["wasPaused"] == true)
        #expect(try kit.call(.resume, ["target": "clock"])["wasPaused"] == false)
        for spaces in ["", "  \n"] {
            #expect(kit.failure(.pause, ["target": "ingest", "reason": .string(spaces)])?.code == .badUserInput)
        }
    }

    @Test func `a reason is one line of words, by whatever door it comes`() async throws {
        let desk = try DeskKit()
        let program = try Mill(scripts: ["empty.lua": "-- nothing"]).program
        for text in ["a\u{1B}[31mb", "a\nb", "a\u{85}b", "a\u{2028}b", "\t", String(repeating: "x", count: 1001)] {
            let input: Payload = ["target": "recharge", "reason": .string(text)]
            let answer = try await desk.perform(.pause, input, key: DeskKit.operator)
            #expect(answer.status == 400, "\(text.debugDescription)")
            let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let form = try await desk.ask(
                "POST", "/do/resume", key: DeskKit.operator, [("sec-fetch-site", "same-origin")],
                text: "target=recharge&reason=\(encoded)")
            #expect(form.status == 400, "\(text.debugDescription)")
            let byHeader = try await desk.perform(
                .resume, ["target": "recharge"], key: DeskKit.operator, [("x-tidemill-reason", encoded)])
            #expect(byHeader.status == 400, "\(text.debugDescription)")
            for arguments in [
                ["pause", "recharge", "--reason", text], ["call", "pause", input.json],
                ["call", "resume", #"{"target":"recharge"}"#, "--reason", text],
            ] {
                #expect(try program.run(arguments).status != 0, "\(arguments)")
            }
        }
        #expect(try await desk.perform(.listPauses, [:], key: DeskKit.operator).payload().items.isEmpty)
    }

    @Test(arguments: PauseTarget.allCases)
    func `no job or grant rule has the name of what can be paused`(target: PauseTarget) throws {
        for (kind, more) in [("job", "run"), ("grant", "on = 'x', decide")] {
            let kit = try OperatorKit(
                scripts: "\(kind) { name = \"\(target.rawValue)\", \(more) = function() end }\n")
            let error = kit.failure(.listJobs, [:])
            #expect(error?.message.contains("the name means a part of the worker") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a run that waits is cancelled, another is not`() throws {
        let kit = try OperatorKit()
        let id = try #require(OperatorExample.waitingRun["id"]?.text)
        let cancelled = try kit.call(.cancelRun, ["id": .string(String(id.prefix(8))), "reason": "sent twice"])
        #expect(cancelled["runId"]?.text == id && cancelled["state"] == "cancelled")
        let run = try kit.call(.getRun, ["id": .string(id)])
        #expect(run["state"] == "cancelled" && run["message"] == "cancelled by ann: sent twice")
        #expect(kit.failure(.cancelRun, ["id": .string(id), "reason": "again"])?.code == .notCancellable)
        #expect(kit.failure(.getRun, ["id": "zzz"])?.code == .notFound)
    }

    @Test func `a catalog is applied only as it was shown`() throws {
        let kit = try OperatorKit(
            scripts: """
                catalog { features = { { id = "f", displayName = "F", featureType = "BOOLEAN" } } }
                """)
        let shown = try kit.call(.getCatalogDifference, [:])
        #expect(shown["applied"] == false && shown["changes"]?.items.map { $0["id"] } == ["f"])
        #expect(kit.failure(.applyCatalog, ["changes": []])?.code == .invalidArgument)
        #expect(try kit.call(.applyCatalog, ["changes": shown["changes"] ?? []])["applied"] == true)
        #expect(try kit.call(.getCatalogDifference, [:])["changes"] == [])
        #expect(try kit.call(.getFeature, ["id": "f"])["displayName"] == "F")
    }
}
