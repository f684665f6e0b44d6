import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

extension EstimateUsageCost: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CostEstimate {
        try scope.customers.requirePresence(input.customerID, for: .estimateUsageCost)
        guard let feature = try scope.catalog().feature(input.featureID) else {
            return CostEstimate(estimates: [], warnings: [.featureNotFound])
        }
        let rates = CreditRates(scope)
        guard let rating = try rates.rating(of: feature.id, for: input.customerID, resource: input.resourceID) else {
            return try CostEstimates.unpriced([feature.id], input.customerID, input.resourceID, in: scope)
        }
        if let function = feature.meter?.aggregation.function, !function.burnsCredits {
            return try CostEstimates.estimate([(rating, .zero, .unsupportedAggregation)], in: scope)
        }
        var delta = input.value
        if input.updateBehavior == .set {
            let counter = UsageCounter(
                customerID: input.customerID, featureID: input.featureID, resourceID: input.resourceID)
            delta -= try scope.usage.level(of: counter) ?? .zero
        }
        let cost = try CostEstimates.cost(of: delta, rating, for: .estimateUsageCost) { name in
            if let given = input.dimensions?[name] { return given.costDimension }
            return name == "value" ? .amount(delta) : .absent
        }
        return try CostEstimates.estimate([(rating, cost, nil)], in: scope)
    }
}

extension EstimateEventCost: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CostEstimate {
        try scope.customers.requirePresence(input.customerID, for: .estimateEventCost)
        let rated = try scope.catalog().creditRatedFeatures
        let counted = try CountedEvent(input, rated, on: scope.connection)
        var parts: [(CreditRating, Amount, CostEstimate.Part.WarningCode?)] = []
        var unpriced: [FeatureID] = []
        for feature in counted.features {
            guard
                let rating = try CreditRates(scope).rating(
                    of: feature.id, for: input.customerID, resource: input.resourceID)
            else {
                unpriced.append(feature.id)
                continue
            }
            guard let value = feature.value else {
                parts.append((rating, .zero, .unsupportedAggregation))
                continue
            }
            let cost = try CostEstimates.cost(of: value, rating, for: .estimateEventCost) {
                input.dimensions?[$0]?.costDimension ?? .absent
            }
            parts.append((rating, cost, nil))
        }
        guard !parts.isEmpty else {
            return try CostEstimates.unpriced(unpriced, input.customerID, input.resourceID, in: scope)
        }
        return try CostEstimates.estimate(parts, in: scope)
    }
}

/// An event that is not stored: which features count it, and with how much.
private struct CountedEvent {
    /// The value is nil where one event has no value of its own.
    var features: [(id: FeatureID, value: Amount?)] = []

    init(_ input: EstimateEventCost.Input, _ rated: Set<FeatureID>, on connection: any SQLConnection) throws {
        let versions = try MeterRegistry.versions(on: connection).filter {
            !$0.isKept && rated.contains($0.featureID)
        }
        guard !versions.isEmpty else { return }
        let meters = MeterSet(versions, generation: 0)
        // The key only tells identities apart, and this event meets no other.
        guard let decoder = cev_decoder_open([UInt8](repeating: 0, count: 16)), let batch = RecordBatch(),
            meters.configure(decoder)
        else { throw StoreError(.unavailable, "out of memory while estimating an event") }
        defer { cev_decoder_close(decoder) }
        var event: TextMap<Payload> = [
            "customerId": .string(input.customerID.text), "eventName": .string(input.eventName),
            "idempotencyKey": "estimate",
        ]
        event["resourceId"] = input.resourceID.map { .string($0) }
        event["dimensions"] = .object(input.dimensions ?? [:])
        // The parser reads a little beyond the end.
        let text = Array(Payload.object(event).json.utf8)
        let padded = text.map { CChar(bitPattern: $0) } + [CChar](repeating: 0, count: 64)
        guard cev_decode_stored(decoder, batch.handle, padded, UInt32(text.count), nil, 0, 0),
            let part = batch.parts.first,
            let values = batch.values(of: part)
        else { return }
        for (meter, version) in zip(meters.meters, meters.versions)
        where meters.counts(meter, values) && !features.contains(where: { $0.id == version.featureID }) {
            let value: Amount? =
                switch version.meter.aggregation.function {
                case .count: Amount(1)
                case .sum: Amount(nanos: values[meter.field].nanos128)
                case .max, .min, .avg, .unique: nil
                }
            features.append((version.featureID, value))
        }
    }
}

private enum CostEstimates {
    /// The cost; a formula that has no value names why.
    static func cost(
        of value: Amount, _ rating: CreditRating, for operation: OperationID,
        _ dimension: (String) -> CostFormula.Dimension
    ) throws -> Amount {
        do throws(CostFormula.EvaluationError) {
            return try rating.cost(of: value, dimension)
        } catch {
            throw OperationError(
                .badUserInput,
                "\(operation.rawValue): the cost formula of \"\(rating.featureID)\" has no value: \(error); give the dimensions that it reads: \(rating.formula?.dimensions.joined(separator: ", ") ?? "none")"
            )
        }
    }

    static func unpriced(
        _ features: [FeatureID], _ customer: CustomerID, _ resource: String?, in scope: CallScope
    ) throws -> CostEstimate {
        var warnings: [CostEstimate.Warning] = [.featureNotCreditBased]
        if resource == nil,
            try features.contains(where: { try CreditRates(scope).isPricedForResources($0, of: customer) })
        {
            warnings = [.resourceScopedSubscriptionExists]
        }
        return CostEstimate(estimates: [], warnings: warnings)
    }

    /// One estimate a currency, in the order of the first feature that costs it. The balance is that of the first
    /// wallet of the currency.
    static func estimate(
        _ parts: [(CreditRating, Amount, CostEstimate.Part.WarningCode?)], in scope: CallScope
    ) throws -> CostEstimate {
        var order: [Wallet] = []
        var byWallet: [Wallet: [CostEstimate.Part]] = [:]
        for (rating, cost, warning) in parts {
            if byWallet[rating.wallet] == nil { order.append(rating.wallet) }
            byWallet[rating.wallet, default: []].append(
                CostEstimate.Part(featureID: rating.featureID, cost: cost, warningCode: warning))
        }
        return CostEstimate(
            estimates: try order.map { wallet in
                let breakdown = byWallet[wallet] ?? []
                let cost = breakdown.reduce(Amount.zero) { $0 + $1.cost }
                let available = try Wallets(scope).balance(wallet).available
                return CostEstimate.Estimate(
                    currencyID: wallet.currencyID, estimatedCost: cost, currentBalance: available,
                    balanceAfterEstimate: available - cost, wouldOverdraft: available < cost, breakdown: breakdown)
            }, warnings: [])
    }
}
