import Testing
import TidemillCore
import TidemillPricing

@testable import TidemillOperations

/// Each table is worked out by hand; the computation stands beside the figure.
struct PriceModelTests {
    private static let epoch = Timestamp(microseconds: 0)

    private func charge(
        _ model: BillingModel = .usageBased, price: String? = nil, block: String? = nil,
        tiers: [(upTo: String?, unit: String?, flat: String?)]? = nil, mode: TiersMode? = nil,
        currency: String = "usd"
    ) -> Charge {
        func money(_ text: String?) -> Money? { text.flatMap { Amount($0) }.map { Money($0, currency) } }
        return Charge(
            id: "charge", billingModel: model, billingPeriod: .monthly, createdAt: Self.epoch,
            blockSize: block.flatMap { Amount($0) }, featureID: FeatureID("units"), price: money(price),
            tiers: tiers?.map {
                Tier(flatPrice: money($0.flat), unitPrice: money($0.unit), upTo: $0.upTo.flatMap { Amount($0) })
            },
            tiersMode: mode)
    }

    private func cost(_ charge: Charge, _ units: String, digits: Int = 2) throws -> String {
        let pricer = try #require(ChargePricer(charge))
        return try pricer.cost(of: #require(Amount(units))).exact.rounded(toDigits: digits).description
    }

    @Test(arguments: [
        ("0", "0"), ("1", "0.01"), ("3", "0.02"), ("1000", "5"), ("0.5", "0"), ("999999999999", "5000000000"),
    ])
    func `units at half a cent are rounded once, half away from zero`(units: String, due: String) throws {
        // 1 × 0.005 = 0.005 → 0.01; 3 × 0.005 = 0.015 → 0.02; 0.5 × 0.005 = 0.0025 → 0;
        // 999,999,999,999 × 0.005 = 4,999,999,999.995 → 5,000,000,000.
        #expect(try cost(charge(price: "0.005"), units) == due)
    }

    @Test(arguments: [("1", "0"), ("5000000", "0.01"), ("999999999999999999", "1000000000")])
    func `a price of nine decimals is exact for huge quantities`(units: String, due: String) throws {
        // 5,000,000 × 10⁻⁹ = 0.005 → 0.01; (10¹⁸ − 1) × 10⁻⁹ = 999,999,999.999999999 → 1,000,000,000.
        #expect(try cost(charge(price: "0.000000001"), units) == due)
    }

    @Test(arguments: [
        ("0", "0"), ("1", "10"), ("500", "10"), ("1000", "10"), ("1000.000000001", "20"), ("1500", "20"),
        ("2000", "20"), ("2001", "30"),
    ])
    func `a started block is whole`(units: String, due: String) throws {
        #expect(try cost(charge(price: "10", block: "1000"), units) == due)
    }

    @Test(arguments: [
        ("0", "0"), ("1", "0.1"), ("100", "10"), ("101", "10.08"), ("1000", "82"), ("1001", "82.05"),
        ("10000", "532"),
    ])
    func `graduated tiers price each unit in its own tier`(units: String, due: String) throws {
        // 100 × 0.10 = 10; + 900 × 0.08 = 82; + 9000 × 0.05 = 532. A boundary belongs to the lower tier.
        let tiers: [(String?, String?, String?)] = [("100", "0.1", nil), ("1000", "0.08", nil), (nil, "0.05", nil)]
        #expect(try cost(charge(tiers: tiers, mode: .graduated), units) == due)
    }

    @Test(arguments: [("0", "0"), ("1", "6"), ("5", "10"), ("6", "20.5"), ("10", "22.5"), ("11", "23")])
    func `a flat price is due once its graduated tier is entered`(units: String, due: String) throws {
        // Up to 5: 5 flat and 1 each; up to 10: 10 flat and 0.5 each; then 0 flat and 0.5 each.
        // 6: 5 + 5 + 10 + 0.5 = 20.5; 11: 5 + 5 + 10 + 2.5 + 0.5 = 23.
        let tiers: [(String?, String?, String?)] = [("5", "1", "5"), ("10", "0.5", "10"), (nil, "0.5", nil)]
        #expect(try cost(charge(tiers: tiers, mode: .graduated), units) == due)
    }

    @Test(arguments: [("0", "0"), ("1", "0.1"), ("100", "10"), ("101", "8.08"), ("1000", "80"), ("1001", "55.05")])
    func `volume tiers price all units by the tier of their total`(units: String, due: String) throws {
        // 101 × 0.08 = 8.08; 1001 × 0.05 + 5 flat = 55.05.
        let tiers: [(String?, String?, String?)] = [("100", "0.1", nil), ("1000", "0.08", nil), (nil, "0.05", "5")]
        #expect(try cost(charge(tiers: tiers, mode: .volume), units) == due)
    }

    @Test(arguments: [TiersMode.volume, .graduated, nil])
    func `flat prices alone are a stair step`(mode: TiersMode?) throws {
        let tiers: [(String?, String?, String?)] = [("10", nil, "50"), ("20", nil, "90"), ("50", nil, "200")]
        let stairs = charge(.perUnit, tiers: tiers, mode: mode)
        for (units, due) in [("0", "0"), ("1", "50"), ("10", "50"), ("11", "90"), ("20", "90"), ("50", "200")] {
            #expect(try cost(stairs, units) == due)
        }
    }

    @Test(arguments: [("jpy", "3", "4"), ("kwd", "3", "3.704"), ("usd", "3", "3.7"), ("eur", "0.1", "0.12")])
    func `each currency has its minor unit`(currency: String, units: String, due: String) throws {
        // 3 × 1.2345 = 3.7035: 4 yen, 3.704 dinars, 3.70 dollars; 0.1 × 1.2345 = 0.12345.
        let digits = MinorUnits.digits(of: currency)
        #expect(try cost(charge(price: "1.2345", currency: currency), units, digits: digits) == due)
    }

    @Test func `a product beyond what amounts hold is refused, naming the charge`() throws {
        let pricer = try #require(ChargePricer(charge(price: "999999999999999999")))
        do throws(PricingError) {
            _ = try pricer.cost(of: Amount(2))
            Issue.record("no error")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(
                error.message
                    == "units comes to more than 18 digits before the point; lower the quantity")
        }
    }

    @Test(arguments: [
        ("0", UnitTransformation.Round.up, "0"), ("1", .up, "1"), ("1000", .up, "1"), ("1001", .up, "2"),
        ("-5", .up, "0"),
        ("1", .down, "0"), ("1000", .down, "1"), ("1999", .down, "1"), ("2000", .down, "2"), ("-5", .down, "0"),
    ])
    func `usage is billed in whole large units, rounded as it is held against limits`(
        usage: String, round: UnitTransformation.Round, billed: String
    ) throws {
        let transformation = UnitTransformation(divide: 1000, round: round)
        let units = ChargePricer.billedUnits(of: try #require(Amount(usage)), transformation)
        #expect(units.description == billed)
    }
}
