import Foundation
import Synchronization
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// How long checkEntitlement takes in process: [CUSTOMERS], 100,000 when left out. Figures are of one thread.
let customers = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
let folder = FileManager.default.temporaryDirectory.appending(path: "tidemill-bench-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }
let path = folder.appending(path: "store.db").path
let store = try SQLiteStore(path: path, environment: "bench")
let backend = try Engine(store: store)
let now = SystemWallclock().now
let context = CallContext(.person, now: now)
let clock = ContinuousClock()

func microseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
}

/// The spread of single durations, as one line.
func show(_ name: String, _ durations: [Double], target: Int? = nil) {
    let sorted = durations.sorted()
    func at(_ share: Double) -> String {
        String(format: "%.1f", sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
    }
    let mean = String(format: "%.1f", sorted.reduce(0, +) / Double(sorted.count))
    let label = name.padding(toLength: 44, withPad: " ", startingAt: 0)
    let goal = target.map { "   target \($0) µs" } ?? ""
    print("\(label) mean \(mean) µs, p50 \(at(0.5)), p99 \(at(0.99)), max \(at(1))\(goal)")
}

// MARK: - The store

func call(_ id: OperationID, _ input: Payload) throws { _ = try backend.performNow(id, input, in: context) }

try call(
    .createFeature,
    ["id": "calls", "displayName": "Calls", "featureType": "NUMBER", "meterType": "INCREMENTAL"])
try call(.createProduct, ["id": "product", "displayName": "Product"])
try call(.createPlan, ["id": "plan", "displayName": "Plan", "productId": "product", "pricingType": "FREE"])
try call(
    .createPlanEntitlements,
    [
        "planId": "plan",
        "entitlements": [
            [
                "id": "calls", "type": "FEATURE", "usageLimit": 1000, "resetPeriod": "MONTH",
                "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"],
            ]
        ],
    ])
try call(.publishPlan, ["id": "plan", "migrationType": "NEW_CUSTOMERS"])
let filling = clock.now
for first in stride(from: 0, to: customers, by: 500) {
    try backend.transaction { transaction in
        for index in first..<min(first + 500, customers) {
            let id = Payload.string("customer-\(index)")
            _ = try transaction.perform(.provisionCustomer, ["id": id], in: context)
            _ = try transaction.perform(.provisionSubscription, ["customerId": id, "planId": "plan"], in: context)
            if index.isMultiple(of: 10) {
                _ = try transaction.perform(
                    .reportUsage, ["customerId": id, "featureId": "calls", "value": 7], in: context)
            }
        }
    }
}
print("\(customers) customers with a subscription each, made in \(clock.now - filling)")

// MARK: - The checks

func input(_ index: Int) -> CheckEntitlement.Input {
    CheckEntitlement.Input(
        customerID: CustomerID("customer-\(index)"), featureID: FeatureID("calls"), requestedUsage: Amount(1))
}

func timed(_ body: () throws -> Void) rethrows -> Double {
    let start = clock.now
    try body()
    return microseconds(clock.now - start)
}

let stamps = timed { for _ in 0..<100_000 { _ = store.commitStamp() } }
print("has anybody committed?  \(String(format: "%.2f", stamps / 100_000)) µs")

let warmed = (0..<1000).map { input($0 * (customers / 1000)) }
let payloads = warmed.map { CheckEntitlement.Input.shape.encode($0, nulls: .omitted) }
for one in warmed { _ = try backend.check(one, in: context) }
let typed = try timed {
    for round in 0..<200 { for one in warmed { _ = (round, try backend.check(one, in: context)) } }
}
print("warm, typed             \(String(format: "%.2f", typed / 200_000)) µs   target 20 µs")
let plain = try timed {
    for round in 0..<200 {
        for one in payloads { _ = (round, try backend.performNow(.checkEntitlement, one, in: context)) }
    }
}
print("warm, as an operation   \(String(format: "%.2f", plain / 200_000)) µs")
show(
    "warm, as an operation, one by one",
    try (0..<100_000).map { index in
        try timed { _ = try backend.performNow(.checkEntitlement, payloads[index % 1000], in: context) }
    }, target: 20)

let cold = try (0..<2000).map { index in
    // A commit of somebody: nothing that was resolved counts any more.
    try store.write { _ = try $0.execute("UPDATE sequences SET value = value + 1 WHERE name = 'outbox'") }
    return try timed { _ = try backend.check(input((index * 7919) % customers), in: context) }
}
show("cold: after a commit, another customer", cold)

/// Set when the writer has to stop.
let isOver = Atomic(false)
let writer = Thread {
    do {
        let other = try Engine(store: SQLiteStore(path: path, environment: "bench"))
        var index = 0
        while !isOver.load(ordering: .relaxed) {
            index += 1
            _ = try other.performNow(
                .reportUsage,
                ["customerId": .string("customer-\(index % 1000)"), "featureId": "calls", "value": 1], in: context)
        }
        print("the other connection made \(index) reports meanwhile")
    } catch {
        print("the writer stopped: \(error)")
    }
}
writer.start()
let busy = try (0..<20_000).map { index in
    try timed { _ = try backend.performNow(.checkEntitlement, payloads[index % 1000], in: context) }
}
isOver.store(true, ordering: .relaxed)
show("while another connection writes", busy)
Thread.sleep(forTimeInterval: 0.2)
try store.close()
