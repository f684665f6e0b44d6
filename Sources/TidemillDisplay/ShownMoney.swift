public import TidemillCore

extension Amount {
    /// With the places of a currency, in lower case: 49.00, or 4900 in yen. More places than it has stay.
    public func shown(in currency: String) -> String {
        let parts = description.split(separator: ".", maxSplits: 1)
        let digits = MinorUnits.digits(of: currency)
        let places = parts.count == 2 ? String(parts[1]) : ""
        guard digits > 0 || !places.isEmpty else { return String(parts[0]) }
        return "\(parts[0]).\(places)\(String(repeating: "0", count: max(0, digits - places.count)))"
    }
}
