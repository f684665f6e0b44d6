import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// Credits: one consumption that burns down very many grants, and ordinary ones. [GRANTS] [FOLDER]
let arguments = CommandLine.arguments
let grants = arguments.count > 1 ? Int64(arguments[1]) ?? 100_000 : 100_000
let parent =
    arguments.count > 2 ? URL(fileURLWithPath: arguments[2]) : FileManager.default.temporaryDirectory
let folder = parent.appending(path: "tidemill-credits-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }
let store = try SQLiteStore(path: folder.appending(path: "store.db").path, environment: "bench")
let backend = try Engine(store: store)
let now = SystemWallclock().now
let clock = ContinuousClock()

func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
}

@discardableResult
func call(_ id: OperationID, _ input: Payload) throws -> Payload {
    try backend.performNow(id, input, in: CallContext(.person, now: now))
}

func grant(_ customer: String, _ amount: Int64, _ index: Int64) -> Payload {
    [
        "customerId": .string(customer), "currencyId": "credits", "amount": .integer(amount),
        "grantType": "PROMOTIONAL",
        "priority": .integer(index % 3), "displayName": "Bench",
    ]
}

func consumption(_ customer: String, _ amount: Int64, _ key: String) -> Payload {
    [
        "customerId": .string(customer), "currencyId": "credits", "amount": .integer(amount),
        "idempotencyKey": .string(key),
    ]
}

try call(
    .createCustomCurrency, ["id": "credits", "displayName": "Credits", "units": ["singular": "c", "plural": "cs"]])

// Many grants of 10, made in transactions of 5,000; all but the last are emptied at once.
var fastest = Double.infinity
for run in 1...3 {
    let customer = "many-\(run)"
    try call(.provisionCustomer, ["id": .string(customer)])
    var made: Int64 = 0
    while made < grants {
        let upper = min(grants, made + 5000)
        try backend.transaction { transaction in
            for index in made..<upper {
                _ = try transaction.perform(
                    .grantCredits, grant(customer, 10, index), in: CallContext(.person, now: now))
            }
        }
        made = upper
    }
    // As the worker does between deliveries: else the log of the grants is written back within the burn-down.
    try store.settle()
    let start = clock.now
    let answer = try call(.consumeCredits, consumption(customer, grants * 10 - 5, "all"))
    let elapsed = milliseconds(clock.now - start)
    fastest = min(fastest, elapsed)
    guard answer["credit"]?["currentUsage"] == .integer(grants * 10 - 5) else {
        print("wrong answer: \(answer.json)")
        exit(1)
    }
    print("burn-down of \(grants) grants, committed: \(elapsed) ms")
}

// The ordinary path: a wallet of 10 grants, one commit each.
try call(.provisionCustomer, ["id": "few"])
for index in 0..<Int64(10) { try call(.grantCredits, grant("few", 1_000_000, index)) }
let count = 2000
let start = clock.now
for index in 0..<count { try call(.consumeCredits, consumption("few", 1, "k\(index)")) }
let each = milliseconds(clock.now - start) / Double(count)
let inOne = clock.now
try backend.transaction { transaction in
    for index in 0..<count {
        _ = try transaction.perform(
            .consumeCredits, consumption("few", 1, "m\(index)"), in: CallContext(.person, now: now))
    }
}
print(
    "consumption from 10 grants: \(each) ms committed, \(milliseconds(clock.now - inOne) / Double(count)) ms in a batch"
)
let verify = clock.now
let report = try CreditVerifier().verify(store)
print("verify: \(report.grants) grants, \(report.differenceCount) differ, \(milliseconds(clock.now - verify)) ms")
guard report.differenceCount == 0 else { exit(1) }
print("burn-down \(fastest < 50 ? "within" : "OVER") the target of 50 ms")
