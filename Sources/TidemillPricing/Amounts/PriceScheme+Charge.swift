public import TidemillOperations
import TidemillCore

extension PriceScheme {
    /// How this charge prices units; nil for one without a price in money, such as usage that burns credits.
    public init?(_ charge: Charge) {
        if let tiers = charge.tiers, !tiers.isEmpty {
            let rows = tiers.map {
                PriceTier(upTo: $0.upTo, unitPrice: $0.unitPrice?.amount, flatPrice: $0.flatPrice?.amount)
            }
            // Flat prices alone are a stair step whatever the mode: it has no name of its own on the wire (stigg.md
            // B.8).
            let isStairStep = rows.allSatisfy { $0.unitPrice == nil }
            self = isStairStep || charge.tiersMode == .volume ? .volume(rows) : .graduated(rows)
            return
        }
        guard let price = charge.price?.amount else { return nil }
        if let size = charge.blockSize, size > .zero {
            self = .blocks(price: price, size: size)
        } else {
            self = .unit(price)
        }
    }
}
