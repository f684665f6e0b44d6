import Foundation
import Testing
import TidemillOperations

struct ReservationRaceTests {
    @Test func `20 processes that reserve 75 of 500 credits at once get exactly 6 holds`() throws {
        // Notes B.13: 6 × 75 = 450 fit into 500, the seventh would need 525.
        let mill = try Mill(scripts: [:])
        func call(_ operation: String, _ input: String) throws {
            let ended = try mill.program.run("call", operation, input, "--json")
            #expect(ended.status == 0, "\(ended.err)")
        }
        try call("provisionCustomer", #"{"id": "c"}"#)
        try call(
            "createCustomCurrency",
            #"{"id": "tok", "displayName": "Tokens", "units": {"singular": "token", "plural": "tokens"}}"#)
        try call(
            "grantCredits", #"{"customerId": "c", "currencyId": "tok", "amount": 500, "grantType": "PROMOTIONAL"}"#)
        let processes = try (1...20).map { index in
            let file = mill.folder.path("answer-\(index)")
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            let out = try FileHandle(forWritingTo: URL(filePath: file))
            return try mill.program.start(
                [
                    "call", "checkEntitlement",
                    #"{"customerId": "c", "currencyId": "tok", "reserveAmount": 75, "reservationId": "op-\#(index)"}"#,
                    "--json",
                ], out: out)
        }
        var granted = 0
        for (index, process) in processes.enumerated() {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let answer = try Payload(json: try mill.folder.read("answer-\(index + 1)"))
            if answer["isGranted"] == true { granted += 1 }
        }
        #expect(granted == 6)
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "c", "currencyId": "tok"}"#)
        #expect(balance["reserved"] == 450)
        #expect(balance["available"] == 50)
        #expect(try mill.program.run("verify").status == 0)
    }
}
