import Testing
import TidemillOperations

@testable import TidemillStigg

struct PaceTests {
    private func request(_ kind: ServiceRequest.Kind, _ entity: String? = nil) -> ServiceRequest {
        ServiceRequest(.post, "/api/v1/customers", kind: kind, entity: entity)
    }

    @Test func `a burst goes at once, and the rest at the rate of a minute`() {
        let pace = Pace { _ in Pace.Budget(perMinute: 60, burst: 3) }
        let waits = (0..<5).map { _ in pace.wait(request(.read), now: .zero) }
        #expect(waits == [.zero, .zero, .zero, .seconds(1), .seconds(2)])
        // A minute later the burst is whole again.
        #expect(pace.wait(request(.read), now: .seconds(60)) == .zero)
    }

    @Test func `a night job's writes hold up no read`() {
        let pace = Pace()
        var wait = Duration.zero
        for customer in 0..<10_000 { wait = max(wait, pace.wait(request(.write, "\(customer)"), now: .zero)) }
        // 10,000 at 250 a minute, but for the burst of 40.
        #expect(wait == .seconds(60) / 250 * (10_000 - 40))
        #expect(pace.wait(request(.read), now: .zero) == .zero)
    }

    @Test func `one customer's writes wait, and another's do not`() {
        let pace = Pace { _ in Pace.Budget(perMinute: 6000, burst: 1000) }
        let waits = (0..<12).map { _ in pace.wait(request(.write, "acme"), now: .zero) }
        #expect(waits.prefix(10).allSatisfy { $0 == .zero } && waits.suffix(2) == [.seconds(2), .seconds(4)])
        #expect(pace.wait(request(.write, "globex"), now: .zero) == .zero)
    }
}
