import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What was charged for the running period, as it is kept with its subscription. Terms that several prices share are
/// written once; a price without discount and tax has none.
extension PaidPeriod {
    var stored: Payload {
        var terms: [PaidTerms] = []
        let charges = charges.map { charge -> Payload in
            var members: TextMap<Payload> = [
                "packageId": .string(charge.packageID), "key": .string(charge.key),
                "package": .string(charge.packageName),
            ]
            members.merge(charge.price.stored) { $1 }
            if let name = charge.featureName { members["feature"] = .string(name) }
            if let feature = charge.featureID { members["featureId"] = .string(feature) }
            if charge.isMinimumSpend { members["isMinimumSpend"] = true }
            if charge.isWithoutScheme { members["isWithoutScheme"] = true }
            if charge.isGivenBack { members["isGivenBack"] = true }
            members["minimum"] = charge.listedMinimum.map { Payload($0) }
            if charge.left != .zero { members["left"] = Payload(charge.left) }
            members["layers"] = .array(
                charge.layers.map { layer in
                    var members: TextMap<Payload> = ["units": Payload(layer.size.units)]
                    if layer.size.packages != 1 { members["packages"] = .integer(layer.size.packages) }
                    if !layer.isCharged { members["isCharged"] = false }
                    if let source = layer.source { members["source"] = source.stored }
                    if layer.terms != PaidTerms() {
                        let index = terms.firstIndex(of: layer.terms) ?? terms.count
                        if index == terms.count { terms.append(layer.terms) }
                        members["terms"] = .integer(Int64(index))
                    }
                    return .object(members)
                })
            return .object(members)
        }
        var members: TextMap<Payload> = [
            "charges": .array(charges), "terms": .array(terms.map(\.stored)), "hasCountries": true,
        ]
        if let currency { members["currency"] = .string(currency) }
        if let prepaid { members["prepaid"] = Payload(prepaid) }
        if !once.isEmpty {
            members["once"] = .array(
                once.map { once -> Payload in
                    var members: TextMap<Payload> = [
                        "key": .string(once.key), "units": Payload(once.size.units),
                        "packages": .integer(once.size.packages),
                    ]
                    if let price = once.price { members.merge(price.stored) { $1 } }
                    return .object(members)
                })
        }
        if last != 0 { members["last"] = .integer(last) }
        if !given.isEmpty {
            members["given"] = .array(
                given.sorted { $0.key < $1.key }.map { ["charge": .integer($0.key), "amount": Payload($0.value)] })
        }
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
        func own(_ fields: StoredFields) throws -> PaidTerms {
            guard fields["terms"] != nil else { return PaidTerms() }
            let index = Int(try fields.integer("terms"))
            guard terms.indices.contains(index) else { throw fields.damaged("terms") }
            return terms[index]
        }
        let hasCountries = fields["hasCountries"] == true
        let charges = try (fields["charges"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return PaidCharge(
                packageID: try fields.text("packageId"), key: try fields.text("key"),
                packageName: try fields.text("package"), featureName: fields["feature"]?.text,
                featureID: fields["featureId"]?.text, isMinimumSpend: fields["isMinimumSpend"] == true,
                price: try PeriodPrice(fields, hasCountries: hasCountries),
                listedMinimum: fields["minimum"] == nil ? nil : try fields.amount("minimum"),
                isWithoutScheme: fields["isWithoutScheme"] == true,
                layers: try (fields["layers"]?.items ?? []).map { item in
                    let fields = StoredFields(item)
                    let packages = fields["packages"] == nil ? 1 : try fields.integer("packages")
                    return PaidCharge.Layer(
                        size: PaidCharge.Size(units: try fields.amount("units"), packages: packages),
                        terms: try own(fields), isCharged: fields["isCharged"] != false,
                        source: try fields["source"].map { try ChargeSource(stored: $0) })
                }, isGivenBack: fields["isGivenBack"] == true,
                left: fields["left"] == nil ? .zero : try fields.amount("left"))
        }
        // Up to 0.2.0 each price was kept with what it came to, and without what makes it so.
        let lines = try (fields["lines"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return try PaidCharge(line: fields, terms: try own(fields))
        }
        self.init(
            charges + lines, in: fields["currency"]?.text,
            used: try (fields["used"]?.items ?? []).map { item in
                let fields = StoredFields(item)
                return Discount.Taken(discount: try fields.discount("coupon"), amount: try fields.amount("amount"))
            }, prepaid: fields["prepaid"] == nil ? nil : try fields.amount("prepaid"),
            once: try (fields["once"]?.items ?? []).map { item in
                let fields = StoredFields(item)
                return Once(
                    key: try fields.text("key"),
                    size: PaidCharge.Size(units: try fields.amount("units"), packages: try fields.integer("packages")),
                    price: fields["scheme"] == nil ? nil : try PeriodPrice(fields, hasCountries: hasCountries))
            },
            last: fields["last"] == nil ? 0 : try fields.integer("last"),
            given: Dictionary(
                try (fields["given"]?.items ?? []).map { item in
                    let fields = StoredFields(item)
                    return (try fields.integer("charge"), try fields.amount("amount"))
                }, uniquingKeysWith: +))
    }
}

extension ChargeSource {
    fileprivate var stored: Payload {
        var members: TextMap<Payload> = ["charge": .integer(charge)]
        if let kept { members["kept"] = [Payload(kept.part), Payload(kept.whole)] }
        if isWaived { members["isWaived"] = true }
        return .object(members)
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        let kept = try fields["kept"].map { kept in
            guard let parts = kept.items?.compactMap({ Amount($0.json) }), parts.count == 2 else {
                throw fields.damaged("kept")
            }
            return Share(part: parts[0], whole: parts[1])
        }
        self.init(try fields.integer("charge"), kept: kept, isWaived: fields["isWaived"] == true)
    }
}

extension PaidCharge {
    fileprivate init(line fields: StoredFields, terms: PaidTerms) throws {
        guard let attos = Int128(try fields.text("price")) else { throw fields.damaged("price") }
        let exact = ExactAmount(attos: attos)
        let (quantity, price) = (try fields.amount("quantity"), try fields.amount("unitPrice"))
        let isFloor = fields["isMinimumSpend"] == true
        let package = try fields.text("packageId")
        var (scheme, size) = (PriceScheme.unit(price), Size(units: quantity))
        if isFloor { (scheme, size) = (.unit(Amount(1)), Size(units: price)) }
        if try scheme.amount(of: size.units, named: package) != exact {
            scheme = .volume([PriceTier(upTo: nil, flatPrice: exact.rounded(toDigits: 9))])
        }
        self.init(
            packageID: package, key: isFloor ? Self.floorKey(of: package) : try fields.text("charge"),
            packageName: try fields.text("title"), featureName: nil, featureID: fields["featureId"]?.text,
            isMinimumSpend: isFloor, price: PeriodPrice(scheme), isWithoutScheme: !isFloor,
            layers: [Layer(size: size, terms: terms)])
    }
}

extension PeriodPrice {
    fileprivate var stored: TextMap<Payload> {
        var members: TextMap<Payload> = ["scheme": scheme.stored]
        if isOverridden { members["isOverridden"] = true }
        members["listed"] = listed?.stored
        switch countries {
        case nil: members["isOfOneCountry"] = true
        case let countries? where !countries.isEmpty:
            members["countries"] = .object(
                TextMap(countries.map { ($0.key, $0.value.stored) }, uniquingKeysWith: { $1 }))
        default: break
        }
        return members
    }

    /// - Parameter hasCountries: whether its period was kept by a Tidemill that keeps prices by country.
    fileprivate init(_ fields: StoredFields, hasCountries: Bool) throws {
        var countries: [String: PriceScheme]? = [:]
        if case .object(let members)? = fields["countries"] {
            for (code, scheme) in members { countries?[code] = try PriceScheme(stored: scheme) }
        } else if !hasCountries || fields["isOfOneCountry"] == true {
            countries = nil
        }
        self.init(
            try PriceScheme(stored: fields["scheme"] ?? .null), isOverridden: fields["isOverridden"] == true,
            listed: try fields["listed"].map { try PriceScheme(stored: $0) }, countries: countries)
    }
}

extension PriceScheme {
    fileprivate var stored: Payload {
        switch self {
        case .unit(let price): ["price": Payload(price)]
        case .blocks(let price, let size): ["price": Payload(price), "blockSize": Payload(size)]
        case .graduated(let tiers): ["graduated": .array(tiers.map(\.stored))]
        case .volume(let tiers): ["volume": .array(tiers.map(\.stored))]
        }
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        if let tiers = fields["graduated"]?.items {
            self = .graduated(try tiers.map { try PriceTier(stored: $0) })
        } else if let tiers = fields["volume"]?.items {
            self = .volume(try tiers.map { try PriceTier(stored: $0) })
        } else if fields["blockSize"] != nil {
            self = .blocks(price: try fields.amount("price"), size: try fields.amount("blockSize"))
        } else {
            self = .unit(try fields.amount("price"))
        }
    }
}

extension PriceTier {
    fileprivate var stored: Payload {
        var members: TextMap<Payload> = [:]
        members["upTo"] = upTo.map { Payload($0) }
        members["unitPrice"] = unitPrice.map { Payload($0) }
        members["flatPrice"] = flatPrice.map { Payload($0) }
        return .object(members)
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        func amount(_ name: String) throws -> Amount? { fields[name] == nil ? nil : try fields.amount(name) }
        self.init(
            upTo: try amount("upTo"), unitPrice: try amount("unitPrice"), flatPrice: try amount("flatPrice"))
    }
}

extension PaidTerms {
    var stored: Payload {
        var members: TextMap<Payload> = [
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
