import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What was charged for the running period, as it is kept with its subscription. Terms that several prices share are
/// written once; a price without discount and tax has none.
extension PaidPeriod {
    var stored: Payload {
        var terms: [PaidTerms] = []
        let lines = lines.map { line -> Payload in
            var members: [String: Payload] = [
                "packageId": .string(line.packageID), "charge": .string(line.charge), "title": .string(line.title),
                "quantity": Payload(line.quantity), "unitPrice": Payload(line.unitPrice),
                // Of 18 decimals: more than a number of JSON is sure to keep.
                "price": .string("\(line.exact.attos)"),
            ]
            if let feature = line.featureID { members["featureId"] = .string(feature) }
            if line.isMinimumSpend { members["isMinimumSpend"] = true }
            if line.terms != PaidTerms() {
                let index = terms.firstIndex(of: line.terms) ?? terms.count
                if index == terms.count { terms.append(line.terms) }
                members["terms"] = .integer(Int64(index))
            }
            return .object(members)
        }
        var members: [String: Payload] = ["lines": .array(lines), "terms": .array(terms.map(\.stored))]
        if !used.isEmpty {
            members["used"] = .array(
                used.map { used in
                    [
                        "coupon": SubscribedCoupon.shape.encode(SubscribedCoupon(used.discount), nulls: .omitted),
                        "amount": Payload(used.amount),
                    ]
                })
        }
        return .object(members)
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        let terms = try (fields["terms"]?.items ?? []).map { try PaidTerms(stored: $0) }
        self.init(
            try (fields["lines"]?.items ?? []).map { item in
                let fields = StoredFields(item)
                guard let attos = Int128(try fields.text("price")) else { throw fields.damaged("price") }
                var own = PaidTerms()
                if fields["terms"] != nil {
                    let index = Int(try fields.integer("terms"))
                    guard terms.indices.contains(index) else { throw fields.damaged("terms") }
                    own = terms[index]
                }
                return Line(
                    packageID: try fields.text("packageId"), charge: try fields.text("charge"),
                    title: try fields.text("title"), featureID: fields["featureId"]?.text,
                    quantity: try fields.amount("quantity"), unitPrice: try fields.amount("unitPrice"),
                    exact: ExactAmount(attos: attos), isMinimumSpend: fields["isMinimumSpend"] == true, terms: own)
            },
            used: try (fields["used"]?.items ?? []).map { item in
                let fields = StoredFields(item)
                return Discount.Taken(discount: try fields.discount("coupon"), amount: try fields.amount("amount"))
            })
    }
}

extension PaidTerms {
    var stored: Payload {
        var members: [String: Payload] = [
            "discounts": .array(
                parts.map { part in
                    [
                        "coupon": SubscribedCoupon.shape.encode(SubscribedCoupon(part.discount), nulls: .omitted),
                        "taken": Payload(part.taken), "of": Payload(part.of),
                    ]
                })
        ]
        if let tax {
            members["tax"] = [
                "percentage": Payload(tax.percentage), "isInclusive": .boolean(tax.isInclusive),
                "displayName": .string(tax.displayName),
            ]
        }
        return .object(members)
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        let parts = try (fields["discounts"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return Part(try fields.discount("coupon"), taken: try fields.amount("taken"), of: try fields.amount("of"))
        }
        let tax = try fields["tax"].map { item in
            let fields = StoredFields(item)
            return Tax(
                percentage: try fields.amount("percentage"), isInclusive: fields["isInclusive"] == true,
                displayName: try fields.text("displayName"))
        }
        self.init(parts, tax: tax)
    }
}

extension StoredFields {
    fileprivate func discount(_ name: String) throws -> Discount {
        guard let discount = try optional(name, SubscribedCoupon.self).flatMap({ Discount($0) }) else {
            throw damaged(name)
        }
        return discount
    }
}
