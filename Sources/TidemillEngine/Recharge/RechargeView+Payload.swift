import TidemillCore
public import TidemillOperations

extension RechargeView {
    /// By the names of scripts.md, without `consumed`.
    public var payload: Payload {
        var wallet: TextMap<Payload> = [
            "customerId": .string(customerID.text), "currencyId": .string(currencyID), "balance": Payload(balance),
            "held": Payload(held), "available": Payload(available), "spentThisMonth": Payload(spentThisMonth),
            "failures": .integer(failures), "now": Payload(now),
        ]
        if let lastRecharge { wallet["lastRecharge"] = lastRecharge.payload }
        if let settings { wallet["settings"] = AutoRechargeSettings.shape.encode(settings) }
        if let customer { wallet["customer"] = Customer.shape.encode(customer) }
        return .object(wallet)
    }
}

extension RechargeView.Last {
    var payload: Payload {
        var last: TextMap<Payload> = ["at": Payload(at), "amount": Payload(amount)]
        if let reason { last["reason"] = .string(reason) }
        return .object(last)
    }
}
