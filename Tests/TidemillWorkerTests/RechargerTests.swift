import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillPayments
import TidemillStore
import TidemillTestSupport

@testable import TidemillWorker

/// The service over a real store, and over HTTP to a real server: every mishap on the way to a charge.
struct RechargerTests {
    /// A store with customers whose wallets are to be recharged: empty, threshold 20, target 50, a credit at 1 usd.
    final class Kit: Sendable {
        let worker: WorkerKit
        let server: PaymentServer
        let time = RunningTime()
        let backend: Engine
        let begin: Timestamp

        init(customers: Int = 1) throws {
            worker = try WorkerKit()
            server = try PaymentServer()
            backend = try Engine(store: worker.store)
            begin = time.now
            try call(
                .createCustomCurrency,
                ["id": "credits", "displayName": "Credits", "creditPrice": ["amount": 1, "currency": "usd"]])
            for number in 0..<customers {
                try call(
                    .provisionCustomer,
                    ["id": .string("c\(number)"), "defaultPaymentMethod": ["billingId": "pm_1"]])
                try call(
                    .saveAutoRecharge,
                    [
                        "customerId": .string("c\(number)"), "currencyId": "credits", "isEnabled": true,
                        "thresholdValue": 20, "targetBalance": 50,
                    ])
            }
        }

        func remove() {
            server.stop()
            worker.remove()
        }

        @discardableResult
        func call(_ id: OperationID, _ input: Payload) throws -> Payload {
            try backend.performNow(id, input, in: CallContext(.person, now: time.now))
        }

        func recharger(
            timeout: Duration = .seconds(20), time other: WorkerTime? = nil, owner: String = "a",
            options: Recharges.Options = Recharges.Options(isPaid: true), gateway: (any PaymentGateway)? = nil
        ) -> Recharger {
            Recharger(
                Recharges(store: worker.store, options: options),
                gateway: gateway ?? HTTPGateway(url: server.url, secret: "s", timeout: timeout),
                time: other ?? time.time, owner: owner, isAlive: { _ in false }, logger: WorkerKit.logger)
        }

        /// The costs of the grants that recharges made.
        func granted(_ customer: String = "c0") throws -> [Payload] {
            let page = try call(.listCreditGrants, ["customerId": .string(customer), "currencyId": "credits"])
            return (page["data"]?.items ?? []).filter { $0["grantType"] == "PAID" }.compactMap { $0["cost"]?["amount"] }
        }

        func state(_ customer: String = "c0") throws -> String? {
            try call(.getAutoRecharge, ["customerId": .string(customer), "currencyId": "credits"])["state"]?.text
        }
    }

