/// Countries and the one group that prices may name.
enum Country {
    /// The code under which a price is for the whole European Union.
    static let europeanUnion = "eu"

    /// The codes under which a price for this country may stand, nearest first; nil is the default price.
    static func keys(of code: String?) -> [String?] {
        guard let country = code?.lowercased() else { return [nil] }
        return members.contains(country) ? [country, europeanUnion, nil] : [country, nil]
    }

    /// ISO 3166 codes of the member states.
    private static let members: Set<String> = [
        "at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt", "lu",
        "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk",
    ]
}
