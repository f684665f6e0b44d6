/// The decimals of currencies by ISO 4217.
public enum MinorUnits {
    /// How many decimals an amount of this currency has: USD 2, JPY 0, KWD 3. `currency` in lower case. A code that the
    /// standard does not name has two.
    public static func digits(of currency: String) -> Int { exceptions[currency] ?? 2 }

    /// All currencies with other than two decimals.
    private static let exceptions: [String: Int] = {
        var digits: [String: Int] = [:]
        for code in [
            "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "pyg", "rwf", "ugx", "uyi", "vnd", "vuv", "xaf",
            "xof", "xpf",
        ] { digits[code] = 0 }
        for code in ["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"] { digits[code] = 3 }
        for code in ["clf", "uyw"] { digits[code] = 4 }
        return digits
    }()
}
