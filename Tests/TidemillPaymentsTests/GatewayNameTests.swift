import Testing
import TidemillPayments

struct GatewayNameTests {
    private struct Paid: PaymentGateway {
        let name = "paid"
    }

    @Test func `a gateway has a name`() {
        let gateway: any PaymentGateway = Paid()
        #expect(gateway.name == "paid")
    }
}