    @Test func `a wallet below its threshold is charged for and filled`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        let totals = await kit.recharger().runOnce()
        #expect(totals.charged == 1)
        #expect(totals.needsAttention == false)
        #expect(kit.server.paid.map(\.amount) == [Amount(50)])
        #expect(kit.server.requests.first?.headers["authorization"] == "Bearer s")
        #expect(try kit.granted() == [50])
        #expect(try kit.state() == "READY")
    }

    @Test func `many wallets are charged side by side, each once`() async throws {
        let kit = try Kit(customers: 30)
        defer { kit.remove() }
        let totals = await kit.recharger().runOnce()
        #expect(totals.charged == 30)
        #expect(Set(kit.server.paid.map(\.key)).count == 30)
        for number in 0..<30 { #expect(try kit.granted("c\(number)") == [50]) }
    }

    @Test func `lost answers, a service in trouble and garbage are asked again with the same key`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        kit.server.queue(
            .init(.succeeded, reply: .dropped), .init(nil, reply: .with(status: 500, body: "oops")),
            .init(nil, reply: .with(status: 200, body: "garbage")))
        let totals = await kit.recharger().runOnce()
        #expect(totals.unknown == 3)
        #expect(kit.server.paid.count == 1)
        #expect(Set(kit.server.requests.map { $0.headers["idempotency-key"] }).count == 1)
        #expect(try kit.granted() == [50])
    }

    @Test func `a charge that was made after the time-out is found with its key`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        kit.server.queue(.init(.succeeded, reply: .held))
        let totals = await kit.recharger(timeout: .milliseconds(200)).runOnce()
        #expect(totals.unknown >= 1)
        #expect(kit.server.paid.count == 1)
        #expect(try kit.granted() == [50])
    }

    @Test func `declines wait, a final one disables, and a conflict stops for a person`() async throws {
        for (turn, state) in [
            (PaymentServer.Turn(.declined, declineCode: "funds"), "DECLINED"),
            (PaymentServer.Turn(.declined, declineCode: "stolen", isRetryable: false), "DISABLED"),
            (PaymentServer.Turn(nil, reply: .with(status: 422, body: "{}")), "STOPPED"),
        ] {
            let kit = try Kit()
            defer { kit.remove() }
            kit.server.queue(turn)
            let totals = await kit.recharger().runOnce()
            #expect(totals.charged == 0)
            #expect(totals.needsAttention == (state == "STOPPED"))
            #expect(try kit.state() == state)
            #expect(kit.server.requests.count == 1)
            #expect(try kit.granted() == [])
        }
    }

    @Test func `a pending payment is looked up, also by the next process`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        kit.server.queue(.init(.pending))
        let totals = await kit.recharger().runOnce()
        #expect(totals.pending >= 1)
        #expect(try kit.state() == "PENDING")
        #expect(try kit.granted() == [])
        let key = try #require(kit.server.charges.first?.key)
        kit.server.decide(key, .succeeded)
        _ = await kit.recharger(owner: "b").runOnce()
        #expect(try kit.granted() == [50])
        #expect(kit.server.requests.map(\.method).filter { $0 == "POST" }.count == 1)
    }

    @Test func `a pause holds everything, and its end lets it go on`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        try kit.worker.store.write {
            try Pauses.pause(Pauses.recharge, reason: "audit", by: "ann", at: kit.time.now, on: $0)
        }
        let totals = await kit.recharger().runOnce()
        #expect(totals.obstacle == "paused by ann: audit")
        #expect(totals.needsAttention)
        #expect(kit.server.requests.isEmpty)
        _ = try kit.worker.store.write { try Pauses.resume(Pauses.recharge, on: $0) }
        _ = await kit.recharger().runOnce()
        #expect(try kit.granted() == [50])
    }

    @Test func `a clock that jumps by more than a day is not believed before a person says so`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        let start = ContinuousClock.now
        let told = Mutex(kit.begin)
        struct Told: Wallclock {
            let read: @Sendable () -> Timestamp
            var now: Timestamp { read() }
        }
        let time = WorkerTime(
            wallclock: Told { told.withLock { $0 } }, now: { start }, sleep: { _ in throw CancellationError() })
        let recharger = kit.recharger(time: time)
        told.withLock { $0 = $0.advanced(bySeconds: 86_401) }
        let doubting = await recharger.runOnce()
        #expect(doubting.obstacle?.contains("the clock jumped by 86401 s") == true)
        #expect(kit.server.requests.isEmpty)
        let status = try kit.worker.store.read { try RechargeStatus.find(now: kit.begin, on: $0) }
        #expect(status.doubt == doubting.obstacle)
        _ = try kit.worker.store.write { try Pauses.resume(Pauses.clock, on: $0) }
        let sure = await recharger.runOnce()
        #expect(sure.obstacle == nil)
        #expect(try kit.granted() == [50])
    }

    @Test func `the gateway none grants without asking anybody`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        let totals = await kit.recharger(options: Recharges.Options(isPaid: false), gateway: NoGateway()).runOnce()
        #expect(totals.charged == 1)
        #expect(kit.server.requests.isEmpty)
        #expect(try kit.granted() == [50])
    }

    @Test func `a shutdown waits for the answer that is under way, and sends nothing new`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        kit.server.queue(.init(.succeeded, reply: .held))
        let recharger = kit.recharger(timeout: .seconds(60))
        let running = Task { await recharger.run() }
        await kit.server.requests(reach: 1)
        recharger.requestStop()
        // The connection ends without an answer: the outcome is unknown, and the next process asks again.
        kit.server.releaseHeld()
        await running.value
        #expect(try kit.granted() == [])
        #expect(kit.server.requests.count == 1)
        _ = await kit.recharger(owner: "b").runOnce()
        #expect(try kit.granted() == [50])
        #expect(kit.server.paid.count == 1)
    }

    @Test func `a worker that runs sees what changes, and what is cancelled is asked again`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        kit.server.queue(.init(.succeeded, reply: .held))
        let first = kit.recharger(timeout: .seconds(60))
        let running = Task { await first.run() }
        await kit.server.requests(reach: 1)
        running.cancel()
        await running.value
        #expect(try kit.granted() == [])
        let second = kit.recharger(owner: "b")
        let again = Task { await second.run() }
        await kit.server.requests(reach: 2)
        second.requestStop()
        await again.value
        #expect(try kit.granted() == [50])
        #expect(kit.server.paid.count == 1)
    }

    @Test func `an answer that cannot be stored at first is not lost`() async throws {
        let kit = try Kit()
        defer { kit.remove() }
        let faulty = FaultyStore(kit.worker.store)
        let busy = StoreError(.busy, "locked")
        // The writes are: taking up, deciding, taking the request; then the answer, three times in vain.
        let gateway = InterruptingGateway(
            HTTPGateway(url: kit.server.url, secret: nil, timeout: .seconds(20))
        ) { faulty.failWrites([busy, busy, busy]) }
        let recharger = Recharger(
            Recharges(store: faulty, options: Recharges.Options(isPaid: true)), gateway: gateway, time: kit.time.time,
            owner: "a", isAlive: { _ in false }, logger: WorkerKit.logger)
        let totals = await recharger.runOnce()
        #expect(totals.charged == 1)
        #expect(faulty.errorsLeft == 0)
        #expect(kit.server.requests.count == 1)
        #expect(try kit.granted() == [50])
    }

    /// Does something when an answer is there.
    struct InterruptingGateway: PaymentGateway {
        let gateway: HTTPGateway
        let interrupt: @Sendable () -> Void
        var name: String { gateway.name }
        var isPaid: Bool { gateway.isPaid }

        init(_ gateway: HTTPGateway, _ interrupt: @escaping @Sendable () -> Void) {
            self.gateway = gateway
            self.interrupt = interrupt
        }

        func charge(_ request: PaymentRequest) async -> PaymentAnswer {
            let answer = await gateway.charge(request)
            interrupt()
            return answer
        }

        func lookUp(key: String) async -> PaymentAnswer { await gateway.lookUp(key: key) }
    }

    @Test func `a process is known by its boot, its number and its beginning`() throws {
        let own = ProcessIdentity.own.description
        #expect(ProcessIdentity.mayLive(own))
        var parts = own.split(separator: "/").map(String.init)
        parts[2] = "1"
        #expect(ProcessIdentity.mayLive(parts.joined(separator: "/")) == false)
        parts[0] = "another-boot"
        #expect(ProcessIdentity.mayLive(parts.joined(separator: "/")))
        #expect(ProcessIdentity.mayLive("something else"))
    }
}
